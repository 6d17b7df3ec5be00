// Prepares the folder of a trial for an extension of its experiment to more seeds or epochs.

#ifndef DIDACT_FRAMEWORK_RESULTS_TRIAL_EXTENSION_H_
#define DIDACT_FRAMEWORK_RESULTS_TRIAL_EXTENSION_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/results/trial_directory.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// The effect of an extension on one trial of the smaller experiment.
struct TrialExtension {
  enum Kind {
    kStays,       // it has ended, and is the same in the larger experiment
    kContinues,   // it has finished, and continues from its final checkpoint
    kRepeats,     // it has finished, and is trained again from the beginning
    kUnfinished,  // it has not ended, or failed, and is resumed like any such trial
  };
  Kind kind = kUnfinished;
  std::string reason;  // why, if kind is kRepeats
};

// Determines the effect on the trial of `seed` from its folder; changes nothing. `done` and
// `wanted` are the smaller and the larger experiment, both resolved; `wanted` extends `done`
// (framework/config/extension.h). A trial is also repeated if `wanted` keeps final checkpoints and
// the trial has none.
// Errors: FAILED_PRECONDITION at the field `optimizer` below `path`, the path of the experiment, if
// `wanted` has more epochs and the trial depends on their total number.
absl::StatusOr<TrialExtension> PlanTrialExtension(const TrialDirectory& directory,
                                                  const Experiment& done, const Experiment& wanted,
                                                  uint64_t seed, const FieldPath& path);

// Durably turns the folder into that of an interrupted trial of `wanted`, unless the trial stays:
// removes outcome.json and the files that were written only because the last epoch of `done` had
// ended. Calling it again has no further effect, so it can be repeated after an interruption.
absl::Status ExtendTrial(const TrialDirectory& directory, const Experiment& done,
                         const Experiment& wanted);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_TRIAL_EXTENSION_H_
