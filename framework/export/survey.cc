#include "didact/framework/export/survey.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"

namespace didact {
namespace {

// Opens metrics.jsonl, which a trial that has not ended may not have yet.
absl::StatusOr<std::optional<MetricsReader>> OpenMetrics(const std::string& path,
                                                         TrialStatus status) {
  absl::StatusOr<MetricsReader> reader = MetricsReader::Open(path);
  if (reader.ok()) return std::optional<MetricsReader>(*std::move(reader));
  if (!IsDone(status) && absl::IsNotFound(reader.status())) return std::nullopt;
  return reader.status();
}

// Collects the metrics and epochs of a trial's evaluations.
class TrialSurvey {
 public:
  TrialSurvey(bool last, MetricFilter& filter, Survey& survey)
      : last_(last), filter_(filter), survey_(survey) {}

  // Errors: files that are damaged.
  absl::Status Read(const std::string& path, const TrialEnd& end) {
    DIDACT_ASSIGN_OR_RETURN(std::optional<MetricsReader> reader, OpenMetrics(path, end.status));
    if (!reader) return absl::OkStatus();
    bool any = false;
    absl::Status status;
    for (;;) {
      absl::StatusOr<bool> more = reader->Next(evaluation_);
      if (!more.ok()) status = more.status();
      if (!more.ok() || !*more) break;
      any = true;
      if (!last_) Add(evaluation_);
      if (last_) std::swap(evaluation_, newest_);
    }
    if (last_ && any) Add(newest_);
    DIDACT_RETURN_IF_ERROR(status);
    return IsDone(end.status) ? CheckEnd(*reader, any, end) : absl::OkStatus();
  }

 private:
  void Add(const RecordedEvaluation& evaluation) {
    survey_.epochs.insert(evaluation.epoch);
    for (const MetricValue& value : evaluation.values) {
      const bool is_integer = std::holds_alternative<int64_t>(value.number);
      survey_.metrics.Add(value.key, is_integer, filter_);
    }
  }

  absl::Status CheckEnd(const MetricsReader& reader, bool any, const TrialEnd& end) const {
    if (reader.is_torn()) {
      return absl::DataLossError(absl::StrCat(reader.path(), ": ends in the middle of a line"));
    }
    if (!any) return absl::DataLossError(absl::StrCat(reader.path(), ": has no evaluations"));
    const int64_t step = last_ ? newest_.step : evaluation_.step;
    if (end.status == TrialStatus::kFinished && step != end.steps) {
      return absl::DataLossError(absl::StrCat(reader.path(), ": ends at step ", step,
                                              ", but the trial at step ", end.steps));
    }
    return absl::OkStatus();
  }

  bool last_;
  MetricFilter& filter_;
  Survey& survey_;
  RecordedEvaluation evaluation_;
  RecordedEvaluation newest_;
};

}  // namespace

void MetricColumns::Add(const std::string& name, bool is_integer, MetricFilter& filter) {
  const auto [place, is_new] = places_.try_emplace(name, kLeftOut);
  if (is_new && filter.Accepts(name)) {
    place->second = static_cast<int>(list_.size());
    list_.push_back({name});
  }
  if (place->second == kLeftOut) return;
  MetricColumn& column = list_[static_cast<size_t>(place->second)];
  column.is_integer = column.is_integer && is_integer;
}

void MetricColumns::Add(const MetricColumns& other) {
  for (const MetricColumn& column : other.list_) {
    const auto [place, is_new] = places_.try_emplace(column.name, list_.size());
    if (is_new) list_.push_back(column);
    MetricColumn& own = list_[static_cast<size_t>(place->second)];
    own.is_integer = own.is_integer && column.is_integer;
  }
  for (const auto& [name, place] : other.places_) {
    if (place == kLeftOut) places_.try_emplace(name, kLeftOut);
  }
}

absl::Status CheckStop(const std::atomic<bool>& stop) {
  return stop.load(std::memory_order_relaxed) ? absl::CancelledError("interrupted")
                                              : absl::OkStatus();
}

absl::StatusOr<Survey> SurveyExperiment(const ResultDirectory& directory,
                                        const ResultExperiment& experiment, bool last,
                                        MetricFilter& filter, const std::atomic<bool>& stop,
                                        Damage& damage) {
  Survey survey;
  survey.statuses.reserve(static_cast<size_t>(experiment.trials));
  TrialSurvey trials(last, filter, survey);
  for (int64_t trial = 0; trial < experiment.trials; ++trial) {
    DIDACT_RETURN_IF_ERROR(CheckStop(stop));
    TrialEnd end = directory.EndOf(experiment, trial);
    if (end.status != TrialStatus::kPending) {
      end.problem.Update(trials.Read(experiment.Trial(trial).MetricsPath(), end));
    }
    if (!end.problem.ok()) {
      end.status = TrialStatus::kDamaged;
      damage.Add(end.problem);
    }
    survey.statuses.push_back(end.status);
  }
  return survey;
}

absl::StatusOr<int64_t> VisitEvaluations(
    const ResultExperiment& experiment, int64_t trial, TrialStatus status, bool last,
    const MetricColumns& metrics,
    absl::FunctionRef<absl::Status(const RecordedEvaluation&)> visit) {
  absl::StatusOr<std::optional<MetricsReader>> opened =
      OpenMetrics(experiment.Trial(trial).MetricsPath(), status);
  if (!opened.ok() && status == TrialStatus::kDamaged) return 0;
  DIDACT_ASSIGN_OR_RETURN(std::optional<MetricsReader> reader, std::move(opened));
  if (!reader) return 0;
  const auto is_known = [&metrics](const RecordedEvaluation& evaluation) {
    for (const MetricValue& value : evaluation.values) {
      if (metrics.Find(value.key) == MetricColumns::kUnknown) return false;
    }
    return true;
  };
  int64_t visited = 0;
  RecordedEvaluation evaluation;
  RecordedEvaluation newest;
  bool any = false;
  for (;;) {
    const absl::StatusOr<bool> more = reader->Next(evaluation);
    if (!more.ok() && status != TrialStatus::kDamaged) return more.status();
    if (!more.ok() || !*more) break;
    if (!is_known(evaluation)) {
      // With `last`, earlier evaluations may have metrics that the survey did not read.
      if (last) continue;
      if (!IsDone(status)) break;
      return absl::AbortedError(
          absl::StrCat(reader->path(), ": was changed while it was exported"));
    }
    any = true;
    if (last) {
      std::swap(evaluation, newest);
    } else {
      DIDACT_RETURN_IF_ERROR(visit(evaluation));
      ++visited;
    }
  }
  if (last && any) {
    DIDACT_RETURN_IF_ERROR(visit(newest));
    ++visited;
  }
  return visited;
}

}  // namespace didact
