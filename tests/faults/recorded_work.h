// Runs the tool in a separate folder, and records its operations on files there.
//
// 1. Put writes the initial files of the folder and starts a new log.
// 2. Begin or Record runs the tool with libwrite_recorder.so, which appends an entry to the log for
//    every operation on files (write_log.h).
// 3. Log returns the entries. A test applies them one by one to a DiskModel (disk_model.h), which
//    gives the states in which the disk may be if the power fails at this moment, and to Promises
//    (promises.h), which says what must have survived.
// 4. The test puts such a state into the folder, finishes the work, and compares the results.

#ifndef DIDACT_TESTS_FAULTS_RECORDED_WORK_H_
#define DIDACT_TESTS_FAULTS_RECORDED_WORK_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/run_tool.h"
#include "tests/faults/disk_model.h"

namespace didact {

// A process to record.
struct RecordedProcess {
  std::vector<std::string> command;
  // If not 0: a signal that the process sends to itself after its entry number `signal_at` in the
  // log. Its first entry has the number 0.
  int signal = 0;
  int signal_at = 0;
};

class RecordedWork {
 public:
  // `folder`: absolute path in which the tool runs. Put creates it. The log is in a file beside it.
  explicit RecordedWork(std::string folder) : folder_(std::move(folder)) {}

  // Sets the contents of the folder, and begins a new log.
  void Put(const DiskImage& image);
  DiskImage State() const { return ReadDiskImage(folder_); }

  // Runs the tool with flushes that take no time: Run without and Record with entries in the log.
  ToolResult Run(const std::vector<std::string>& command) const;
  ToolResult Record(const RecordedProcess& process) const { return Begin(process)->Wait(); }
  // Starts a recorded process.
  std::unique_ptr<RunningTool> Begin(const RecordedProcess& process) const;

  // Returns the operations of the processes since Put.
  std::vector<WriteOperation> Log() const { return ReadWriteLog(folder_ + ".log", folder_); }

 private:
  std::string folder_;
};

}  // namespace didact

#endif  // DIDACT_TESTS_FAULTS_RECORDED_WORK_H_
