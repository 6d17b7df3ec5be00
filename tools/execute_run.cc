#include "tools/execute_run.h"

#include <atomic>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tools/progress_line.h"
#include "tools/run_flags.h"
#include "tools/run_summary.h"
#include "tools/warning_summary.h"

namespace didact {
namespace {

ExitCode ExitCodeOf(const std::vector<TrialResult>& trials) {
  const auto any = [&trials](absl::string_view status) {
    return absl::c_any_of(
        trials, [status](const TrialResult& trial) { return trial.provenance.status == status; });
  };
  if (any("interrupted")) return kInterruptedRun;
  return any("failed") || any("diverged") ? kTrialFailed : kAllWell;
}

}  // namespace

absl::StatusOr<ExitCode> ExecuteRun(const ResolvedExperiment& experiment,
                                    const PluginRegistry& registry, RunOptions options,
                                    bool quiet) {
  const std::atomic<bool>& stop = StopOnSignals();
  if (!quiet) options.warn = PrintWarning;
  RunProgress progress;
  std::optional<ProgressLine> line;
  if (!quiet) line.emplace(progress);
  absl::StatusOr<std::vector<TrialResult>> trials =
      RunExperiment(experiment, registry, options, stop, progress);
  line.reset();
  if (!trials.ok()) {
    if (progress.trials == 0) return std::move(trials).status();
    ReportError(trials.status());
    return kTrialFailed;
  }
  const ExitCode code = ExitCodeOf(*trials);
  if (quiet) {
    const std::string failures = FormatFailures(*trials);
    if (!failures.empty()) PrintError(absl::StripTrailingAsciiWhitespace(failures));
    return code;
  }
  for (const TrialResult& trial : *trials) {
    for (const std::string& note : trial.provenance.notes) {
      std::cerr << "didact: note: seed " << trial.provenance.seed << ": " << note << "\n";
    }
  }
  WarningSummary warnings;
  for (const TrialResult& trial : *trials) {
    warnings.Add(trial.provenance.warnings, absl::StrCat("seed ", trial.provenance.seed));
  }
  for (const std::string& line : warnings.Lines(static_cast<int64_t>(trials->size()))) {
    PrintWarning(absl::StrCat(options.path.origin(), ": ", line));
  }
  std::cout << FormatSummary(*trials) << "\nfiles in " << options.directory << "\n";
  if (code == kInterruptedRun) {
    std::cout << "'didact resume " << options.directory << "' goes on with the run\n";
  }
  std::cout << std::flush;
  return code;
}

}  // namespace didact
