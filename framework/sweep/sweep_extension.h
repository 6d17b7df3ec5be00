// Which experiments of a larger sweep are those of a smaller one.

#ifndef DIDACT_FRAMEWORK_SWEEP_SWEEP_EXTENSION_H_
#define DIDACT_FRAMEWORK_SWEEP_SWEEP_EXTENSION_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/sweep/sweep_plan.h"

namespace didact {

// For each experiment of `done`, the number of the one of `wanted` that is the same or extends it
// (extension.h), whatever its number, label and overrides; no two have the same. Where several
// would do, one with the same seeds and epochs is preferred, then the first. `place` is what holds
// `done`, for messages.
//
// Errors: INVALID_ARGUMENT when `wanted` does not extend all experiments of `done`: what differs about
// one that is still there, where its cause stands (SweepPlan::Locate), or which ones are gone, at the
// sweep's file.
absl::StatusOr<std::vector<int64_t>> MatchExperiments(const SweepPlan& done,
                                                      const SweepPlan& wanted,
                                                      absl::string_view place);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_SWEEP_SWEEP_EXTENSION_H_
