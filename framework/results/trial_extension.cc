#include "didact/framework/results/trial_extension.h"

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/results/checkpoint_files.h"
#include "didact/framework/results/trial_result.h"
#include "didact/framework/results/trial_status.h"

namespace didact {
namespace {

bool HasMoreEpochs(const Experiment& done, const Experiment& wanted) {
  return wanted.training().epochs() > done.training().epochs();
}

absl::Status RefuseTotalEpochs(const Experiment& done, const Experiment& wanted,
                               const FieldPath& path) {
  return path.Field("optimizer")
      .Error(
          absl::StatusCode::kFailedPrecondition,
          absl::StrCat("depends on the total number of epochs, so that ",
                       wanted.training().epochs(), " epochs do not begin with the ",
                       done.training().epochs(), " that are there; run them into another folder"));
}

// Damaged outcomes are treated as missing.
bool IsMissingOrDamaged(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsDataLoss(status);
}

constexpr absl::string_view kNoCheckpoint =
    "its final checkpoint was not kept (output.keep_final_checkpoint)";

// Removes a file of the last evaluation that would not exist if the training had continued.
absl::Status RemoveLastEpochFile(When when, int64_t last, const std::string& folder,
                                 const std::string& path) {
  if (when != FIRST_AND_LAST || last < 0 || !IsDirectory(folder)) return absl::OkStatus();
  DIDACT_RETURN_IF_ERROR(RemoveFile(path));
  return FlushDirectory(folder);
}

}  // namespace

absl::StatusOr<TrialExtension> PlanTrialExtension(const TrialDirectory& directory,
                                                  const Experiment& done, const Experiment& wanted,
                                                  uint64_t seed, const FieldPath& path) {
  TrialExtension extension;
  const bool has_more_epochs = HasMoreEpochs(done, wanted);
  if (!IsDirectory(directory.path())) return extension;
  const absl::StatusOr<TrialResult> outcome = ReadOutcome(directory);
  if (!outcome.ok()) {
    if (!IsMissingOrDamaged(outcome.status())) return outcome.status();
    if (!has_more_epochs || !HasCheckpoint(directory)) return extension;
    const absl::StatusOr<Checkpoint> checkpoint = ReadNewestCheckpoint(directory);
    if (checkpoint.ok() && checkpoint->uses_total_epochs()) {
      return RefuseTotalEpochs(done, wanted, path);
    }
    return extension;
  }
  if (has_more_epochs && outcome->uses_total_epochs) return RefuseTotalEpochs(done, wanted, path);

  extension.kind = TrialExtension::kStays;
  if (outcome->provenance.status == TrialStatus::kDiverged) return extension;
  if (!has_more_epochs && !wanted.output().keep_final_checkpoint()) return extension;
  if (!HasCheckpoint(directory)) {
    extension.kind = TrialExtension::kRepeats;
    extension.reason = std::string(kNoCheckpoint);
  } else if (has_more_epochs) {
    const absl::Status status = CheckNewestCheckpoint(directory, wanted, seed);
    extension.kind = status.ok() ? TrialExtension::kContinues : TrialExtension::kRepeats;
    extension.reason = std::string(status.message());
  }
  return extension;
}

absl::Status ExtendTrial(const TrialDirectory& directory, const Experiment& done,
                         const Experiment& wanted) {
  const bool has_more_epochs = HasMoreEpochs(done, wanted);
  const bool lacks_checkpoint =
      wanted.output().keep_final_checkpoint() && !HasCheckpoint(directory);
  if (!has_more_epochs && !lacks_checkpoint) return absl::OkStatus();
  if (!IsDirectory(directory.path())) return absl::OkStatus();
  const absl::StatusOr<TrialResult> outcome = ReadOutcome(directory);
  if (!outcome.ok() && !IsMissingOrDamaged(outcome.status())) return outcome.status();
  const bool has_diverged = outcome.ok() && outcome->provenance.status == TrialStatus::kDiverged;
  if (!has_diverged) {
    DIDACT_RETURN_IF_ERROR(RemoveOutcome(directory));
    DIDACT_RETURN_IF_ERROR(FlushDirectory(directory.path()));
  }
  if (!has_more_epochs) return absl::OkStatus();
  const int64_t last = done.training().epochs() - 1;
  DIDACT_RETURN_IF_ERROR(RemoveLastEpochFile(done.output().arrays(), last, directory.ArraysPath(),
                                             directory.ArraysPath(last)));
  return RemoveLastEpochFile(done.output().weights(), last, directory.WeightsPath(),
                             directory.WeightsPath(last));
}

}  // namespace didact
