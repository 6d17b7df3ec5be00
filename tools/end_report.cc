#include "tools/end_report.h"

#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tools/format_time.h"

namespace didact {

ExitCode PrintEnd(const EndReport& report) {
  for (const std::string& note : report.notes) std::cerr << "didact: note: " << note << "\n";
  for (const std::string& line : report.warnings.Lines(report.trials)) {
    PrintWarning(absl::StrCat(report.config, ": ", line));
  }
  std::cout << report.results << "\ntook " << FormatDuration(report.seconds) << " on "
            << report.threads << (report.threads == 1 ? " thread" : " threads") << "\nfiles in "
            << report.directory << "\n";
  const ExitCode code = ExitCodeOf(report.outcome);
  if (code == kInterruptedRun) std::cout << report.how_to_go_on << "\n";
  std::cout << std::flush;
  return code;
}

ExitCode PrintQuietEnd(TrialStatus outcome, const std::string& failures) {
  if (!failures.empty()) PrintError(absl::StripTrailingAsciiWhitespace(failures));
  return ExitCodeOf(outcome);
}

}  // namespace didact
