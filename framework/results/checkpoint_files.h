// The checkpoints in a trial's folder, for `didact resume`:
//
//   checkpoint.pb            the newest
//   checkpoint.previous.pb   the one before it
//
// Each is a didact.CheckpointFile (protos/checkpoint.proto). They are removed when their trial
// ends. With output.keep_final_checkpoint, a trial that finishes keeps checkpoint.pb, taken at its
// end, for `didact extend`.

#ifndef DIDACT_FRAMEWORK_RESULTS_CHECKPOINT_FILES_H_
#define DIDACT_FRAMEWORK_RESULTS_CHECKPOINT_FILES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/results/metrics_position.h"
#include "didact/framework/results/trial_directory.h"
#include "didact/framework/training/checkpoint.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/checkpoint.pb.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// Writes a checkpoint of `trial`, created from `experiment`, into the trial's folder. If the folder
// contains a complete checkpoint before the call, it contains one at every moment, also after an
// error. The part of metrics.jsonl up to `position` and all other files of the trial must be
// durable already.
absl::Status WriteCheckpoint(const TrialDirectory& directory, const Experiment& experiment,
                             const MetricsPosition& position, const Trial& trial);

// Restores `trial`, freshly created, from the newest usable checkpoint in the folder, and returns
// the position in metrics.jsonl at which the trial continues. A checkpoint is usable if it is
// complete and fits the experiment, the seed, metrics.jsonl, and the plugin libraries and data
// files (unless their changes are `allowed`).
// Returns std::nullopt if there is none: the trial is then unchanged and starts at the beginning,
// unless it failed while it was restored (Trial::failure). For each checkpoint that could not be
// used, a line is added to `notes` with the reason.
std::optional<MetricsPosition> RestoreNewestCheckpoint(const TrialDirectory& directory,
                                                       const Experiment& experiment,
                                                       const AllowedChanges& allowed, Trial& trial,
                                                       std::vector<std::string>& notes);

// Returns true if the folder has a newest checkpoint, checkpoint.pb.
bool HasCheckpoint(const TrialDirectory& directory);

// Reads the newest checkpoint. Errors: NOT_FOUND; DATA_LOSS if it is damaged.
absl::StatusOr<Checkpoint> ReadNewestCheckpoint(const TrialDirectory& directory);

// Checks that the trial of `seed` of `experiment` can be restored from the newest checkpoint, as
// far as this is possible without building the trial. Errors: the reason why it cannot.
absl::Status CheckNewestCheckpoint(const TrialDirectory& directory, const Experiment& experiment,
                                   uint64_t seed);

// Durably removes the checkpoints, if there are any.
absl::Status RemoveCheckpoints(const TrialDirectory& directory);

// Durably removes all checkpoints but the newest.
absl::Status RemovePreviousCheckpoint(const TrialDirectory& directory);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_CHECKPOINT_FILES_H_
