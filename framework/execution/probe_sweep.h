// Finds out whether the experiments of a sweep can be run, beyond what their configs say.

#ifndef DIDACT_FRAMEWORK_EXECUTION_PROBE_SWEEP_H_
#define DIDACT_FRAMEWORK_EXECUTION_PROBE_SWEEP_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "framework/base/stop.h"
#include "framework/experiment/sweep_plan.h"
#include "framework/plugin/registry.h"

namespace didact {

// Builds the first trial of some experiments, among which every value of every axis and every point
// occurs (of the first 64 such): data that cannot be read and shapes that do not fit show; and the second where
// a plugin throws in the first. Writes nothing. `warn`, which may be null, is told what is suspicious about them
// (Trial::warnings), each once: where it stands, or for which experiment, and for how many more.
// Errors: all problems at once, each where its cause stands; CANCELLED soon after `stop` is set.
absl::Status ProbeSweep(const SweepPlan& plan, const PluginRegistry& registry,
                        const std::function<void(const std::string& warning)>& warn = nullptr,
                        StopFlag stop = nullptr);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_PROBE_SWEEP_H_
