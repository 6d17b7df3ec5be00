// The tables of `didact sweep`: the plan and the results.

#ifndef DIDACT_TOOLS_SWEEP_TABLE_H_
#define DIDACT_TOOLS_SWEEP_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/execution/sweep_time.h"
#include "didact/framework/results/sweep_index.h"
#include "didact/framework/sweep/sweep_plan.h"

namespace didact {

// In all tables, columns that do not fit in the width of the terminal, `columns`, follow in further
// tables, which repeat the first column.

// Returns a row for each experiment: folder, values of the axes, number of trials, estimated time
// on one core; then totals, and those of the shard `shard` ("1/4") if it is not empty.
std::string FormatSweepPlan(const SweepPlan& plan, const SweepTime& time, absl::string_view shard,
                            size_t columns = std::numeric_limits<size_t>::max());

// Returns a line for each trial of `own` that diverged or failed (the first ten), with the reason.
// `trials`: all trials of the sweep, by number. `own`: those that this process was to run.
std::string FormatSweepFailures(const SweepPlan& plan, absl::Span<const TrialState> trials,
                                absl::Span<const int64_t> own);

// Returns the lines of FormatSweepFailures, the number of trials by how they ended, and a row for
// each experiment: values of the axes, how its trials ended, and the means of the headlines of the
// finished ones; then a line that says so.
std::string FormatSweepResults(const SweepPlan& plan, absl::Span<const TrialState> trials,
                               absl::Span<const int64_t> own,
                               size_t columns = std::numeric_limits<size_t>::max());

}  // namespace didact

#endif  // DIDACT_TOOLS_SWEEP_TABLE_H_
