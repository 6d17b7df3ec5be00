// The lock of a sweep directory, which decides which processes may work in it at the same time.

#ifndef DIDACT_FRAMEWORK_RESULTS_SWEEP_LOCK_H_
#define DIDACT_FRAMEWORK_RESULTS_SWEEP_LOCK_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/io/file_lock.h"

namespace didact {

// No trial may be trained by two processes. Therefore either one process works on the whole sweep,
// or the parts of one partition work on it, each part once. The lock files
// (framework/io/file_lock.h) are
//
//   lock                  exclusive for a process on the whole sweep, shared by parts
//   lock.shard-1-of-4     exclusive for this part
//
// A part acquires both and then checks that no part of another partition holds its own. If two
// partitions begin at the same moment, both may be refused, but they never both continue.
//
// Processes that share the work of one part (MPI) count as one owner; the root holds the lock.
//
// Ownership: owns the lock files. Threads: one at a time.
class SweepLock {
 public:
  // `part`: "shard-1-of-4", or empty for the whole sweep.
  // Errors: FAILED_PRECONDITION, `DIRECTORY: another process is working on it: DIRECTORY/LOCK: is
  // held by process 123 on HOST`; those of the file system.
  static absl::StatusOr<SweepLock> Acquire(const std::string& directory, absl::string_view part);

  // Returns the error that Acquire would return at this moment; creates no file.
  static absl::Status CheckFree(const std::string& directory, absl::string_view part);

 private:
  SweepLock(FileLock whole, std::optional<FileLock> part)
      : whole_(std::move(whole)), part_(std::move(part)) {}

  FileLock whole_;
  std::optional<FileLock> part_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_SWEEP_LOCK_H_
