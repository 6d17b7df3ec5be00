#include "tests/parity/step_repetition.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/strings/substitute.h"
#include "absl/types/span.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "tests/parity/array.h"
#include "tests/parity/config_text.h"
#include "tests/parity/multi_layer_config.h"
#include "xtensor/xmath.hpp"
#include "xtensor/xnorm.hpp"
#include "xtensor/xview.hpp"

namespace didact {
namespace {

// The rate of the step that shows the gradient. Since it is large, little of the gradient is lost
// when it is subtracted from the weights, and since it is a power of two, nothing when it is
// multiplied.
constexpr double kGradientRate = 64;

// Makes the running statistics small, so that they take little of the precision of the statistics
// of the mini-batch, which are computed from how they change.
void ForgetStatistics(EvaluationResults& student) {
  for (auto& [key, array] : student) {
    if (absl::EndsWith(key, ".bn.running_mean")) array.fill(0);
    if (absl::EndsWith(key, ".bn.running_var")) array.fill(1.0 / 1024);
  }
}

class StepRepeater {
 public:
  StepRepeater(const RecordedCase& recorded, const std::string& folder, ChangedRuns& runs)
      : recorded_(recorded),
        folder_(folder),
        batches_(JoinPath(folder_, "batches.npz")),
        runs_(runs) {}

  absl::StatusOr<std::vector<EvaluationResults>> Steps(const std::string& trial);

 private:
  bool HasLabels() const { return recorded_.Has("y_train"); }
  bool IsNormalized() const { return recorded_.Has("student_bn0_rm"); }
  int64_t steps() const { return recorded_.epochs() * recorded_.steps_per_epoch(); }
  int64_t BatchSize(int64_t step) const;
  int64_t Positions(int64_t layer) const;
  absl::Status WriteBatches() const;
  // The mini-batch of a step as evaluation data.
  Changes BatchOf(int64_t step) const;
  // A step of plain descent from a student.
  Changes DescentOf(const std::string& weights, int64_t step) const;
  absl::StatusOr<std::string> WriteStudent(const std::string& name,
                                           const EvaluationResults& state) const;
  void UseStatisticsOfBatch(int64_t step, const EvaluationResults& after,
                            EvaluationResults& before) const;

  const RecordedCase& recorded_;
  const std::string folder_;
  const std::string batches_;  // the file of the mini-batches of all steps
  ChangedRuns& runs_;
};

int64_t StepRepeater::BatchSize(int64_t step) const {
  const Array rows = xt::view(recorded_["batch_idx"], step);
  return std::count_if(rows.begin(), rows.end(), [](double row) { return row >= 0; });
}

int64_t StepRepeater::Positions(int64_t layer) const {
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

// Writes the samples of each step as arrays x0, y0, batch0, x1, ...
absl::Status StepRepeater::WriteBatches() const {
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
  return WriteNpz(batches_, arrays);
}

Changes StepRepeater::BatchOf(int64_t step) const {
  Changes changes = {absl::StrCat("eval_data.inputs=", batches_, ":x", step)};
  if (HasLabels()) changes.push_back(absl::StrCat("eval_data.labels=", batches_, ":y", step));
  return changes;
}

Changes StepRepeater::DescentOf(const std::string& weights, int64_t step) const {
  Changes changes = EvaluationOf(weights, BatchOf(step));
  changes.insert(changes.end(),
                 {"training.epochs=1",
                  absl::Substitute("training.replay={ batches: \"$0:batch$1\" }", batches_, step),
                  absl::Substitute("optimizer=[didact/Sgd] { learning_rate { $0 } }",
                                   ConstantRate(kGradientRate)),
                  "projection=[]"});
  return changes;
}

// Writes the weights and running statistics of a student, and returns the path.
absl::StatusOr<std::string> StepRepeater::WriteStudent(const std::string& name,
                                                       const EvaluationResults& state) const {
  std::vector<NamedArray> arrays;
  for (const auto& [key, array] : state) {
    if (absl::StartsWith(key, "student.")) arrays.push_back({key, ToNpy(array)});
  }
  std::string path = absl::StrCat(folder_, "/", name, ".npz");
  DIDACT_RETURN_IF_ERROR(WriteNpz(path, arrays));
  return path;
}

// Makes the statistics of a step's mini-batch the running statistics, so that an evaluation
// computes what the step computes. A step moves the running statistics a tenth of the way towards
// the mean and the unbiased variance.
void StepRepeater::UseStatisticsOfBatch(int64_t step, const EvaluationResults& after,
                                        EvaluationResults& before) const {
  for (int64_t l = 0; l + 1 < recorded_.layers(); ++l) {
    const std::string normalization = absl::StrCat("student.", l, ".bn.");
    const double samples = static_cast<double>(BatchSize(step) * Positions(l));
    for (const std::string statistic : {"running_mean", "running_var"}) {
      const std::string key = normalization + statistic;
      const Array of_batch = (after.at(key) - 0.9 * before.at(key)) / 0.1;
      before[key] = of_batch;
    }
    Array& variance = before[normalization + "running_var"];
    // Rounding may leave less than nothing of the variance of a node that is never active.
    variance = Array(xt::maximum(variance * (samples - 1) / samples, 0.0));
  }
}

absl::StatusOr<std::vector<EvaluationResults>> StepRepeater::Steps(const std::string& trial) {
  DIDACT_RETURN_IF_ERROR(WriteBatches());
  std::vector<EvaluationResults> students;
  std::vector<Changes> descents;
  for (int64_t k = 0; k < steps(); ++k) {
    DIDACT_ASSIGN_OR_RETURN(students.emplace_back(), ReadEvaluation(trial, k - 1));
    if (IsNormalized()) ForgetStatistics(students.back());
    DIDACT_ASSIGN_OR_RETURN(const std::string weights,
                            WriteStudent(absl::StrCat("student", k), students.back()));
    descents.push_back(DescentOf(weights, k));
  }
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> trials, runs_.Run(descents));

  std::vector<EvaluationResults> gradients(steps());
  std::vector<Changes> evaluations;
  for (int64_t k = 0; k < steps(); ++k) {
    DIDACT_ASSIGN_OR_RETURN(const EvaluationResults after, ReadEvaluation(trials[k], 0));
    for (const auto& [key, array] : students[k]) {
      absl::string_view parameter = key;
      if (!absl::ConsumePrefix(&parameter, "student.")) continue;
      const Array gradient = (array - after.at(key)) / kGradientRate;
      gradients[k][absl::StrCat("gradient.", parameter)] = gradient;
      gradients[k][absl::StrCat("gradient_norm.", parameter)] = Array(xt::norm_l2(gradient)());
    }
    if (IsNormalized()) UseStatisticsOfBatch(k, after, students[k]);
    DIDACT_ASSIGN_OR_RETURN(const std::string weights,
                            WriteStudent(absl::StrCat("student_in_step", k), students[k]));
    evaluations.push_back(EvaluationOf(weights, BatchOf(k)));
  }
  DIDACT_ASSIGN_OR_RETURN(std::vector<EvaluationResults> results, runs_.Evaluate(evaluations));
  for (int64_t k = 0; k < steps(); ++k) results[k].merge(gradients[k]);
  return results;
}

}  // namespace

absl::StatusOr<Changes> StepByStep(const RecordedCase& recorded) {
  DIDACT_ASSIGN_OR_RETURN(const std::string optimizer,
                          OptimizerPlugin(recorded, recorded["step_lr"]));
  return Changes{absl::StrCat("training.epochs=", recorded.epochs() * recorded.steps_per_epoch()),
                 "training.replay.steps_per_epoch=1", absl::StrCat("optimizer=", optimizer),
                 "metric=[]"};
}

absl::StatusOr<std::vector<EvaluationResults>> RepeatSteps(const RecordedCase& recorded,
                                                           const std::string& trial,
                                                           const std::string& folder,
                                                           ChangedRuns& runs) {
  return StepRepeater(recorded, folder, runs).Steps(trial);
}

}  // namespace didact
