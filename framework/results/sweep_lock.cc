#include "didact/framework/results/sweep_lock.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"

namespace didact {
namespace {

constexpr absl::string_view kLock = "lock";
constexpr absl::string_view kPartPrefix = "lock.";

std::string PartPath(const std::string& directory, absl::string_view part) {
  return JoinPath(directory, absl::StrCat(kPartPrefix, part));
}

// "shard-1-of-4" is a part of the partition "4".
absl::string_view PartitionOf(absl::string_view part) { return part.substr(part.rfind('-') + 1); }

// Prefixes the error with the directory that is in use, because the error itself names only the
// lock file.
absl::Status InUse(const absl::Status& status, const std::string& directory) {
  if (status.code() != absl::StatusCode::kFailedPrecondition) return status;
  return absl::FailedPreconditionError(
      absl::StrCat(directory, ": another process is working on it: ", status.message()));
}

// Returns an error if parts of other partitions than that of `part` are at work; if `part` is the
// whole, if any part is.
absl::Status CheckOtherParts(const std::string& directory, absl::string_view part) {
  const absl::StatusOr<std::vector<std::string>> names = ListDirectory(directory);
  if (!names.ok()) return absl::OkStatus();  // later uses report it
  for (const std::string& name : *names) {
    if (!absl::StartsWith(name, kPartPrefix)) continue;
    const absl::string_view other = absl::string_view(name).substr(kPartPrefix.size());
    if (!part.empty() && PartitionOf(other) == PartitionOf(part)) continue;
    DIDACT_RETURN_IF_ERROR(FileLock::CheckFree(JoinPath(directory, name)));
  }
  return absl::OkStatus();
}

// Removes the files of parts that were killed. The caller must hold the lock of the whole.
absl::Status RemoveParts(const std::string& directory) {
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListDirectory(directory));
  for (const std::string& name : names) {
    if (!absl::StartsWith(name, kPartPrefix)) continue;
    DIDACT_RETURN_IF_ERROR(RemoveFile(JoinPath(directory, name)));
  }
  return absl::OkStatus();
}

// The file of a shared lock does not name its owners, but their own files do.
absl::Status WithOwner(const absl::Status& status, const std::string& directory) {
  if (status.code() != absl::StatusCode::kFailedPrecondition) return status;
  absl::Status part = CheckOtherParts(directory, "");
  return part.ok() ? status : part;
}

absl::StatusOr<FileLock> AcquireWhole(const std::string& directory) {
  absl::StatusOr<FileLock> whole = FileLock::Acquire(JoinPath(directory, kLock));
  if (!whole.ok()) return WithOwner(whole.status(), directory);
  return whole;
}

absl::Status CheckWhole(const std::string& directory) {
  return WithOwner(FileLock::CheckFree(JoinPath(directory, kLock)), directory);
}

absl::Status CheckPart(const std::string& directory, absl::string_view part) {
  DIDACT_RETURN_IF_ERROR(
      FileLock::CheckFree(JoinPath(directory, kLock), FileLock::Sharing::kShared));
  DIDACT_RETURN_IF_ERROR(FileLock::CheckFree(PartPath(directory, part)));
  return CheckOtherParts(directory, part);
}

}  // namespace

absl::StatusOr<SweepLock> SweepLock::Acquire(const std::string& directory, absl::string_view part) {
  if (part.empty()) {
    absl::StatusOr<FileLock> whole = AcquireWhole(directory);
    if (!whole.ok()) return InUse(whole.status(), directory);
    DIDACT_RETURN_IF_ERROR(RemoveParts(directory));
    return SweepLock(*std::move(whole), std::nullopt);
  }
  absl::StatusOr<FileLock> whole =
      FileLock::Acquire(JoinPath(directory, kLock), FileLock::Sharing::kShared);
  if (!whole.ok()) return InUse(whole.status(), directory);
  absl::StatusOr<FileLock> own = FileLock::Acquire(PartPath(directory, part));
  if (!own.ok()) return InUse(own.status(), directory);
  DIDACT_RETURN_IF_ERROR(InUse(CheckOtherParts(directory, part), directory));
  return SweepLock(*std::move(whole), *std::move(own));
}

absl::Status SweepLock::CheckFree(const std::string& directory, absl::string_view part) {
  return InUse(part.empty() ? CheckWhole(directory) : CheckPart(directory, part), directory);
}

}  // namespace didact
