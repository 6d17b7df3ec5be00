#include "tests/parity/repetition.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/strings/substitute.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npz.h"
#include "tests/parity/array.h"
#include "tests/parity/config_text.h"
#include "tests/parity/multi_layer_config.h"
#include "xtensor/xbuilder.hpp"
#include "xtensor/xindex_view.hpp"
#include "xtensor/xnorm.hpp"
#include "xtensor/xview.hpp"

namespace didact {
namespace {

// The rate of the step that shows the gradient. Since it is large, little of the gradient is lost
// when it is subtracted from the weights, and since it is a power of two, nothing when it is
// multiplied.
constexpr double kGradientRate = 1024;

// Makes the runs of one case.
class Repeater {
 public:
  Repeater(const RecordedCase& recorded, const std::string& config)
      : recorded_(recorded), config_(config), folder_(DirectoryName(config)) {}

  absl::StatusOr<Repetition> Repeat();

 private:
  // Changes of the config for one run.
  using Changes = std::vector<std::string>;

  bool HasLabels() const { return recorded_.Has("y_train"); }
  bool IsNormalized() const { return recorded_.Has("student_bn0_rm"); }
  int64_t steps() const { return recorded_.epochs() * recorded_.steps_per_epoch(); }
  int64_t evaluation_batch() const {
    return static_cast<int64_t>(recorded_.Setting("eval_batchsize"));
  }
  int64_t evaluation_samples() const { return recorded_.Recorded("x_eval").shape[0]; }
  // Number of samples in the short batch of an evaluation; 0 if there is none.
  int64_t remainder() const { return evaluation_samples() % evaluation_batch(); }
  int64_t BatchSize(int64_t step) const;
  int64_t Positions(int64_t layer) const;

  Changes OnlyShortBatch() const {
    return {absl::StrCat("eval_data.first=", evaluation_samples() - remainder())};
  }
  // An evaluation of the weights in a file.
  static Changes EvaluationOf(const std::string& weights, const Changes& others);
  static std::string WeightsOf(const std::string& trial, int64_t epoch) {
    return absl::StrCat(trial, "/weights/", absl::StrFormat("epoch_%04d.npz", epoch));
  }

  // Makes a run for each list of changes, and returns the trials.
  absl::StatusOr<std::vector<std::string>> Run(const std::vector<Changes>& runs) {
    return RunTrialsOf(config_, absl::StrCat("runs", sweeps_++), runs);
  }

  // Returns the results at all recorded states, of which a trial has the evaluations.
  absl::StatusOr<std::vector<EvaluationResults>> Snapshots(const std::string& trial,
                                                           const Changes& changes);
  // Adds the losses against the labels to the results of evaluations, if there are labels.
  absl::Status AddLabelLosses(std::vector<Changes> evaluations,
                              std::vector<EvaluationResults>& results);
  std::vector<EvaluationResults> BatchMeans(const std::vector<EvaluationResults>& all,
                                            const std::vector<EvaluationResults>& last) const;

  absl::StatusOr<Changes> StepByStep() const;
  absl::Status WriteSteps(const std::string& path) const;
  absl::Status Descend(const std::string& trial, std::vector<Changes>& evaluations,
                       std::vector<EvaluationResults>& before,
                       std::vector<EvaluationResults>& after);
  absl::StatusOr<std::vector<EvaluationResults>> Steps(const std::string& trial);
  absl::StatusOr<std::string> WithStatisticsOfBatch(int64_t step, EvaluationResults before,
                                                    const EvaluationResults& after) const;

  const RecordedCase& recorded_;
  const std::string config_;
  const std::string folder_;
  int sweeps_ = 0;
};

Repeater::Changes Repeater::EvaluationOf(const std::string& weights, const Changes& others) {
  Changes changes = {
      "training.epochs=0",
      absl::Substitute(
          "student.initializer=[{ [didact/NpzWeights] { path: \"$0\" prefix: \"student.\" } }]",
          weights)};
  changes.insert(changes.end(), others.begin(), others.end());
  return changes;
}

absl::Status Repeater::AddLabelLosses(std::vector<Changes> evaluations,
                                      std::vector<EvaluationResults>& results) {
  if (!HasLabels()) return absl::OkStatus();
  for (Changes& changes : evaluations) {
    changes.push_back("loss=[didact/CrossEntropy] { labels {} }");
  }
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> trials, Run(evaluations));
  for (size_t i = 0; i < trials.size(); ++i) {
    DIDACT_ASSIGN_OR_RETURN(const EvaluationResults of_labels, ReadEvaluation(trials[i], -1));
    results[i]["eval.label_loss"] = of_labels.at("eval.loss");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<EvaluationResults>> Repeater::Snapshots(const std::string& trial,
                                                                   const Changes& changes) {
  std::vector<EvaluationResults> snapshots;
  std::vector<Changes> evaluations;
  for (int64_t epoch = -1; epoch < recorded_.epochs(); ++epoch) {
    DIDACT_ASSIGN_OR_RETURN(snapshots.emplace_back(), ReadEvaluation(trial, epoch));
    evaluations.push_back(EvaluationOf(WeightsOf(trial, epoch), changes));
  }
  DIDACT_RETURN_IF_ERROR(AddLabelLosses(std::move(evaluations), snapshots));
  return snapshots;
}

// Didact weights every sample equally. The mean over batches follows from the mean over all samples
// and that over the short batch.
std::vector<EvaluationResults> Repeater::BatchMeans(
    const std::vector<EvaluationResults>& all, const std::vector<EvaluationResults>& last) const {
  const int64_t full_batches = evaluation_samples() / evaluation_batch();
  std::vector<EvaluationResults> means(all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    for (const auto& [key, value] : all[i]) {
      if (!absl::StartsWith(key, "eval.") || value.dimension() > 0) continue;
      const Array& of_last = last[i].at(key);
      const Array of_full_batches =
          (value * evaluation_samples() - of_last * remainder()) / evaluation_batch();
      means[i][key] = (of_full_batches + of_last) / (full_batches + 1);
    }
  }
  return means;
}

int64_t Repeater::BatchSize(int64_t step) const {
  const Array rows = xt::view(recorded_["batch_idx"], step);
  return std::count_if(rows.begin(), rows.end(), [](double row) { return row >= 0; });
}

// Writes the samples of each step as arrays x0, y0, batch0, x1, ...
absl::Status Repeater::WriteSteps(const std::string& path) const {
  const Array inputs = recorded_["x_train"];
  const Array batches = recorded_["batch_idx"];
  std::vector<NamedArray> arrays;
  for (int64_t k = 0; k < steps(); ++k) {
    const int64_t size = BatchSize(k);
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < size; ++i) rows.push_back(static_cast<int64_t>(batches(k, i)));
    const Array samples = xt::view(inputs, xt::keep(rows));
    arrays.push_back({absl::StrCat("x", k), ToNpy(samples)});
    arrays.push_back(
        {absl::StrCat("batch", k), MakeNpyArray<int64_t>({1, size}, absl::MakeConstSpan(rows))});
    if (!HasLabels()) continue;
    std::vector<int64_t> labels;
    const Array all_labels = recorded_["y_train"];
    for (const int64_t row : rows) labels.push_back(static_cast<int64_t>(all_labels(row)));
    arrays.push_back(
        {absl::StrCat("y", k), MakeNpyArray<int64_t>({size}, absl::MakeConstSpan(labels))});
  }
  return WriteNpz(path, arrays);
}

int64_t Repeater::Positions(int64_t layer) const {
  int64_t positions = 1;
  const std::vector<int64_t>& inputs = recorded_.Recorded("x_train").shape;
  for (size_t axis = 2; axis < inputs.size(); ++axis) {
    int64_t extent = inputs[axis];
    for (int64_t l = 0; l <= layer; ++l) {
      extent -= recorded_.Recorded(absl::StrCat("teacher_w", l)).shape[axis] - 1;
    }
    positions *= extent;
  }
  return positions;
}

// Writes the student before a step, but with the statistics of the step's mini-batch as running
// statistics, of which a step moves the running statistics a tenth of the way towards the mean and
// the unbiased variance. So an evaluation computes what the step does. Returns the path.
absl::StatusOr<std::string> Repeater::WithStatisticsOfBatch(int64_t step, EvaluationResults before,
                                                            const EvaluationResults& after) const {
  std::vector<NamedArray> arrays;
  for (auto& [key, array] : before) {
    if (!absl::StartsWith(key, "student.")) continue;
    const bool is_mean = absl::EndsWith(key, ".bn.running_mean");
    const bool is_variance = absl::EndsWith(key, ".bn.running_var");
    if (is_mean || is_variance) array = Array((after.at(key) - 0.9 * array) / 0.1);
    if (is_variance) {
      int64_t layer = 0;
      absl::SimpleAtoi(key.substr(8, key.find('.', 8) - 8), &layer);
      const double samples = static_cast<double>(BatchSize(step) * Positions(layer));
      // Rounding makes the variance of a node that is never active negative.
      array = Array(xt::maximum(array * (samples - 1) / samples, 0.0));
    }
    arrays.push_back({key, ToNpy(array)});
  }
  std::string path = absl::StrCat(folder_, "/step", step, ".npz");
  DIDACT_RETURN_IF_ERROR(WriteNpz(path, arrays));
  return path;
}

// A step of plain descent from the student before each step, which shows the gradient and the
// statistics of the mini-batch.
absl::Status Repeater::Descend(const std::string& trial, std::vector<Changes>& evaluations,
                               std::vector<EvaluationResults>& before,
                               std::vector<EvaluationResults>& after) {
  const std::string batches = JoinPath(folder_, "steps.npz");
  DIDACT_RETURN_IF_ERROR(WriteSteps(batches));
  std::vector<Changes> descents;
  for (int64_t k = 0; k < steps(); ++k) {
    Changes data = {absl::StrCat("eval_data.inputs=", batches, ":x", k)};
    if (HasLabels()) data.push_back(absl::StrCat("eval_data.labels=", batches, ":y", k));
    evaluations.push_back(EvaluationOf(WeightsOf(trial, k - 1), data));
    Changes descent = evaluations.back();
    descent.insert(descent.end(),
                   {"training.epochs=1",
                    absl::Substitute("training.replay={ batches: \"$0:batch$1\" }", batches, k),
                    absl::Substitute("optimizer=[didact/Sgd] { learning_rate { $0 } }",
                                     ConstantRate(kGradientRate)),
                    "projection=[]"});
    descents.push_back(std::move(descent));
  }
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> trials, Run(descents));
  for (const std::string& descent : trials) {
    DIDACT_ASSIGN_OR_RETURN(before.emplace_back(), ReadEvaluation(descent, -1));
    DIDACT_ASSIGN_OR_RETURN(after.emplace_back(), ReadEvaluation(descent, 0));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<EvaluationResults>> Repeater::Steps(const std::string& trial) {
  std::vector<Changes> evaluations;
  std::vector<EvaluationResults> before;
  std::vector<EvaluationResults> after;
  DIDACT_RETURN_IF_ERROR(Descend(trial, evaluations, before, after));

  std::vector<EvaluationResults> results = before;
  if (IsNormalized()) {
    for (int64_t k = 0; k < steps(); ++k) {
      DIDACT_ASSIGN_OR_RETURN(const std::string weights,
                              WithStatisticsOfBatch(k, before[k], after[k]));
      const Changes data(evaluations[k].begin() + 2, evaluations[k].end());
      evaluations[k] = EvaluationOf(weights, data);
    }
    DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> trials, Run(evaluations));
    for (int64_t k = 0; k < steps(); ++k) {
      DIDACT_ASSIGN_OR_RETURN(results[k], ReadEvaluation(trials[k], -1));
    }
  }
  DIDACT_RETURN_IF_ERROR(AddLabelLosses(evaluations, results));

  for (int64_t k = 0; k < steps(); ++k) {
    for (const auto& [key, array] : before[k]) {
      absl::string_view parameter = key;
      if (!absl::ConsumePrefix(&parameter, "student.")) continue;
      const Array gradient = (array - after[k].at(key)) / kGradientRate;
      results[k][absl::StrCat("gradient.", parameter)] = gradient;
      results[k][absl::StrCat("gradient_norm.", parameter)] = Array(xt::norm_l2(gradient)());
    }
  }
  return results;
}

// An epoch for each step, so that the weights before each step are written.
absl::StatusOr<Repeater::Changes> Repeater::StepByStep() const {
  DIDACT_ASSIGN_OR_RETURN(const std::string optimizer,
                          OptimizerPlugin(recorded_, recorded_["step_lr"]));
  return Changes{absl::StrCat("training.epochs=", steps()), "training.replay.steps_per_epoch=1",
                 absl::StrCat("optimizer=", optimizer), "metric=[]"};
}

absl::StatusOr<Repetition> Repeater::Repeat() {
  DIDACT_ASSIGN_OR_RETURN(const Changes step_by_step, StepByStep());
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> trials,
                          Run({{}, step_by_step, remainder() > 0 ? OnlyShortBatch() : Changes{}}));
  Repetition repetition;
  DIDACT_ASSIGN_OR_RETURN(repetition.snapshots, Snapshots(trials[0], {}));
  repetition.batch_means = repetition.snapshots;
  if (remainder() > 0) {
    DIDACT_ASSIGN_OR_RETURN(const std::vector<EvaluationResults> last,
                            Snapshots(trials[2], OnlyShortBatch()));
    repetition.batch_means = BatchMeans(repetition.snapshots, last);
  }
  DIDACT_ASSIGN_OR_RETURN(repetition.steps, Steps(trials[1]));
  return repetition;
}

}  // namespace

absl::StatusOr<Repetition> Repeat(const RecordedCase& recorded, const std::string& config) {
  return Repeater(recorded, config).Repeat();
}

}  // namespace didact
