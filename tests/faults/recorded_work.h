// Runs the tool in a separate folder, and records its operations on files there.

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
  // If not 0: a signal that the process sends to itself after entry `signal_at` in the log. The
  // entry of its beginning has number 0.
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

  // Both run the tool without executing its flushes. Only Record adds entries to the log.
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
