// A trial's state as a message, and the message as bytes that tell when they are damaged.

#ifndef DIDACT_FRAMEWORK_TRAINING_CHECKPOINT_H_
#define DIDACT_FRAMEWORK_TRAINING_CHECKPOINT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/training/trial.h"
#include "protos/checkpoint.pb.h"
#include "protos/experiment.pb.h"

namespace didact {

// The inputs of a trial that may differ from those with which its checkpoint was written.
struct AllowedChanges {
  bool plugin_libraries = false;
  bool files = false;  // of data, by their bytes
};

// Everything that changes while `trial` is trained, taken between two steps, and what must be the
// same where it is restored. `experiment` is the resolved one that the trial was created from.
// Fields about metrics.jsonl are left to whoever writes that file.
// Errors: INTERNAL when two pieces of state, of a plugin for instance, have one name; those of Trial::SaveState.
absl::StatusOr<Checkpoint> MakeCheckpoint(const Experiment& experiment, const Trial& trial);

// Whether a checkpoint is of the trial of `seed` of `experiment`, resolved, as far as it can be told
// without building the trial. The checkpoint of a training of fewer epochs is, unless that depends
// on their number.
// Errors: FAILED_PRECONDITION with what was found and what is wanted, for another trial (experiment,
// names of files aside, or seed), another release, and an instruction set that gives other bits (avx2 and avx512 give the
// same).
absl::Status CheckCheckpoint(const Checkpoint& checkpoint, const Experiment& experiment,
                             uint64_t seed);

// Puts the state into `trial`, freshly created from `experiment`: it then goes on with the bits of
// a trial that was never interrupted.
//
// Errors: those of CheckCheckpoint, and FAILED_PRECONDITION for other plugin libraries and other bytes in
// files of data unless `allowed`, and for arrays that are missing, too many, or of another type or shape. The
// trial is then as it was. Those of Trial::SaveState: the trial has failed.
absl::Status RestoreTrial(const Checkpoint& checkpoint, const Experiment& experiment, Trial& trial,
                          const AllowedChanges& allowed = {});

// The bytes of checkpoint.pb: a didact.CheckpointFile. Errors: RESOURCE_EXHAUSTED when there are
// more than a message may have (2 GiB).
absl::StatusOr<std::string> SerializeCheckpoint(const Checkpoint& checkpoint);

// Reads them. Errors: DATA_LOSS for bytes that are not exactly what SerializeCheckpoint wrote:
// truncated, extended, or with bits changed (found by the CRC-32 or by what stands around it);
// FAILED_PRECONDITION for another format.
absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view bytes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_CHECKPOINT_H_
