// Checks that the experiments of a sweep can be run, by building trials of some of them. This finds
// problems that configs alone do not show.

#ifndef DIDACT_FRAMEWORK_EXECUTION_PROBE_SWEEP_H_
#define DIDACT_FRAMEWORK_EXECUTION_PROBE_SWEEP_H_

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/execution/first_warnings.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/sweep/sweep_plan.h"

namespace didact {

// Builds the first trial of up to 64 experiments, chosen so that as many values of axes and points
// as possible occur (SweepGrid::Samples); if a plugin throws, builds the second trial too. This
// finds data that cannot be read and shapes that do not fit. Writes nothing. If there are no
// problems, `warnings` (may be null) receives each warning about these trials (Trial::warnings),
// with the first experiment that has it and the number of those that do.
// Errors: all problems at once, each at the place of its cause; CANCELLED soon after `stop` is set.
absl::Status ProbeSweep(const SweepPlan& plan, const PluginRegistry& registry,
                        FirstWarnings* warnings = nullptr, StopFlag stop = nullptr);

// Builds the first trial of each of `experiments` (by number) that names a missing file which no
// earlier one names; stops after 64. The sweep is in `directory`; its data files may have been
// moved. Writes nothing.
// Errors: those of ProbeSweep. Each ends with the command that sets the new place of the file, and
// `afterwards`, what to do then.
absl::Status ProbeMissingFiles(const SweepPlan& plan, const PluginRegistry& registry,
                               const std::set<int64_t>& experiments, const std::string& directory,
                               StopFlag stop = nullptr, absl::string_view afterwards = "");

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_PROBE_SWEEP_H_
