// Extends a sweep directory to a larger sweep, and keeps the trials that can be used.

#ifndef DIDACT_FRAMEWORK_EXECUTION_EXTEND_SWEEP_H_
#define DIDACT_FRAMEWORK_EXECUTION_EXTEND_SWEEP_H_

#include <string>

#include "absl/status/status.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/execution/extension_summary.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/sweep/sweep_plan.h"

namespace didact {

// Turns the sweep in `directory` into `wanted`, which must contain each of its experiments, equal
// or extended (framework/sweep/sweep_extension.h). The folders of experiments and the entries of
// the index get the numbers and labels of the larger sweep. Afterwards the directory is as if the
// larger sweep had been interrupted at the end of the present one, and RunSweep with `resume`
// trains the rest, in any number of processes. Everything else is as in ExtendRun.
absl::Status ExtendSweep(const std::string& directory, const SweepPlan& wanted,
                         const PluginRegistry& registry, const ConfirmExtension& confirm,
                         StopFlag stop = nullptr);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EXTEND_SWEEP_H_
