#include "tests/parity/multi_layer_statistics.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/parity/finished_trial.h"
#include "tests/parity/multi_layer_names.h"

namespace didact {
namespace {

using Moment = MultiLayerStatistic::Moment;

// The percentages of correct answers went through single precision.
constexpr double kPercentageRounding = 1e-6;

void AddLayer(int64_t l, std::vector<MultiLayerStatistic>& statistics) {
  for (const ArrayNames& names : ArraysOfLayer(l)) {
    statistics.push_back(
        {"student_" + names.recorded, Moment::kSnapshots, {"student." + names.in_files}});
    statistics.push_back(
        {"grad0_" + names.recorded, Moment::kFirstStep, {"gradient." + names.in_files}});
  }
  const std::string specialization = "eval.specialization.";
  statistics.push_back({absl::StrCat("eval_corrs", l),
                        Moment::kSnapshots,
                        {absl::StrCat(specialization, "layer", l, ".correlation")}});
  statistics.push_back(
      {absl::StrCat("eval_corrsflat", l),
       Moment::kSnapshots,
       {absl::StrCat(specialization, "teacher", l, "_student", l, ".correlation")}});
}

// Adds the statistics that were recorded both of the evaluation data and of the mini-batches of
// each epoch.
void AddLosses(const std::string& prefix, Moment moment,
               std::vector<MultiLayerStatistic>& statistics) {
  statistics.push_back({prefix + "mse_loss", moment, {"eval.mse"}});
  statistics.push_back({prefix + "ce_loss_teacher", moment, {"eval.loss"}});
  statistics.push_back({prefix + "ce_loss_label", moment, {"eval.label_loss"}});
  for (const auto& [recorded, classes] :
       {std::pair("top5_teacher", "teacher"), std::pair("top5_label", "labels")}) {
    MultiLayerStatistic& top = statistics.emplace_back();
    top.recorded = prefix + recorded;
    top.moment = moment;
    top.unit = 100;
    top.rounding = kPercentageRounding;
    for (int k = 1; k <= 5; ++k) {
      top.keys.push_back(absl::StrCat("eval.accuracy.", classes, ".top", k));
    }
  }
}

// Returns the results of the moments, with means over the steps of each epoch.
std::vector<EvaluationResults> ResultsAt(Moment moment, const Repetition& repetition,
                                         int64_t steps_per_epoch) {
  switch (moment) {
    case Moment::kSnapshots:
      return repetition.snapshots;
    case Moment::kBatchMeans:
      return repetition.batch_means;
    case Moment::kSteps:
      return repetition.steps;
    case Moment::kFirstStep:
      return {repetition.steps.front()};
    case Moment::kEpochs:
      break;
  }
  std::vector<EvaluationResults> epochs(repetition.steps.size() / steps_per_epoch);
  for (size_t k = 0; k < repetition.steps.size(); ++k) {
    EvaluationResults& epoch = epochs[k / steps_per_epoch];
    for (const auto& [key, value] : repetition.steps[k]) {
      const Array part = value / static_cast<double>(steps_per_epoch);
      const auto [sum, is_first] = epoch.try_emplace(key, part);
      if (!is_first) sum->second += part;
    }
  }
  return epochs;
}

}  // namespace

std::vector<MultiLayerStatistic> MultiLayerStatistics(int64_t layers) {
  std::vector<MultiLayerStatistic> statistics;
  for (int64_t l = 0; l < layers; ++l) AddLayer(l, statistics);
  AddLosses("eval_", Moment::kBatchMeans, statistics);
  AddLosses("train_", Moment::kEpochs, statistics);
  statistics.push_back({"step_loss", Moment::kSteps, {"eval.loss"}});
  for (const std::string parameter : {"weight", "bias"}) {
    MultiLayerStatistic& norms = statistics.emplace_back();
    norms.recorded = absl::StrCat("train_", parameter, "_grad_norms");
    norms.moment = Moment::kEpochs;
    for (int64_t l = 0; l < layers; ++l) {
      norms.keys.push_back(absl::StrCat("gradient_norm.", l, ".", parameter));
    }
  }
  return statistics;
}

absl::StatusOr<std::vector<Array>> ValuesOf(const MultiLayerStatistic& statistic,
                                            const Repetition& repetition,
                                            const RecordedCase& recorded) {
  std::vector<Array> entries;
  for (const EvaluationResults& results :
       ResultsAt(statistic.moment, repetition, recorded.steps_per_epoch())) {
    std::vector<Array> values;
    for (const std::string& key : statistic.keys) {
      const auto found = results.find(key);
      if (found == results.end()) return absl::NotFoundError("no run has the result " + key);
      values.push_back(found->second * statistic.unit);
    }
    if (values.size() > 1) {
      Array row = Array::from_shape({values.size()});
      for (size_t i = 0; i < values.size(); ++i) row(i) = values[i]();
      values = {std::move(row)};
    }
    entries.push_back(std::move(values[0]));
  }
  return entries;
}

absl::string_view WhyNotCompared(absl::string_view recorded) {
  constexpr std::pair<absl::string_view, absl::string_view> kReasons[] = {
      {"hp_", "a setting"},
      {"x_", "an input"},
      {"y_", "an input"},
      {"batch_idx", "an input"},
      {"step_lr", "an input"},
      {"snap_steps", "an input"},
      {"teacher_", "an input"},
      {"student_raw_", "an input"},
      {"eval_n", "a number of inputs or classes"},
      {"train_n", "a number of inputs or classes"},
      {"eval_class_count_distri_",
       "the frequencies of classes, which do not depend on the student"},
      {"train_class_count_distri_",
       "the frequencies of classes, which do not depend on the student"},
      {"train_corrs",
       "correlations over mini-batches between which the student changes; Didact "
       "computes those of one student"},
      {"asrun_", "what the reference reported for weights that are not the student's"},
      {"stale_student_", "weights that are not the student's"},
      {"Hs_", "Didact has no such metric yet"},
      {"betas_", "Didact has no such metric yet"},
  };
  for (const auto& [prefix, reason] : kReasons) {
    if (absl::StartsWith(recorded, prefix)) return reason;
  }
  return "";
}

}  // namespace didact
