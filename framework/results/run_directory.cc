#include "framework/results/run_directory.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "framework/base/file.h"
#include "framework/base/status.h"
#include "framework/results/provenance.h"

namespace didact {
namespace {

constexpr absl::string_view kExperimentFile = "experiment.textproto";
constexpr absl::string_view kProvenanceFile = "provenance.json";
constexpr absl::string_view kTrialsFolder = "trials";

}  // namespace

absl::Status RunDirectory::Check(const std::string& path, bool force) {
  if (!PathExists(path)) return absl::OkStatus();
  if (!IsDirectory(path)) {
    return absl::AlreadyExistsError(
        absl::StrCat(path, ": is a file, a folder for the run is wanted"));
  }
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> entries, ListDirectory(path));
  if (entries.empty()) return absl::OkStatus();
  if (!PathExists(JoinPath(path, kExperimentFile))) {
    return absl::AlreadyExistsError(absl::StrCat(
        path, ": is not empty and not a run directory; choose another with --out=DIR"));
  }
  if (!force && RunEnded(JoinPath(path, kProvenanceFile))) {
    return absl::AlreadyExistsError(absl::StrCat(path,
                                                 ": holds a finished run; choose another folder "
                                                 "with --out=DIR, or replace it with --force"));
  }
  return absl::OkStatus();
}

absl::StatusOr<RunDirectory> RunDirectory::Create(const std::string& path, bool force,
                                                  absl::string_view experiment_text) {
  DIDACT_RETURN_IF_ERROR(Check(path, force));
  RunDirectory directory(path);
  DIDACT_RETURN_IF_ERROR(CreateDirectories(path));
  // Provenance goes first: without it nothing that is left counts as finished.
  DIDACT_RETURN_IF_ERROR(RemoveFile(directory.ProvenancePath()));
  const std::string trials = JoinPath(path, kTrialsFolder);
  std::error_code error;
  std::filesystem::remove_all(trials, error);
  if (error) {
    return absl::PermissionDeniedError(
        absl::StrCat(trials, ": cannot be removed: ", error.message()));
  }
  DIDACT_RETURN_IF_ERROR(WriteFileAtomically(JoinPath(path, kExperimentFile), experiment_text));
  DIDACT_RETURN_IF_ERROR(CreateDirectories(trials));
  return directory;
}

absl::StatusOr<RunDirectory> RunDirectory::Join(const std::string& path,
                                                absl::string_view experiment_text) {
  DIDACT_RETURN_IF_ERROR(CreateDirectories(JoinPath(path, kTrialsFolder)));
  const std::string experiment = JoinPath(path, kExperimentFile);
  if (!PathExists(experiment)) {
    DIDACT_RETURN_IF_ERROR(WriteFileAtomically(experiment, experiment_text));
  }
  return RunDirectory(path);
}

std::string RunDirectory::TrialPath(uint64_t seed) const {
  return absl::StrCat(path_, "/", kTrialsFolder, "/", seed);
}

std::string RunDirectory::ProvenancePath() const { return JoinPath(path_, kProvenanceFile); }

}  // namespace didact
