// Converts a trial's state to a message, and the message to bytes that reveal damage.
//
// 1. Between two steps, MakeCheckpoint copies the state of a trial, and SerializeCheckpoint gives
//    the bytes of a file.
// 2. Later, ParseCheckpoint checks and parses the bytes, and CreateTrial builds the trial anew.
// 3. RestoreTrial checks that the checkpoint belongs to the trial and writes the state into it.
//
// Example:
//
//   DIDACT_ASSIGN_OR_RETURN(const Checkpoint saved, MakeCheckpoint(*experiment, *trial));
//   DIDACT_ASSIGN_OR_RETURN(const auto copy, CreateTrial(experiment, trial->seed(), registry, {}));
//   DIDACT_RETURN_IF_ERROR(RestoreTrial(saved, *experiment, *copy));

#ifndef DIDACT_FRAMEWORK_TRAINING_CHECKPOINT_H_
#define DIDACT_FRAMEWORK_TRAINING_CHECKPOINT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/checkpoint.pb.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// Inputs of a trial that may differ from those at the time of its checkpoint.
struct AllowedChanges {
  bool plugin_libraries = false;
  bool files = false;  // data files with other bytes
};

// Returns everything that changes while `trial` is trained, together with what must be the same
// where it is restored. Call it between two steps. `experiment` is the resolved one that the trial
// was created from. Fields about metrics.jsonl are left empty for the writer of that file.
// Errors: INTERNAL if two pieces of state, of a plugin for instance, have the same name; those of
// Trial::SaveState.
absl::StatusOr<Checkpoint> MakeCheckpoint(const Experiment& experiment, const Trial& trial);

// Checks that a checkpoint belongs to the trial of `seed` of `experiment`, resolved, as far as that
// is possible without building the trial. A checkpoint of a training of fewer epochs fits, unless
// that training depends on their number.
// Errors: FAILED_PRECONDITION, with what was found and what is required, for another trial
// (experiment apart from file names, or seed), another release, or an instruction set that gives
// other bits (avx2 and avx512 give the same).
absl::Status CheckCheckpoint(const Checkpoint& checkpoint, const Experiment& experiment,
                             uint64_t seed);

// Restores the state into `trial`, freshly created from `experiment`; training then continues with
// the bits of a trial that was never interrupted.
//
// Errors: those of CheckCheckpoint; FAILED_PRECONDITION for other plugin libraries or other bytes
// in data files, unless `allowed`, and for arrays that are missing, superfluous, or of another type
// or shape. The trial is then unchanged. Also those of Trial::SaveState, after which the trial has
// failed.
absl::Status RestoreTrial(const Checkpoint& checkpoint, const Experiment& experiment, Trial& trial,
                          const AllowedChanges& allowed = {});

// Returns the bytes of checkpoint.pb, a didact.CheckpointFile. Errors: RESOURCE_EXHAUSTED for more
// bytes than a message may have (2 GiB).
absl::StatusOr<std::string> SerializeCheckpoint(const Checkpoint& checkpoint);

// Parses the bytes of checkpoint.pb. Errors: DATA_LOSS unless the bytes are exactly what
// SerializeCheckpoint wrote, since truncation, extension and changed bits are detected (by the
// CRC-32 or the fields around the checkpoint); FAILED_PRECONDITION for another format.
absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view bytes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_CHECKPOINT_H_
