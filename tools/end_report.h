// The report at the end of `didact run` and `didact sweep`.

#ifndef DIDACT_TOOLS_END_REPORT_H_
#define DIDACT_TOOLS_END_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "didact/framework/results/trial_status.h"
#include "tools/command.h"
#include "tools/warning_summary.h"

namespace didact {

struct EndReport {
  TrialStatus outcome = TrialStatus::kFinished;
  std::vector<std::string> notes;  // about trials, for the user: `seed 3: ...`
  std::string config;              // the config to which warnings refer
  WarningSummary warnings;
  int64_t trials = 0;   // number of trials to which warnings may apply
  std::string results;  // lines for people, each with a newline
  double seconds = 0;   // time that the command took
  int threads = 1;      // on which this process trained
  std::string directory;
  std::string how_to_go_on;  // how to continue after an interruption; without a full stop
};

// Prints the report, notes and warnings to standard error. Returns the exit code of the tool.
ExitCode PrintEnd(const EndReport& report);

// The same for --quiet: prints only `failures`, the trials that failed or diverged.
ExitCode PrintQuietEnd(TrialStatus outcome, const std::string& failures);

}  // namespace didact

#endif  // DIDACT_TOOLS_END_REPORT_H_
