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

constexpr absl::string_view kLabelLoss = "eval.label_loss";

// The rate of the step that shows the gradient. Since it is large, little of the gradient is lost
// when it is subtracted from the weights, and since it is a power of two, nothing when it is
// multiplied.
constexpr double kGradientRate = 1024;

// Makes the runs of one case.
class Repeater {
 public:
  Repeater(const RecordedCase& recorded, const std::string& config)
      : recorded_(recorded), config_(config), folder_(DirectoryName(config)) {}

  absl::Status Snapshots(std::vector<EvaluationResults>& snapshots);
  absl::Status BatchMeans(const std::vector<EvaluationResults>& snapshots,
                          std::vector<EvaluationResults>& means);
  absl::Status Steps(std::vector<EvaluationResults>& steps);

 private:
  using Overrides = std::vector<std::string>;

  bool HasLabels() const { return recorded_.Has("y_train"); }
  int64_t steps() const { return recorded_.epochs() * recorded_.steps_per_epoch(); }

  // Runs the config with these changes, and returns the folder of the trial.
  absl::StatusOr<std::string> Run(const Overrides& overrides) {
    return RunTrialOf(config_, absl::StrCat("run", runs_++), overrides);
  }

  // The student of an evaluation of a trial.
  static Overrides Student(const std::string& weights) {
    return {absl::Substitute(
        "student.initializer=[{ [didact/NpzWeights] { path: \"$0\" prefix: \"student.\" } }]",
        weights)};
  }
  static std::string WeightsOf(const std::string& trial, int64_t epoch) {
    return absl::StrCat(trial, "/weights/", absl::StrFormat("epoch_%04d.npz", epoch));
  }

  // Evaluates without training: the results, and the loss against labels if there are any.
  absl::StatusOr<EvaluationResults> Evaluate(Overrides overrides);
  absl::Status AddLabelLoss(Overrides overrides, EvaluationResults& results);

  absl::Status WriteSteps(const std::string& path) const;
  absl::StatusOr<EvaluationResults> Step(int64_t step, const std::string& batches,
                                         const std::string& weights);
  bool IsNormalized() const { return recorded_.Has("student_bn0_rm"); }
  absl::StatusOr<std::string> WithStatisticsOfBatch(int64_t step, EvaluationResults before,
                                                    const EvaluationResults& after) const;
  int64_t BatchSize(int64_t step) const;
  int64_t Positions(int64_t layer) const;

  const RecordedCase& recorded_;
  const std::string config_;
  const std::string folder_;
  int runs_ = 0;
};

absl::StatusOr<EvaluationResults> Repeater::Evaluate(Overrides overrides) {
  overrides.push_back("training.epochs=0");
  DIDACT_ASSIGN_OR_RETURN(const std::string trial, Run(overrides));
  DIDACT_ASSIGN_OR_RETURN(EvaluationResults results, ReadEvaluation(trial, -1));
  DIDACT_RETURN_IF_ERROR(AddLabelLoss(std::move(overrides), results));
  return results;
}

absl::Status Repeater::AddLabelLoss(Overrides overrides, EvaluationResults& results) {
  if (!HasLabels()) return absl::OkStatus();
  overrides.insert(overrides.end(),
                   {"training.epochs=0", "loss=[didact/CrossEntropy] { labels {} }"});
  DIDACT_ASSIGN_OR_RETURN(const std::string trial, Run(overrides));
  DIDACT_ASSIGN_OR_RETURN(const EvaluationResults of_labels, ReadEvaluation(trial, -1));
  results[std::string(kLabelLoss)] = of_labels.at("eval.loss");
  return absl::OkStatus();
}

absl::Status Repeater::Snapshots(std::vector<EvaluationResults>& snapshots) {
  DIDACT_ASSIGN_OR_RETURN(const std::string trial, Run({}));
  for (int64_t epoch = -1; epoch < recorded_.epochs(); ++epoch) {
    DIDACT_ASSIGN_OR_RETURN(EvaluationResults results, ReadEvaluation(trial, epoch));
    DIDACT_RETURN_IF_ERROR(AddLabelLoss(Student(WeightsOf(trial, epoch)), results));
    snapshots.push_back(std::move(results));
  }
  return absl::OkStatus();
}

// Didact weights every sample equally. The mean over batches follows from the mean over all samples
// and that over the short batch.
absl::Status Repeater::BatchMeans(const std::vector<EvaluationResults>& snapshots,
                                  std::vector<EvaluationResults>& means) {
  const int64_t samples = recorded_.Recorded("x_eval").shape[0];
  const int64_t batch = static_cast<int64_t>(recorded_.Setting("eval_batchsize"));
  const int64_t remainder = samples % batch;
  if (remainder == 0) {
    means = snapshots;
    return absl::OkStatus();
  }
  const int64_t full_batches = samples / batch;
  const std::string short_batch = absl::StrCat("eval_data.first=", samples - remainder);
  DIDACT_ASSIGN_OR_RETURN(const std::string trial, Run({short_batch}));
  for (int64_t epoch = -1; epoch < recorded_.epochs(); ++epoch) {
    DIDACT_ASSIGN_OR_RETURN(EvaluationResults results, ReadEvaluation(trial, epoch));
    Overrides student = Student(WeightsOf(trial, epoch));
    student.push_back(short_batch);
    DIDACT_RETURN_IF_ERROR(AddLabelLoss(std::move(student), results));
    EvaluationResults& mean = means.emplace_back();
    for (const auto& [key, all] : snapshots[epoch + 1]) {
      if (!absl::StartsWith(key, "eval.") || all.dimension() > 0) continue;
      const Array last = results.at(key);
      const Array of_full_batches = (all * samples - last * remainder) / batch;
      mean[key] = (of_full_batches + last) / (full_batches + 1);
    }
  }
  return absl::OkStatus();
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

absl::StatusOr<EvaluationResults> Repeater::Step(int64_t step, const std::string& batches,
                                                 const std::string& weights) {
  Overrides overrides = Student(weights);
  overrides.push_back(absl::StrCat("eval_data.inputs=", batches, ":x", step));
  if (HasLabels()) overrides.push_back(absl::StrCat("eval_data.labels=", batches, ":y", step));
  Overrides descent = overrides;
  descent.insert(descent.end(),
                 {"training.epochs=1",
                  absl::Substitute("training.replay={ batches: \"$0:batch$1\" }", batches, step),
                  absl::Substitute("optimizer=[didact/Sgd] { learning_rate { $0 } }",
                                   ConstantRate(kGradientRate)),
                  "projection=[]"});
  DIDACT_ASSIGN_OR_RETURN(const std::string trial, Run(descent));
  DIDACT_ASSIGN_OR_RETURN(EvaluationResults before, ReadEvaluation(trial, -1));
  DIDACT_ASSIGN_OR_RETURN(const EvaluationResults after, ReadEvaluation(trial, 0));

  EvaluationResults results;
  if (IsNormalized()) {
    DIDACT_ASSIGN_OR_RETURN(const std::string state, WithStatisticsOfBatch(step, before, after));
    overrides[0] = Student(state)[0];
    DIDACT_ASSIGN_OR_RETURN(results, Evaluate(overrides));
  } else {
    results = before;
    DIDACT_RETURN_IF_ERROR(AddLabelLoss(overrides, results));
  }
  for (const auto& [key, array] : before) {
    absl::string_view parameter = key;
    if (!absl::ConsumePrefix(&parameter, "student.")) continue;
    const Array gradient = (array - after.at(key)) / kGradientRate;
    results[absl::StrCat("gradient.", parameter)] = gradient;
    results[absl::StrCat("gradient_norm.", parameter)] = Array(xt::norm_l2(gradient)());
  }
  return results;
}

absl::Status Repeater::Steps(std::vector<EvaluationResults>& results) {
  const std::string batches = JoinPath(folder_, "steps.npz");
  DIDACT_RETURN_IF_ERROR(WriteSteps(batches));
  // An epoch for each step, so that the weights before each step are written.
  DIDACT_ASSIGN_OR_RETURN(const std::string optimizer,
                          OptimizerPlugin(recorded_, recorded_["step_lr"]));
  DIDACT_ASSIGN_OR_RETURN(
      const std::string trial,
      Run({absl::StrCat("training.epochs=", steps()), "training.replay.steps_per_epoch=1",
           absl::StrCat("optimizer=", optimizer), "metric=[]"}));
  for (int64_t k = 0; k < steps(); ++k) {
    DIDACT_ASSIGN_OR_RETURN(results.emplace_back(), Step(k, batches, WeightsOf(trial, k - 1)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Repetition> Repeat(const RecordedCase& recorded, const std::string& config) {
  Repeater repeater(recorded, config);
  Repetition repetition;
  DIDACT_RETURN_IF_ERROR(repeater.Snapshots(repetition.snapshots));
  DIDACT_RETURN_IF_ERROR(repeater.BatchMeans(repetition.snapshots, repetition.batch_means));
  DIDACT_RETURN_IF_ERROR(repeater.Steps(repetition.steps));
  return repetition;
}

}  // namespace didact
