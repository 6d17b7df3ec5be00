// Finds the experiments of a smaller sweep in a larger one.

#ifndef DIDACT_FRAMEWORK_SWEEP_SWEEP_EXTENSION_H_
#define DIDACT_FRAMEWORK_SWEEP_SWEEP_EXTENSION_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/sweep/sweep_plan.h"

namespace didact {

// Returns, for each experiment of `done`, the number of the experiment of `wanted` that equals or
// extends it (framework/config/extension.h). Numbers, labels and overrides need not agree, and no
// two experiments get the same number. If several experiments would do, one with the same seeds and
// epochs is preferred, then the first. `place` names the directory of `done` in messages.
//
// Errors: INVALID_ARGUMENT if `wanted` does not extend all experiments of `done`. The message names
// either the fields in which one experiment differs, at the place of their cause
// (SweepPlan::Locate), or the experiments that `wanted` lacks, at the sweep's file.
absl::StatusOr<std::vector<int64_t>> MatchExperiments(const SweepPlan& done,
                                                      const SweepPlan& wanted,
                                                      absl::string_view place);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_SWEEP_SWEEP_EXTENSION_H_
