// Compares the sweep in a directory with the sweep that is to be run there.

#ifndef DIDACT_FRAMEWORK_EXECUTION_RECORDED_SWEEP_H_
#define DIDACT_FRAMEWORK_EXECUTION_RECORDED_SWEEP_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/config/compare_configs.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/sweep/sweep_plan.h"

namespace didact {

// The result of the comparison.
struct RecordedSweep {
  // The text of sweep.textproto if that is the same sweep; otherwise the text that it is to have.
  std::string text;
  // The differences apart from paths of plugin libraries; none if there is no sweep in the
  // directory.
  ConfigComparison comparison;
};

// Compares the sweep in `directory` with `plan`, whose sweep.textproto is to be `wanted_text`.
// Paths of plugin libraries do not matter for whether it is the same sweep, nor, with
// `allow_moved_files`, those of other files.
// Errors: sweep.textproto cannot be read.
absl::StatusOr<RecordedSweep> ReadRecordedSweep(const std::string& directory, const SweepPlan& plan,
                                                const std::string& wanted_text,
                                                const PluginRegistry& registry,
                                                bool allow_moved_files);

// Returns the error that refuses the sweep in `directory` because it differs, with what the user
// can do. `resume`: the user asked to resume it.
absl::Status RefuseOtherSweep(const std::string& directory, const ConfigComparison& comparison,
                              bool resume);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_RECORDED_SWEEP_H_
