// The checkpoints in a trial's folder, for `didact resume`:
//
//   checkpoint.pb            the newest
//   checkpoint.previous.pb   the one before it
//
// Each is a didact.CheckpointFile (protos/checkpoint.proto). They are there while a trial is not at
// its end, and removed then; with output.keep_final_checkpoint, a trial that finishes keeps
// checkpoint.pb, taken at its end, for `didact extend`.

#ifndef DIDACT_FRAMEWORK_RESULTS_CHECKPOINT_FILES_H_
#define DIDACT_FRAMEWORK_RESULTS_CHECKPOINT_FILES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/results/metrics_position.h"
#include "framework/results/trial_directory.h"
#include "framework/training/checkpoint.h"
#include "framework/training/trial.h"
#include "protos/checkpoint.pb.h"
#include "protos/experiment.pb.h"

namespace didact {

// Writes a checkpoint of `trial`, created from `experiment`, into the trial's folder.
// At every moment, also after an error, there is a whole checkpoint in the folder once there was
// one. What `position` counts must be durable already, as must all other files of the trial.
absl::Status WriteCheckpoint(const TrialDirectory& directory, const Experiment& experiment,
                             const MetricsPosition& position, const Trial& trial);

// Restores `trial`, freshly created, from the newest checkpoint in the folder that is whole and
// fits the experiment, the seed, the plugin libraries and the files of data (unless others are
// `allowed`) and metrics.jsonl, and returns how far metrics.jsonl counts.
// Nothing when there is none: the trial is as it was and begins at the beginning, unless it failed while it
// was restored (Trial::failure). For each checkpoint that could not be used, a line in `notes` says why.
std::optional<MetricsPosition> RestoreNewestCheckpoint(const TrialDirectory& directory,
                                                       const Experiment& experiment,
                                                       const AllowedChanges& allowed, Trial& trial,
                                                       std::vector<std::string>& notes);

// Whether the folder has the checkpoint that RestoreNewestCheckpoint looks at first.
bool HasCheckpoint(const TrialDirectory& directory);

// Reads that checkpoint. Errors: NOT_FOUND; DATA_LOSS when it is damaged.
absl::StatusOr<Checkpoint> ReadNewestCheckpoint(const TrialDirectory& directory);

// Whether the trial of `seed` of `experiment` can be restored from that checkpoint, as far as it can
// be told without building the trial. Errors: why not.
absl::Status CheckNewestCheckpoint(const TrialDirectory& directory, const Experiment& experiment,
                                   uint64_t seed);

// Removes the checkpoints, durably; there may be none.
absl::Status RemoveCheckpoints(const TrialDirectory& directory);

// Removes all but the newest, durably.
absl::Status RemovePreviousCheckpoint(const TrialDirectory& directory);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_CHECKPOINT_FILES_H_
