// Extends a sweep directory to a larger sweep, and keeps the trials that can be used.
//
// Everything is checked before anything is changed, as for a run (extend_run.h). If a process is
// killed, the files that it leaves show which of these steps are left to do:
//
// 1. The larger sweep is written to extension.textproto.
// 2. experiments/ is renamed to extension/experiments/, so that old and new names cannot collide.
// 3. The trials of each experiment are extended; the experiment then gets its new
//    experiment.textproto and is moved back under its new name.
// 4. The index files are gathered in index.jsonl, which becomes extension/index.jsonl. A new one is
//    made from it, without the ends of trials that have lost their outcome.json.
// 5. sweep.textproto is written.
// 6. extension/ is removed, then extension.textproto.
//
// If sweep.textproto still has the old text after an interruption, the next process repeats steps 2
// to 5. If it has the new text, only step 6 is left.

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
