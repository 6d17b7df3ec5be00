#include "framework/training/typed_trial.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "framework/base/status.h"
#include "framework/kernels/elementwise.h"
#include "framework/training/prefixed_state.h"

namespace didact {
namespace {

bool AreConsecutive(absl::Span<const int64_t> rows) {
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i] != rows[0] + static_cast<int64_t>(i)) return false;
  }
  return true;
}

template <class T>
void AddWeights(absl::string_view prefix, NetworkWeights<const T> weights,
                std::vector<NamedArray>& arrays) {
  std::vector<T> dense;
  for (size_t l = 0; l < weights.size(); ++l) {
    const ArrayView<const T>& weight = weights[l].weight;
    dense.clear();
    for (int64_t i = 0; i < weight.shape(0); ++i) {
      for (int64_t j = 0; j < weight.shape(1); ++j) dense.push_back(weight(i, j));
    }
    arrays.push_back({absl::StrCat(prefix, ".", l, ".weight"),
                      MakeNpyArray<T>({weight.shape(0), weight.shape(1)}, dense)});
    arrays.push_back({absl::StrCat(prefix, ".", l, ".bias"),
                      MakeNpyArray<T>({weights[l].bias.shape(0)}, weights[l].bias.row(0))});
  }
}

}  // namespace

template <class T>
TypedTrial<T>::TypedTrial(const Experiment& experiment, uint64_t seed, TrialParts<T> parts)
    : Trial(experiment.name(), seed, experiment.training().epochs(),
            parts.sampler->steps_per_epoch(), std::move(parts.warnings)),
      parts_(std::move(parts)),
      batch_inputs_(parts_.sampler->batch_size(), parts_.teacher->inputs()),
      teacher_outputs_(parts_.sampler->batch_size(), parts_.teacher->outputs()),
      labels_(parts_.train.labels.empty() ? 0 : parts_.sampler->batch_size()),
      pass_(*parts_.student, parts_.sampler->batch_size()),
      lowest_trained_layer_(absl::c_find(parts_.trains, true) - parts_.trains.begin()),
      train_evaluation_("train", *parts_.teacher, *parts_.student, parts_.loss, parts_.train,
                        experiment.training().evaluation_batch_size(),
                        std::move(parts_.train_metrics)),
      eval_evaluation_("eval", *parts_.teacher, *parts_.student, parts_.loss, parts_.eval,
                       experiment.training().evaluation_batch_size(),
                       std::move(parts_.eval_metrics)) {
  if (!parts_.train_augmentations.empty()) {
    teacher_pass_.emplace(*parts_.teacher, parts_.sampler->batch_size());
  }
  uses_total_epochs_ = parts_.sampler->uses_total_epochs();
  for (int64_t l = 0; l < parts_.student->layers(); ++l) {
    const Matrix<T>& block = parts_.student->block(l);
    if (parts_.trains[l]) gradient_.emplace_back(block.rows(), block.columns());
  }
}

template <class T>
absl::Status TypedTrial<T>::Prepare() {
  DIDACT_RETURN_IF_ERROR(ProbeMetrics());
  DIDACT_RETURN_IF_ERROR(train_evaluation_.Prepare(parts_.train_metric_random));
  return eval_evaluation_.Prepare(parts_.eval_metric_random);
}

template <class T>
absl::Status TypedTrial<T>::ProbeMetrics() {
  if (parts_.probe_metrics.empty()) return absl::OkStatus();
  const Samples<T> sample = FirstOf(parts_.eval);
  Evaluation<T> probe("eval", *parts_.teacher, *parts_.student, parts_.loss, sample, /*batch=*/1,
                      std::exchange(parts_.probe_metrics, {}));
  // A metric that cannot be prepared for one sample says so again if it cannot be for the data set.
  if (!probe.Prepare(parts_.eval_metric_random).ok()) return absl::OkStatus();
  DIDACT_RETURN_IF_ERROR(probe.Measure(/*step=*/0, /*stop=*/nullptr).status());
  Record record;
  DIDACT_RETURN_IF_ERROR(probe.Finish(record));
  return probe.CheckDescriptions(record);
}

template <class T>
void TypedTrial<T>::UseWorkers(Workers* workers) {
  pass_.UseWorkers(workers);
  if (teacher_pass_) teacher_pass_->UseWorkers(workers);
  train_evaluation_.UseWorkers(workers);
  eval_evaluation_.UseWorkers(workers);
}

template <class T>
LossBatch<T> TypedTrial<T>::Forward() {
  const Samples<T>& train = parts_.train;
  const absl::Span<const int64_t> rows = parts_.sampler->Batch(step_);
  const int64_t count = static_cast<int64_t>(rows.size());
  for (size_t i = 0; i < labels_.size() && i < rows.size(); ++i) labels_[i] = train.labels[rows[i]];
  const absl::Span<const int64_t> labels =
      absl::MakeConstSpan(labels_).subspan(0, labels_.empty() ? 0 : count);

  if (!teacher_pass_ && AreConsecutive(rows)) {
    pass_.Forward(SampleRows<T>(train.inputs, rows[0], count));
    return {pass_.outputs(), train.teacher_outputs.view().rows(rows[0], count), labels};
  }
  if (!teacher_pass_) {
    pass_.ForwardGathered(train.inputs, rows, batch_inputs_);
    GatherRows(train.teacher_outputs.data(), train.teacher_outputs.stride(),
               train.teacher_outputs.columns(), rows.data(), count, teacher_outputs_.data(),
               teacher_outputs_.stride());
    return {pass_.outputs(), std::as_const(teacher_outputs_).view().rows(0, count), labels};
  }
  GatherRows(train.inputs.data(), train.inputs.stride(), train.inputs.columns(), rows.data(), count,
             batch_inputs_.data(), batch_inputs_.stride());
  const RandomStream random = parts_.augmentation_random.Split(step_);
  for (size_t a = 0; a < parts_.train_augmentations.size(); ++a) {
    parts_.train_augmentations[a].Call("Apply", &Augmentation<T>::Apply, random.Split(a),
                                       batch_inputs_.view().rows(0, count));
  }
  const SampleRows<T> inputs(batch_inputs_, 0, count);
  teacher_pass_->Forward(inputs);
  pass_.Forward(inputs);
  return {pass_.outputs(), teacher_pass_->outputs(), labels};
}

template <class T>
absl::Status TypedTrial<T>::Step() {
  return guard_.Run([this] { return TakeStep(); });
}

template <class T>
absl::Status TypedTrial<T>::TakeStep() {
  const LossBatch<T> outputs = Forward();
  step_loss_ = parts_.loss.Call("SumAndGradient", &LossFunction<T>::SumAndGradient, outputs,
                                pass_.output_gradient()) /
               static_cast<double>(outputs.student_outputs.shape(0));
  if (!std::isfinite(step_loss_)) {
    diverged_ = true;
    return absl::OutOfRangeError(
        absl::StrCat("diverged at step ", step_, ": the loss is ", step_loss_));
  }
  pass_.Backward(lowest_trained_layer_);
  Descend();
  for (size_t p = 0; p < parts_.projections.size(); ++p) {
    parts_.projections[p].Call("Apply", &Projection<T>::Apply,
                               parts_.projection_random[p].Split(step_), parts_.student->weights());
  }
  ++step_;
  return absl::OkStatus();
}

template <class T>
void TypedTrial<T>::Descend() {
  const TrainingTime time = {
      step_, step_ / steps_per_epoch_, steps_per_epoch_, {epochs_, &uses_total_epochs_}};
  const std::optional<double> rate =
      parts_.optimizer.Call("PlainDescentRate", &Optimizer<T>::PlainDescentRate, time);
  int64_t trained = 0;
  for (int64_t l = 0; l < parts_.student->layers(); ++l) {
    if (!parts_.trains[l]) continue;
    Matrix<T>& block = parts_.student->block(l);
    if (rate) {
      pass_.WeightGradient(l, static_cast<T>(-*rate), /*accumulate=*/true, block);
    } else {
      pass_.WeightGradient(l, T(1), /*accumulate=*/false, gradient_[trained]);
      parts_.optimizer.Call("Update", &Optimizer<T>::Update, time, trained, block.view(),
                            std::as_const(gradient_[trained]).view());
    }
    ++trained;
  }
}

template <class T>
absl::StatusOr<Record> TypedTrial<T>::Evaluate(StopFlag stop) {
  return guard_.Run([this, stop] { return Measure(stop); });
}

template <class T>
absl::StatusOr<Record> TypedTrial<T>::Measure(StopFlag stop) {
  DIDACT_ASSIGN_OR_RETURN(const double train_loss, train_evaluation_.Measure(step_, stop));
  DIDACT_ASSIGN_OR_RETURN(const double eval_loss, eval_evaluation_.Measure(step_, stop));
  // Only here may metrics change what outlives an evaluation.
  Record record;
  absl::Status status = train_evaluation_.Finish(record);
  if (status.ok()) status = eval_evaluation_.Finish(record);
  if (!status.ok()) return guard_.Fail(std::move(status));
  if (!std::isfinite(train_loss) || !std::isfinite(eval_loss)) diverged_ = true;
  evaluated_step_ = step_;
  eval_loss_ = eval_loss;
  return record;
}

template <class T>
std::vector<NamedArray> TypedTrial<T>::Weights() const {
  std::vector<NamedArray> arrays;
  AddWeights("teacher", std::as_const(*parts_.teacher).weights(), arrays);
  AddWeights("student", std::as_const(*parts_.student).weights(), arrays);
  return arrays;
}

template <class T>
absl::Status TypedTrial<T>::VisitState(StateVisitor& visitor) {
  return guard_.Run([&] {
    visitor.Visit("step", step_);
    visitor.Visit("evaluated_step", evaluated_step_);
    visitor.Visit("step_loss", step_loss_);
    for (int64_t l = 0; l < parts_.student->layers(); ++l) {
      visitor.Visit(absl::StrCat("student.", l), parts_.student->block(l).view());
    }
    PrefixedState optimizer_state("optimizer.", visitor);
    parts_.optimizer.Call("VisitState", &Optimizer<T>::VisitState, optimizer_state);
    train_evaluation_.VisitState(visitor);
    eval_evaluation_.VisitState(visitor);
    return absl::OkStatus();
  });
}

template class TypedTrial<float>;
template class TypedTrial<double>;

}  // namespace didact
