// Finds out whether the experiments of a sweep can be run, beyond what their configs say.

#ifndef DIDACT_FRAMEWORK_EXECUTION_PROBE_SWEEP_H_
#define DIDACT_FRAMEWORK_EXECUTION_PROBE_SWEEP_H_

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "framework/base/stop.h"
#include "framework/execution/first_warnings.h"
#include "framework/plugin/registry.h"
#include "framework/sweep/sweep_plan.h"

namespace didact {

// Builds the first trial of some experiments, among which every value of every axis and every point
// occurs (of the first 64 such): data that cannot be read and shapes that do not fit show; and the second where
// a plugin throws in the first. Writes nothing. `warnings`, which may be null, receives each warning about
// them (Trial::warnings), with the first experiment that has it and the number of those that do.
// Errors: all problems at once, each where its cause stands; CANCELLED soon after `stop` is set.
absl::Status ProbeSweep(const SweepPlan& plan, const PluginRegistry& registry,
                        FirstWarnings* warnings = nullptr, StopFlag stop = nullptr);

// Builds the first trial of those of `experiments`, by their numbers, that name a file which is not
// there (of the first 64 such). The sweep is in `directory`: its files may have moved meanwhile.
// Writes nothing.
// Errors: as ProbeSweep, each with the command that says where a file is now, and `afterwards`, what to
// do when that is said.
absl::Status ProbeMissingFiles(const SweepPlan& plan, const PluginRegistry& registry,
                               const std::set<int64_t>& experiments, const std::string& directory,
                               StopFlag stop = nullptr, absl::string_view afterwards = "");

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_PROBE_SWEEP_H_
