// Tells whether the sweep that a directory holds is the one that is to be run there.

#ifndef DIDACT_FRAMEWORK_EXECUTION_RECORDED_SWEEP_H_
#define DIDACT_FRAMEWORK_EXECUTION_RECORDED_SWEEP_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/config/compare_configs.h"
#include "framework/plugin/registry.h"
#include "framework/sweep/sweep_plan.h"

namespace didact {

// What sweep.textproto says, compared with the sweep that is to be run.
struct RecordedSweep {
  // What sweep.textproto has, if that is the same sweep; otherwise what it is to have.
  std::string text;
  // Where they differ besides the places of plugin libraries; nowhere if there is no sweep.
  ConfigComparison comparison;
};

// Looks into `directory` for `plan`, whose sweep.textproto is to be `wanted_text`. It is the same sweep wherever its plugin
// libraries lie, and, with `allow_moved_files`, wherever its other files do.
// Errors: sweep.textproto cannot be read.
absl::StatusOr<RecordedSweep> ReadRecordedSweep(const std::string& directory, const SweepPlan& plan,
                                                const std::string& wanted_text,
                                                const PluginRegistry& registry,
                                                bool allow_moved_files);

// Why the sweep that is in `directory` is another one, and what the user can do. `resume`: the user asked to go on
// with it.
absl::Status RefuseOtherSweep(const std::string& directory, const ConfigComparison& comparison,
                              bool resume);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_RECORDED_SWEEP_H_
