// The tables of `didact sweep`: the plan and the results.

#ifndef DIDACT_TOOLS_SWEEP_TABLE_H_
#define DIDACT_TOOLS_SWEEP_TABLE_H_

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "didact/framework/results/sweep_index.h"
#include "didact/framework/sweep/sweep_plan.h"

namespace didact {

// Returns a row for each experiment: folder, values of the axes, number of trials, estimated time
// on one core; then totals.
std::string FormatSweepPlan(const SweepPlan& plan);

// Returns a line for each trial of `own` that diverged or failed (the first ten), with the reason.
// `trials`: all trials of the sweep, by number. `own`: those that this process was to run.
std::string FormatSweepFailures(const SweepPlan& plan, absl::Span<const TrialState> trials,
                                absl::Span<const int64_t> own);

// Returns the lines of FormatSweepFailures, the number of trials by how they ended, and a row for
// each experiment: values of the axes, how its trials ended, and the means of the headlines of the
// finished ones.
std::string FormatSweepResults(const SweepPlan& plan, absl::Span<const TrialState> trials,
                               absl::Span<const int64_t> own);

}  // namespace didact

#endif  // DIDACT_TOOLS_SWEEP_TABLE_H_
