// Who may work in a sweep directory at the same time.

#ifndef DIDACT_FRAMEWORK_RESULTS_SWEEP_LOCK_H_
#define DIDACT_FRAMEWORK_RESULTS_SWEEP_LOCK_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/io/file_lock.h"

namespace didact {

// No trial must be trained by two processes, so either one process works on the whole sweep, or parts
// of one partition do, each once. What is locked (framework/io/file_lock.h):
//
//   lock                  by whoever works on the whole, alone; by parts, together
//   lock.shard-1-of-4     by that part, alone
//
// A part locks both, and then looks whether parts of another partition have locked theirs. Two
// partitions that begin at the same moment may both be refused; never do both go on.
//
// Processes that share one partition's part among themselves are one owner, of which one holds the
// lock.
//
// Ownership: owns the lock files. Threads: one at a time.
class SweepLock {
 public:
  // `part`: "shard-1-of-4", or empty for the whole.
  // Errors: FAILED_PRECONDITION, `DIRECTORY: another process is working on it: DIRECTORY/LOCK: is
  // held by process 123 on HOST`; what the file system says.
  static absl::StatusOr<SweepLock> Acquire(const std::string& directory, absl::string_view part);

  // The same error when Acquire would have to report it at this moment; makes no file.
  static absl::Status CheckFree(const std::string& directory, absl::string_view part);

 private:
  SweepLock(FileLock whole, std::optional<FileLock> part)
      : whole_(std::move(whole)), part_(std::move(part)) {}

  FileLock whole_;
  std::optional<FileLock> part_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_SWEEP_LOCK_H_
