#include "didact/framework/training/typed_trial.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/training/prefixed_state.h"

namespace didact {
namespace {

absl::string_view NameOf(ParameterRole role) {
  switch (role) {
    case ParameterRole::kWeight:
      return "weight";
    case ParameterRole::kBias:
      return "bias";
    case ParameterRole::kGain:
      return "bn.weight";
    case ParameterRole::kShift:
      return "bn.bias";
  }
  return "";
}

template <class T>
void AddWeights(absl::string_view network, NetworkView<const T> view,
                std::vector<NamedArrayView>& arrays) {
  for (size_t l = 0; l < view.size(); ++l) {
    view[l].ForEachParameter([&](ParameterRole role, const ArrayView<const T>& array) {
      arrays.push_back({absl::StrCat(network, ".", l, ".", NameOf(role)), array});
    });
  }
}

}  // namespace

template <class T>
TypedTrial<T>::TypedTrial(const ResolvedExperiment& experiment, TrialInfo info, TrialParts<T> parts)
    : guard_(experiment->name(), info.seed), info_(std::move(info)), parts_(std::move(parts)) {
  stages_.push_back(std::make_unique<Stage<T>>(std::move(parts_.stage), *parts_.student,
                                               parts_.train, &parts_.train_targets));
  for (const auto& stage : stages_) info_.epochs += stage->epochs();
  info_.steps_per_epoch = stages_.front()->steps_per_epoch();
  info_.warnings = std::move(parts_.warnings);
  const auto evaluation = [&](std::string name, const Samples<T>& samples,
                              const Targets<T>& targets,
                              std::vector<ConfiguredPlugin<Metric<T>>>& metrics) {
    return std::make_unique<Evaluation<T>>(
        std::move(name), *parts_.student, stages_.front()->loss(), samples, &targets,
        experiment->training().evaluation_batch_size(), std::move(metrics));
  };
  train_evaluation_ = evaluation("train", parts_.train, parts_.train_targets, parts_.train_metrics);
  eval_evaluation_ = evaluation("eval", parts_.eval, parts_.eval_targets, parts_.eval_metrics);
}

template <class T>
absl::Status TypedTrial<T>::Prepare() {
  DIDACT_RETURN_IF_ERROR(ProbeMetrics());
  DIDACT_RETURN_IF_ERROR(train_evaluation_->Prepare(parts_.train_metric_random));
  return eval_evaluation_->Prepare(parts_.eval_metric_random);
}

template <class T>
absl::Status TypedTrial<T>::ProbeMetrics() {
  if (parts_.probe_metrics.empty()) return absl::OkStatus();
  const Samples<T> sample = FirstSample(parts_.eval);
  const Targets<T> target = FirstTarget(parts_.eval_targets);
  Evaluation<T> probe("eval", *parts_.student, stages_.front()->loss(), sample, &target,
                      /*batch=*/1, std::exchange(parts_.probe_metrics, {}));
  // A failure to prepare metrics for one sample is ignored here: if they cannot be prepared for the
  // data set either, Prepare reports it.
  if (!probe.Prepare(parts_.eval_metric_random).ok()) return absl::OkStatus();
  DIDACT_RETURN_IF_ERROR(probe.Measure(/*step=*/0, /*stop=*/nullptr).status());
  Record record;
  DIDACT_RETURN_IF_ERROR(probe.Finish(record));
  return probe.CheckDescriptions(record);
}

template <class T>
bool TypedTrial<T>::uses_total_epochs() const {
  for (int64_t s = 0; s <= progress_.stage; ++s) {
    if (stages_[s]->uses_total_epochs()) return true;
  }
  return false;
}

template <class T>
void TypedTrial<T>::SetUsesTotalEpochs() {
  CurrentStage().SetUsesTotalEpochs();
}

template <class T>
void TypedTrial<T>::UseWorkers(Workers* workers) {
  for (const auto& stage : stages_) stage->UseWorkers(workers);
  train_evaluation_->UseWorkers(workers);
  eval_evaluation_->UseWorkers(workers);
}

template <class T>
int64_t TypedTrial<T>::FirstStep(int64_t stage) const {
  int64_t step = 0;
  for (int64_t s = 0; s < stage; ++s) step += stages_[s]->steps();
  return step;
}

template <class T>
int64_t TypedTrial<T>::StageOf(int64_t step) const {
  const int64_t last = static_cast<int64_t>(stages_.size()) - 1;
  int64_t stage = 0;
  while (stage < last && step >= FirstStep(stage + 1)) ++stage;
  return stage;
}

template <class T>
absl::Status TypedTrial<T>::Step() {
  return guard_.Run([this] { return TakeStep(); });
}

template <class T>
absl::Status TypedTrial<T>::TakeStep() {
  progress_.step_loss = CurrentStage().Step(progress_.step - FirstStep(progress_.stage));
  if (!std::isfinite(progress_.step_loss)) {
    progress_.diverged = true;
    return absl::OutOfRangeError(
        absl::StrCat("diverged at step ", progress_.step, ": the loss is ", progress_.step_loss));
  }
  ++progress_.step;
  progress_.stage = StageOf(progress_.step);
  return absl::OkStatus();
}

template <class T>
absl::StatusOr<Record> TypedTrial<T>::Evaluate(StopFlag stop) {
  return guard_.Run([this, stop] { return Measure(stop); });
}

template <class T>
absl::StatusOr<Record> TypedTrial<T>::Measure(StopFlag stop) {
  DIDACT_ASSIGN_OR_RETURN(const double train_loss,
                          train_evaluation_->Measure(progress_.step, stop));
  DIDACT_ASSIGN_OR_RETURN(const double eval_loss, eval_evaluation_->Measure(progress_.step, stop));
  // Only here may metrics change state that outlives an evaluation.
  Record record;
  absl::Status status = train_evaluation_->Finish(record);
  if (status.ok()) status = eval_evaluation_->Finish(record);
  if (!status.ok()) return guard_.Fail(std::move(status));
  if (!std::isfinite(train_loss) || !std::isfinite(eval_loss)) progress_.diverged = true;
  progress_.evaluated_step = progress_.step;
  progress_.eval_loss = eval_loss;
  return record;
}

template <class T>
std::vector<NamedArrayView> TypedTrial<T>::Weights() const {
  std::vector<NamedArrayView> arrays;
  AddWeights("teacher", std::as_const(*parts_.teacher).view(), arrays);
  AddWeights("student", std::as_const(*parts_.student).view(), arrays);
  return arrays;
}

template <class T>
absl::Status TypedTrial<T>::SaveState(StateVisitor& visitor) const {
  return guard_.Run([&] {
    TrainingProgress progress = progress_;
    VisitState(progress, visitor);
    return absl::OkStatus();
  });
}

template <class T>
absl::Status TypedTrial<T>::RestoreState(StateVisitor& visitor) {
  return guard_.Run([&] {
    VisitState(progress_, visitor);
    progress_.stage = StageOf(progress_.step);
    return absl::OkStatus();
  });
}

template <class T>
void TypedTrial<T>::VisitState(TrainingProgress& progress, StateVisitor& visitor) const {
  visitor.Visit("step", progress.step);
  visitor.Visit("evaluated_step", progress.evaluated_step);
  visitor.Visit("step_loss", progress.step_loss);
  for (int64_t l = 0; l < parts_.student->layers(); ++l) {
    PrefixedState layer_state(absl::StrCat("student.", l, "."), visitor);
    parts_.student->layer(l).VisitState(layer_state);
  }
  for (size_t s = 0; s < stages_.size(); ++s) {
    PrefixedState stage_state(absl::StrCat("stage.", s, ".optimizer."), visitor);
    stages_[s]->VisitState(stage_state);
  }
  train_evaluation_->VisitState(visitor);
  eval_evaluation_->VisitState(visitor);
}

template class TypedTrial<float>;
template class TypedTrial<double>;

}  // namespace didact
