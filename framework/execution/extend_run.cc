#include "didact/framework/execution/extend_run.h"

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/extension.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/load.h"
#include "didact/framework/config/missing_files.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/io/file.h"
#include "didact/framework/results/extension_request.h"
#include "didact/framework/results/run_directory.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/prepare_teacher.h"
#include "didact/framework/training/trial.h"

namespace didact {
namespace {

int64_t TrialsOf(const Experiment& experiment) {
  return static_cast<int64_t>(experiment.seed().last() - experiment.seed().first() + 1);
}

// Returns true if the file at `path` exists and has this text.
bool Holds(const std::string& path, absl::string_view text) {
  const absl::StatusOr<std::string> found = ReadFile(path);
  return found.ok() && *found == text;
}

// Carries out the extension that the request in the directory describes, and removes the request.
absl::Status Finish(const RunDirectory& run, const PluginRegistry& registry) {
  const std::string request = ExtensionRequestPath(run.path());
  DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadFile(request));
  if (!Holds(run.ExperimentPath(), text)) {
    DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment done,
                            LoadExperiment(run.ExperimentPath(), {}, registry));
    DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment wanted, LoadExperiment(request, {}, registry));
    DIDACT_RETURN_IF_ERROR(ExtendTrials(run.path(), done, wanted, text));
  }
  // The removal need not be durable: if the request reappears, nothing is left to do.
  return RemoveFile(request);
}

}  // namespace

absl::Status ExtendRun(const std::string& directory, const ResolvedExperiment& wanted,
                       const PluginRegistry& registry, const FieldPath& path,
                       const ConfirmExtension& confirm, StopFlag stop) {
  DIDACT_ASSIGN_OR_RETURN(const RunDirectory run, RunDirectory::OpenToExtend(directory));
  if (IsBeingExtended(directory)) DIDACT_RETURN_IF_ERROR(Finish(run, registry));
  DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment done,
                          LoadExperiment(run.ExperimentPath(), {}, registry));
  DIDACT_RETURN_IF_ERROR(CheckExtension(done, wanted, directory, path));
  ExtensionSummary summary;
  summary.trials = TrialsOf(wanted);
  DIDACT_RETURN_IF_ERROR(AddTrials(directory, done, wanted, path, summary));
  if (!summary.is_complete()) {
    // Building the first trial shows whether the experiment can be trained.
    UntrainedTeachers teachers;
    const absl::Status built =
        CreateTrial(wanted, wanted->seed().first(), registry, path, stop, &teachers).status();
    DIDACT_RETURN_IF_ERROR(
        ExplainMissingFiles(built, path, wanted, registry, [&](const FileName& file) {
          return absl::StrCat(HowToSayWhereItIs(directory, file.field), ", and extend it then");
        }));
  }
  if (!confirm(summary)) return absl::OkStatus();
  const std::string text = PrintText(*wanted, registry);
  if (Holds(run.ExperimentPath(), text)) return absl::OkStatus();
  DIDACT_RETURN_IF_ERROR(WriteFileAtomically(ExtensionRequestPath(directory), text));
  return Finish(run, registry);
}

absl::Status ExtendTrials(const std::string& directory, const Experiment& done,
                          const Experiment& wanted, absl::string_view wanted_text) {
  const RunDirectory run = RunDirectory::At(directory);
  for (int64_t t = 0; t < TrialsOf(done); ++t) {
    const uint64_t seed = done.seed().first() + static_cast<uint64_t>(t);
    DIDACT_RETURN_IF_ERROR(ExtendTrial(run.Trial(seed), done, wanted));
  }
  return WriteFileAtomically(run.ExperimentPath(), wanted_text);
}

absl::Status AddTrials(const std::string& directory, const Experiment& done,
                       const Experiment& wanted, const FieldPath& path, ExtensionSummary& summary) {
  const RunDirectory run = RunDirectory::At(directory);
  for (int64_t t = 0; t < TrialsOf(done); ++t) {
    const uint64_t seed = done.seed().first() + static_cast<uint64_t>(t);
    DIDACT_ASSIGN_OR_RETURN(const TrialExtension trial,
                            PlanTrialExtension(run.Trial(seed), done, wanted, seed, path));
    summary.Add(trial);
  }
  return absl::OkStatus();
}

}  // namespace didact
