// The table at the end of `didact run`.

#ifndef DIDACT_TOOLS_RUN_SUMMARY_H_
#define DIDACT_TOOLS_RUN_SUMMARY_H_

#include <cstddef>
#include <limits>
#include <string>

#include "absl/types/span.h"
#include "didact/framework/execution/run_experiment.h"

namespace didact {

// Returns a line for each trial that diverged or failed, with the reason.
std::string FormatFailures(absl::Span<const TrialResult> trials);

// Returns the lines of FormatFailures, the number of finished trials, and mean, minimum and maximum
// over finished trials of every number of the last evaluation. `columns`: the width of the terminal;
// where a key and its numbers do not fit in it, the numbers are on the next line.
std::string FormatSummary(absl::Span<const TrialResult> trials,
                          size_t columns = std::numeric_limits<size_t>::max());

}  // namespace didact

#endif  // DIDACT_TOOLS_RUN_SUMMARY_H_
