// The effects of recorded processes that must survive any power failure.

#ifndef DIDACT_TESTS_FAULTS_PROMISES_H_
#define DIDACT_TESTS_FAULTS_PROMISES_H_

#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "tests/faults/disk_model.h"

namespace didact {

// A trial that has ended must stay so, and a checkpoint that was written must be usable. Both are
// promised from the moment at which the process changes another file; the test shows whether it has
// flushed everything necessary by then.
class Promises {
 public:
  static constexpr int64_t kEnded = std::numeric_limits<int64_t>::max();

  // Adds an operation, given the files before and after it.
  void Add(const WriteOperation& operation, const DiskModel& before, const DiskModel& after);
  // All processes have ended, so that all promises hold.
  void KeepAll();

  // Maps the folder of each trial to the step of its last checkpoint, or kEnded.
  const std::map<std::string, int64_t>& all() const { return promises_; }

 private:
  void Keep(int process);

  std::map<int, std::map<std::string, int64_t>> made_;  // by the last operation of each process
  std::map<std::string, int64_t> promises_;
};

}  // namespace didact

#endif  // DIDACT_TESTS_FAULTS_PROMISES_H_
