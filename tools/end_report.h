// The final output of `didact run` and `didact sweep`.

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
  std::vector<std::string> notes;  // for the user, on trials, `seed 3: ...`
  std::string config;              // origin of warnings
  WarningSummary warnings;
  int64_t trials = 0;   // number of trials that may have warnings
  std::string results;  // for people, complete lines
  std::string directory;
  std::string how_to_go_on;  // for an interrupted run or sweep, a sentence without its full stop
};

// Prints the report, notes and warnings to standard error. Returns the exit code of the tool.
ExitCode PrintEnd(const EndReport& report);

// Does the same for --quiet: prints only the trials that diverged or failed, which `failures`
// lists.
ExitCode PrintQuietEnd(TrialStatus outcome, const std::string& failures);

}  // namespace didact

#endif  // DIDACT_TOOLS_END_REPORT_H_
