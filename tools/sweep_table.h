// The tables that `didact sweep` shows: what would be run, and what came of it.

#ifndef DIDACT_TOOLS_SWEEP_TABLE_H_
#define DIDACT_TOOLS_SWEEP_TABLE_H_

#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "framework/results/sweep_index.h"
#include "framework/sweep/sweep_plan.h"

namespace didact {

// A row per experiment: its folder, what stands on the axes, trials, estimated time on one core;
// then totals.
std::string FormatSweepPlan(const SweepPlan& plan);

// A line for each of `own` that diverged or failed (the first ten): which one, and why. `trials`: all
// of the sweep, by number. `own`: those that this process was to run.
std::string FormatSweepFailures(const SweepPlan& plan, absl::Span<const TrialState> trials,
                                absl::Span<const int64_t> own);

// Those lines, how many trials ended how, and a row per experiment: what stands on the axes, how its
// trials ended, and the means of the headlines of the finished ones.
std::string FormatSweepResults(const SweepPlan& plan, absl::Span<const TrialState> trials,
                               absl::Span<const int64_t> own);

}  // namespace didact

#endif  // DIDACT_TOOLS_SWEEP_TABLE_H_
