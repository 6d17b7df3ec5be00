// didact export DIR: writes the results of a run or a sweep for other programs.

#include <atomic>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/base/status.h"
#include "didact/framework/export/export.h"
#include "tools/command.h"
#include "tools/run_flags.h"

namespace didact {
namespace {

struct ExportRequest {
  ExportOptions options;
  std::string format = "csv";
  bool quiet = false;
};

absl::StatusOr<ExportFormat> FormatOf(const std::string& name) {
  static const auto* const formats =
      new std::map<std::string, ExportFormat>{{"csv", ExportFormat::kCsv},
                                              {"jsonl", ExportFormat::kJsonLines},
                                              {"npz", ExportFormat::kNpz}};
  const auto found = formats->find(name);
  if (found != formats->end()) return found->second;
  return absl::InvalidArgumentError(
      absl::StrCat("--format: must be csv, jsonl or npz, got \"", name, "\""));
}

// Returns a text on the trials that are missing in the table, or an empty text.
std::string Note(const ExportReport& report) {
  int64_t trials = 0;
  std::vector<std::string> missing;
  for (const TrialStatus status :
       {TrialStatus::kDamaged, TrialStatus::kFailed, TrialStatus::kDiverged,
        TrialStatus::kUnfinished, TrialStatus::kPending}) {
    trials += report.of(status);
    if (report.of(status) == 0) continue;
    const absl::string_view name =
        status == TrialStatus::kPending ? "not begun" : TrialStatusName(status);
    missing.push_back(absl::StrCat(report.of(status), " ", name));
  }
  std::string note;
  if (!missing.empty()) {
    absl::StrAppend(&note, trials, " of ", trials + report.of(TrialStatus::kFinished),
                    " trials have not finished: ", absl::StrJoin(missing, ", "));
  }
  if (report.experiments_without_files > 0) {
    absl::StrAppend(&note, note.empty() ? "" : "; ", report.experiments_without_files, " of ",
                    report.experiments, " experiments have left no files");
  }
  return note;
}

absl::StatusOr<ExitCode> RunCommand(ExportRequest& request) {
  DIDACT_ASSIGN_OR_RETURN(request.options.format, FormatOf(request.format));
  const std::atomic<bool>& stop = StopOnSignals();
  const absl::StatusOr<ExportReport> report = Export(request.options, stop);
  if (absl::IsCancelled(report.status())) {
    std::cerr << "didact: interrupted\n";
    return kInterruptedRun;
  }
  DIDACT_RETURN_IF_ERROR(report.status());
  const Damage& damage = report->damage;
  for (const std::string& message : damage.messages()) std::cerr << "didact: " << message << "\n";
  const int64_t unnamed = damage.count() - static_cast<int64_t>(damage.messages().size());
  if (unnamed > 0) std::cerr << "didact: and " << unnamed << " more damaged files\n";
  const std::string note = Note(*report);
  if (!note.empty() && !request.quiet) std::cerr << "didact: note: " << note << "\n";
  return damage.count() > 0 ? kTrialFailed : kAllWell;
}

}  // namespace

void AddExportCommand(CLI::App& app, int& exit_code) {
  const auto request = std::make_shared<ExportRequest>();
  ExportOptions& options = request->options;
  CLI::App* const command =
      app.add_subcommand("export", "Make a table, or stacked arrays, of a run or a sweep");
  ExpandHomeIn(*command->add_option("DIR", options.directory, "The directory of the run or sweep")
                    ->option_text(" ")
                    ->required());
  command
      ->add_option("--format", request->format,
                   "csv or jsonl: a row per trial and evaluation; npz: a folder of arrays, an "
                   "archive per experiment; default: csv")
      ->type_name("FORMAT");
  ExpandHomeIn(
      *command
           ->add_option("--out", options.out,
                        "Where it goes; default for csv and jsonl: -, which is standard output")
           ->type_name("FILE|DIR")
           ->check([](const std::string& text) {
             return std::string(text.empty() ? "must be a file or folder, got nothing" : "");
           }));
  command
      ->add_option("--metric", options.metrics,
                   "Exports this metric alone, * stands for any characters; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_flag("--last", options.last, "Of each trial, the last evaluation alone");
  command->add_flag("--force", options.force, "Replace a file or an export that is there");
  command->add_flag("--quiet", request->quiet, "Print nothing but errors");
  command->callback([request, &exit_code] {
    const absl::StatusOr<ExitCode> code = RunCommand(*request);
    exit_code = code.ok() ? *code : ReportError(code.status());
  });
}

}  // namespace didact
