// Makes a sweep directory that of a larger sweep, with what can be used of its trials.

#ifndef DIDACT_FRAMEWORK_EXECUTION_EXTEND_SWEEP_H_
#define DIDACT_FRAMEWORK_EXECUTION_EXTEND_SWEEP_H_

#include <string>

#include "absl/status/status.h"
#include "framework/base/stop.h"
#include "framework/execution/extension_summary.h"
#include "framework/plugin/registry.h"
#include "framework/sweep/sweep_plan.h"

namespace didact {

// Makes the sweep in `directory` that of `wanted`, in which each of its experiments must be found
// again, the same or extended (framework/sweep/sweep_extension.h): their folders get the
// numbers and labels of the larger sweep, and so does the index. Afterwards the directory is as if
// the larger sweep had been interrupted where this one ended, and RunSweep with `resume` trains the
// rest, in any number of processes. All else as ExtendRun.
absl::Status ExtendSweep(const std::string& directory, const SweepPlan& wanted,
                         const PluginRegistry& registry, const ConfirmExtension& confirm,
                         StopFlag stop = nullptr);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EXTEND_SWEEP_H_
