// What becomes of a trial's folder when its experiment is extended to more seeds or epochs.

#ifndef DIDACT_FRAMEWORK_RESULTS_TRIAL_EXTENSION_H_
#define DIDACT_FRAMEWORK_RESULTS_TRIAL_EXTENSION_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/field_path.h"
#include "framework/results/trial_directory.h"
#include "protos/experiment.pb.h"

namespace didact {

// What an extension makes of one trial of the experiment as it was.
struct TrialExtension {
  enum Kind {
    kStays,       // it has ended, and the larger experiment has the same trial
    kContinues,   // it has finished, and goes on from its final checkpoint
    kRepeats,     // it has finished, and is trained again from the beginning
    kUnfinished,  // it had not ended, or failed: it is finished as after any interruption
  };
  Kind kind = kUnfinished;
  std::string reason;  // why it is trained again
};

// Finds this out for the trial of `seed` in its folder; changes nothing. `done` and
// `wanted` are the experiment as it was and as it will be, both resolved; `wanted` extends `done`
// (framework/config/extension.h).
// Errors: FAILED_PRECONDITION at a field below `path`, the path of the experiment, when there are
// to be more epochs and the trial depends on their total number.
absl::StatusOr<TrialExtension> PlanTrialExtension(const TrialDirectory& directory,
                                                  const Experiment& done, const Experiment& wanted,
                                                  uint64_t seed, const FieldPath& path);

// Makes the folder that of a trial of `wanted`, durably: removes what the trial of `done` left only
// because it was at its end, unless it stays. The trial is then finished as after an interruption.
// Doing it twice changes nothing more, so that whatever interrupts it, it can be done again.
absl::Status ExtendTrial(const TrialDirectory& directory, const Experiment& done,
                         const Experiment& wanted);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_TRIAL_EXTENSION_H_
