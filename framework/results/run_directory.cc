#include "didact/framework/results/run_directory.h"

#include <filesystem>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/remove_tree.h"
#include "didact/framework/results/extension_request.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/sweep_directory.h"
#include "didact/framework/results/sweep_lock.h"

namespace didact {
namespace {

constexpr absl::string_view kExperimentFile = "experiment.textproto";
constexpr absl::string_view kProvenanceFile = "provenance.json";
constexpr absl::string_view kTrialsFolder = "trials";
constexpr absl::string_view kTeachersFolder = "teachers";
constexpr absl::string_view kLockFile = "lock";

// Prefixes the error with the directory that is in use, because the error itself names only the
// lock file.
absl::Status InUse(const absl::Status& status, const std::string& path) {
  if (status.code() != absl::StatusCode::kFailedPrecondition) return status;
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": another process is working on it: ", status.message()));
}

// Creates the outer folder with a separate call, which flushes it even if another process created
// it and has not flushed it.
absl::Status CreateFolders(const std::string& path) {
  DIDACT_RETURN_IF_ERROR(CreateDirectories(path));
  return CreateDirectories(JoinPath(path, kTrialsFolder));
}

// Returns true for files that a process leaves behind if it is killed before it has begun.
bool IsLeftover(absl::string_view name) {
  return name == kLockFile || absl::StartsWith(name, absl::StrCat(kExperimentFile, ".tmp-"));
}

}  // namespace

absl::Status RunDirectory::Check(const std::string& path, bool force) {
  if (!PathExists(path)) return absl::OkStatus();
  if (!IsDirectory(path)) {
    return absl::AlreadyExistsError(
        absl::StrCat(path, ": is a file, a folder for the run is wanted"));
  }
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> entries, ListDirectory(path));
  DIDACT_RETURN_IF_ERROR(InUse(FileLock::CheckFree(JoinPath(path, kLockFile)), path));
  if (absl::c_all_of(entries, IsLeftover)) return absl::OkStatus();
  if (!PathExists(JoinPath(path, kExperimentFile))) {
    return absl::AlreadyExistsError(absl::StrCat(
        path, ": is not empty and not a run directory; choose another with --out=DIR"));
  }
  if (force) return absl::OkStatus();
  if (RunEnded(JoinPath(path, kProvenanceFile))) {
    return absl::AlreadyExistsError(
        absl::StrCat(path, ": holds a finished run; extend it with 'didact extend ", path,
                     "', choose another folder with --out=DIR, or replace it with --force"));
  }
  return absl::AlreadyExistsError(
      absl::StrCat(path, ": holds an unfinished run; go on with it by 'didact resume ", path,
                   "', choose another folder with --out=DIR, or replace it with --force"));
}

std::optional<std::string> RunDirectory::ParentSweep() const {
  std::string sweep = JoinPath(path_, "../..");
  if (!PathExists(SweepDirectory::At(sweep).SweepPath())) return std::nullopt;
  return sweep;
}

absl::Status RunDirectory::Lock() {
  // The lock of a sweep covers all of its experiments.
  if (const std::optional<std::string> sweep = ParentSweep()) {
    DIDACT_RETURN_IF_ERROR(SweepLock::CheckFree(*sweep, ""));
  }
  absl::StatusOr<FileLock> lock = FileLock::Acquire(JoinPath(path_, kLockFile));
  if (!lock.ok()) return InUse(lock.status(), path_);
  lock_.emplace(*std::move(lock));
  return absl::OkStatus();
}

absl::StatusOr<RunDirectory> RunDirectory::Create(const std::string& path, bool force,
                                                  absl::string_view experiment_text) {
  DIDACT_RETURN_IF_ERROR(Check(path, force));
  RunDirectory directory(path);
  DIDACT_RETURN_IF_ERROR(CreateDirectories(path));
  DIDACT_RETURN_IF_ERROR(directory.Lock());
  // Another process may have made a run of the directory before the lock was acquired.
  if (!force && PathExists(directory.ExperimentPath())) {
    return absl::AlreadyExistsError(absl::StrCat(path, ": holds a run that has just been made"));
  }
  // Provenance is removed first, durably: without it, nothing that is left counts as finished.
  if (PathExists(directory.ProvenancePath())) {
    DIDACT_RETURN_IF_ERROR(RemoveFile(directory.ProvenancePath()));
    DIDACT_RETURN_IF_ERROR(FlushDirectory(path));
  }
  const std::string trials = directory.TrialsPath();
  // The trials must be removed from the disk before the new experiment is written, because they
  // could otherwise be taken for its trials.
  DIDACT_RETURN_IF_ERROR(RemoveTree(trials));
  DIDACT_RETURN_IF_ERROR(RemoveTree(directory.TeachersPath()));
  DIDACT_RETURN_IF_ERROR(RemoveTemporaries(path));
  DIDACT_RETURN_IF_ERROR(RemoveFile(ExtensionRequestPath(path)));
  DIDACT_RETURN_IF_ERROR(WriteFileAtomically(directory.ExperimentPath(), experiment_text));
  DIDACT_RETURN_IF_ERROR(CreateDirectories(trials));
  return directory;
}

absl::Status RunDirectory::CheckIsRun(const std::string& path) {
  if (!PathExists(path)) return absl::NotFoundError(absl::StrCat(path, ": does not exist"));
  if (PathExists(JoinPath(path, kExperimentFile))) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat(path, ": is not a run directory: there is no ", kExperimentFile, " in it"));
}

absl::StatusOr<RunDirectory> RunDirectory::Open(const std::string& path) {
  DIDACT_RETURN_IF_ERROR(CheckIsRun(path));
  RunDirectory directory(path);
  DIDACT_RETURN_IF_ERROR(directory.Lock());
  DIDACT_RETURN_IF_ERROR(CheckIsNotBeingExtended(path));
  DIDACT_RETURN_IF_ERROR(RemoveTemporaries(path));
  DIDACT_RETURN_IF_ERROR(CreateFolders(path));
  return directory;
}

absl::StatusOr<RunDirectory> RunDirectory::OpenToExtend(const std::string& path) {
  DIDACT_RETURN_IF_ERROR(CheckIsRun(path));
  RunDirectory directory(path);
  if (const std::optional<std::string> sweep = directory.ParentSweep()) {
    std::string name = std::filesystem::path(*sweep).lexically_normal().string();
    if (name.size() > 1 && name.back() == '/') name.pop_back();
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": is an experiment of a sweep; extend that: 'didact extend ", name, "'"));
  }
  DIDACT_RETURN_IF_ERROR(directory.Lock());
  return directory;
}

absl::StatusOr<RunDirectory> RunDirectory::Join(const std::string& path,
                                                absl::string_view experiment_text, bool replace) {
  DIDACT_RETURN_IF_ERROR(CreateFolders(path));
  DIDACT_RETURN_IF_ERROR(InUse(FileLock::CheckFree(JoinPath(path, kLockFile)), path));
  const std::string experiment = JoinPath(path, kExperimentFile);
  bool is_right = PathExists(experiment);
  if (is_right && replace) {
    const absl::StatusOr<std::string> text = ReadFile(experiment);
    is_right = text.ok() && *text == experiment_text;
  }
  if (!is_right) DIDACT_RETURN_IF_ERROR(WriteFileAtomically(experiment, experiment_text));
  return RunDirectory(path);
}

std::string RunDirectory::TeachersPath() const { return JoinPath(path_, kTeachersFolder); }

std::string RunDirectory::TrialsPath() const { return JoinPath(path_, kTrialsFolder); }

TrialDirectory RunDirectory::Trial(uint64_t seed) const {
  return TrialDirectory(absl::StrCat(path_, "/", kTrialsFolder, "/", seed));
}

std::string RunDirectory::ProvenancePath() const { return JoinPath(path_, kProvenanceFile); }

std::string RunDirectory::ExperimentPath() const { return JoinPath(path_, kExperimentFile); }

}  // namespace didact
