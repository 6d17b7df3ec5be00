#include "tests/parity/repetition.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
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
constexpr double kGradientRate = 1024;

// Makes the running statistics small, so that they take little of the precision of the statistics
// of the mini-batch, which are computed from how they change.
void ForgetStatistics(EvaluationResults& student) {
  for (auto& [key, array] : student) {
    if (absl::EndsWith(key, ".bn.running_mean")) array.fill(0);
    if (absl::EndsWith(key, ".bn.running_var")) array.fill(1.0 / 1024);
  }
}

// Makes the runs of one case.
class Repeater {
 public:
  Repeater(const RecordedCase& recorded, const std::string& config)
      : recorded_(recorded),
        config_(config),
        folder_(DirectoryName(config)),
        batches_(JoinPath(folder_, "batches.npz")) {}

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
  // Makes evaluations, with their losses against the labels.
  absl::StatusOr<std::vector<EvaluationResults>> Evaluate(std::vector<Changes> evaluations);
  // Adds the losses against the labels to the results of evaluations, if there are labels.
  absl::Status AddLabelLosses(std::vector<Changes> evaluations,
                              std::vector<EvaluationResults>& results);
  std::vector<EvaluationResults> BatchMeans(const std::vector<EvaluationResults>& all,
                                            const std::vector<EvaluationResults>& last) const;

  absl::StatusOr<Changes> StepByStep() const;
  absl::Status WriteBatches() const;
  // The mini-batch of a step as evaluation data.
  Changes BatchOf(int64_t step) const;
  // A step of plain descent from a student.
  Changes DescentOf(const std::string& weights, int64_t step) const;
  absl::StatusOr<std::string> WriteStudent(const std::string& name,
                                           const EvaluationResults& state) const;
  void UseStatisticsOfBatch(int64_t step, const EvaluationResults& after,
                            EvaluationResults& before) const;
  absl::StatusOr<std::vector<EvaluationResults>> Steps(const std::string& trial);

  const RecordedCase& recorded_;
  const std::string config_;
  const std::string folder_;
  const std::string batches_;  // the file of the mini-batches of all steps
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

absl::StatusOr<std::vector<EvaluationResults>> Repeater::Evaluate(
    std::vector<Changes> evaluations) {
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> trials, Run(evaluations));
  std::vector<EvaluationResults> results;
  for (const std::string& trial : trials) {
    DIDACT_ASSIGN_OR_RETURN(results.emplace_back(), ReadEvaluation(trial, -1));
  }
  DIDACT_RETURN_IF_ERROR(AddLabelLosses(std::move(evaluations), results));
  return results;
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

// Writes the samples of each step as arrays x0, y0, batch0, x1, ...
absl::Status Repeater::WriteBatches() const {
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

Repeater::Changes Repeater::BatchOf(int64_t step) const {
  Changes changes = {absl::StrCat("eval_data.inputs=", batches_, ":x", step)};
  if (HasLabels()) changes.push_back(absl::StrCat("eval_data.labels=", batches_, ":y", step));
  return changes;
}

Repeater::Changes Repeater::DescentOf(const std::string& weights, int64_t step) const {
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
absl::StatusOr<std::string> Repeater::WriteStudent(const std::string& name,
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
void Repeater::UseStatisticsOfBatch(int64_t step, const EvaluationResults& after,
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

absl::StatusOr<std::vector<EvaluationResults>> Repeater::Steps(const std::string& trial) {
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
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> trials, Run(descents));

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
  DIDACT_ASSIGN_OR_RETURN(std::vector<EvaluationResults> results, Evaluate(evaluations));
  for (int64_t k = 0; k < steps(); ++k) results[k].merge(gradients[k]);
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
