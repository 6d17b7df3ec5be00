// The table that `didact run` ends with.

#ifndef DIDACT_TOOLS_RUN_SUMMARY_H_
#define DIDACT_TOOLS_RUN_SUMMARY_H_

#include <string>

#include "absl/types/span.h"
#include "framework/execution/run_experiment.h"

namespace didact {

// For people: a line for each trial that did not finish, how many did, and for every number of the
// finished trials' last evaluation its mean, smallest and largest value over the trials.
std::string FormatSummary(absl::Span<const TrialResult> trials);

}  // namespace didact

#endif  // DIDACT_TOOLS_RUN_SUMMARY_H_
