#include "tools/execute_run.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tools/end_report.h"
#include "tools/progress_line.h"
#include "tools/run_flags.h"
#include "tools/run_summary.h"
#include "tools/terminal.h"

namespace didact {
absl::StatusOr<ExitCode> ExecuteRun(const ResolvedExperiment& experiment,
                                    const PluginRegistry& registry, RunOptions options,
                                    bool quiet) {
  const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  const std::atomic<bool>& stop = StopOnSignals();
  if (!quiet) options.warn = PrintWarning;
  Progress progress;
  std::optional<ProgressLine> line;
  if (!quiet) line.emplace(progress, FormatRunProgress, options.threads);
  absl::StatusOr<std::vector<TrialResult>> trials =
      RunExperiment(experiment, registry, options, stop, progress);
  line.reset();
  if (!trials.ok()) {
    if (progress.View().trials == 0) return std::move(trials).status();
    ReportError(trials.status());
    return kTrialFailed;
  }
  const TrialStatus outcome = OutcomeOf(*trials);
  if (quiet) return PrintQuietEnd(outcome, FormatFailures(*trials));
  EndReport report;
  report.outcome = outcome;
  report.config = options.path.origin();
  report.trials = static_cast<int64_t>(trials->size());
  for (const TrialResult& trial : *trials) {
    const std::string name = absl::StrCat("seed ", trial.provenance.seed);
    for (const std::string& note : trial.provenance.notes) {
      report.notes.push_back(absl::StrCat(name, ": ", note));
    }
    report.warnings.Add(trial.provenance.warnings, name);
  }
  report.results = FormatSummary(*trials, TerminalColumns(STDOUT_FILENO, kUnlimitedColumns));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  report.threads = options.threads;
  report.directory = options.directory;
  report.how_to_go_on =
      absl::StrCat("'didact resume ", options.directory, "' goes on with the run");
  return PrintEnd(report);
}

}  // namespace didact
