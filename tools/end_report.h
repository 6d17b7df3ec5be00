// What `didact run` and `didact sweep` say at their end.

#ifndef DIDACT_TOOLS_END_REPORT_H_
#define DIDACT_TOOLS_END_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "framework/results/trial_status.h"
#include "tools/command.h"
#include "tools/warning_summary.h"

namespace didact {

struct EndReport {
  TrialStatus outcome = TrialStatus::kFinished;
  std::vector<std::string> notes;  // what the user should know of trials, `seed 3: ...`
  std::string config;              // where warnings come from
  WarningSummary warnings;
  int64_t trials = 0;   // that warnings may be about
  std::string results;  // for people, lines with their ends
  std::string directory;
  std::string how_to_go_on;  // a sentence for a run or sweep that was interrupted, without its end
};

// Prints the report, notes and warnings to standard error. Returns what the tool exits with.
ExitCode PrintEnd(const EndReport& report);

// The same for --quiet: prints which trials went wrong, as in `failures`, and nothing else.
ExitCode PrintQuietEnd(TrialStatus outcome, const std::string& failures);

}  // namespace didact

#endif  // DIDACT_TOOLS_END_REPORT_H_
