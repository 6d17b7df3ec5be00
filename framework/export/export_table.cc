#include "didact/framework/export/export_table.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/export/survey.h"
#include "didact/framework/export/table_row.h"
#include "didact/framework/io/output_file.h"

namespace didact {
namespace {

class TableExport {
 public:
  TableExport(const ResultDirectory& directory, const ExportOptions& options, MetricFilter& filter,
              const std::atomic<bool>& stop, ExportReport& report)
      : directory_(directory), options_(options), filter_(filter), stop_(stop), report_(report) {}

  // The first pass: collects the metrics and the statuses of all trials.
  absl::Status Look() {
    for (int64_t i = 0; i < directory_.experiments(); ++i) {
      first_trials_.push_back(static_cast<int64_t>(statuses_.size()));
      absl::StatusOr<std::optional<ResultExperiment>> experiment = directory_.Experiment(i);
      if (!experiment.ok()) report_.damage.Add(experiment.status());
      if (!experiment.ok()) continue;
      if (!*experiment) ++report_.experiments_without_files;
      if (!*experiment) continue;
      DIDACT_ASSIGN_OR_RETURN(const Survey survey,
                              SurveyExperiment(directory_, **experiment, options_.last, filter_,
                                               stop_, report_.damage));
      metrics_.Add(survey.metrics);
      statuses_.insert(statuses_.end(), survey.statuses.begin(), survey.statuses.end());
    }
    first_trials_.push_back(static_cast<int64_t>(statuses_.size()));
    for (const TrialStatus status : statuses_) ++report_.trials[static_cast<size_t>(status)];
    return filter_.Check();
  }

  // The second pass: writes the rows.
  absl::Status Write(OutputFile& file) {
    TableRows rows(options_.format, directory_.columns(), metrics_);
    DIDACT_RETURN_IF_ERROR(file.Append(rows.Header()));
    for (int64_t i = 0; i < directory_.experiments(); ++i) {
      const int64_t trials = first_trials_[i + 1] - first_trials_[i];
      if (trials == 0) continue;
      DIDACT_ASSIGN_OR_RETURN(const std::optional<ResultExperiment> experiment,
                              directory_.Experiment(i));
      if (!experiment || experiment->trials != trials) {
        return absl::AbortedError(
            absl::StrCat(options_.directory, ": was replaced while it was exported"));
      }
      rows.Begin(*experiment);
      for (int64_t trial = 0; trial < trials; ++trial) {
        DIDACT_RETURN_IF_ERROR(CheckStop(stop_));
        DIDACT_RETURN_IF_ERROR(WriteTrial(*experiment, trial, rows, file));
      }
    }
    return file.Commit();
  }

 private:
  absl::Status WriteTrial(const ResultExperiment& experiment, int64_t trial, TableRows& rows,
                          OutputFile& file) {
    const TrialStatus status = statuses_[first_trials_[experiment.number] + trial];
    if (status == TrialStatus::kPending) return absl::OkStatus();
    const uint64_t seed = experiment.first_seed + static_cast<uint64_t>(trial);
    const auto write = [&](const RecordedEvaluation* evaluation) {
      ++report_.rows;
      return file.Append(rows.Row(seed, status, evaluation));
    };
    DIDACT_ASSIGN_OR_RETURN(const int64_t written,
                            VisitEvaluations(experiment, trial, status, options_.last, metrics_,
                                             [&write](const RecordedEvaluation& evaluation) {
                                               return write(&evaluation);
                                             }));
    return written > 0 ? absl::OkStatus() : write(nullptr);
  }

  const ResultDirectory& directory_;
  const ExportOptions& options_;
  MetricFilter& filter_;
  const std::atomic<bool>& stop_;
  ExportReport& report_;

  MetricColumns metrics_;
  std::vector<int64_t> first_trials_;  // by experiment, indices in statuses_; ends with its size
  std::vector<TrialStatus> statuses_;  // by trial
};

}  // namespace

absl::Status ExportTable(const ResultDirectory& directory, const ExportOptions& options,
                         MetricFilter& filter, const std::atomic<bool>& stop,
                         ExportReport& report) {
  TableExport table(directory, options, filter, stop, report);
  DIDACT_RETURN_IF_ERROR(table.Look());
  if (options.out == kStandardOutput) {
    OutputFile file = OutputFile::StandardOutput();
    return table.Write(file);
  }
  DIDACT_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(options.out));
  return table.Write(file);
}

}  // namespace didact
