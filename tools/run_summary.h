// The table that `didact run` ends with.

#ifndef DIDACT_TOOLS_RUN_SUMMARY_H_
#define DIDACT_TOOLS_RUN_SUMMARY_H_

#include <string>

#include "absl/types/span.h"
#include "framework/execution/run_experiment.h"

namespace didact {

// A line for each trial that diverged or failed: which one, and why.
std::string FormatFailures(absl::Span<const TrialResult> trials);

// For people: those lines, how many trials finished, and for every number of the
// finished trials' last evaluation its mean, smallest and largest value over the trials.
std::string FormatSummary(absl::Span<const TrialResult> trials);

}  // namespace didact

#endif  // DIDACT_TOOLS_RUN_SUMMARY_H_
