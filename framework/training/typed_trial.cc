#include "didact/framework/training/typed_trial.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/training/parameter_blocks.h"
#include "didact/framework/training/prefixed_state.h"
#include "didact/framework/training/read_only_state.h"

namespace didact {
namespace {

template <class T>
void AddWeights(absl::string_view network, NetworkView<const T> view,
                std::vector<NamedArrayView>& arrays) {
  for (size_t l = 0; l < view.size(); ++l) {
    view[l].ForEachParameter([&](ParameterRole role, const ArrayView<const T>& array) {
      arrays.push_back(
          {absl::StrCat(network, ".", ParameterName(static_cast<int64_t>(l), role)), array});
    });
    if (view[l].running_mean.empty()) continue;
    const std::string normalization = absl::StrCat(network, ".", l, ".bn.");
    arrays.push_back({absl::StrCat(normalization, "running_mean"), view[l].running_mean});
    arrays.push_back({absl::StrCat(normalization, "running_var"), view[l].running_variance});
  }
}

template <class T>
NetworkShapes ShapesOf(std::string name, const Network<T>& network) {
  NetworkShapes result = {std::move(name), {network.input_shape()}};
  result.shapes.insert(result.shapes.end(), network.shapes().begin(), network.shapes().end());
  result.shapes.emplace_back(network.outputs());
  return result;
}

template <class T>
PassScope ScopeOfEvaluations(const std::vector<TrialStageParts<T>>& stages) {
  for (const TrialStageParts<T>& stage : stages) {
    if (NeedGradients<T>(stage.train_metrics) || NeedGradients<T>(stage.eval_metrics)) {
      return PassScope::kForwardAndBackward;
    }
  }
  return PassScope::kForward;
}

}  // namespace

template <class T>
TypedTrial<T>::TypedTrial(const ResolvedExperiment& experiment, TrialInfo info, TrialParts<T> parts)
    : guard_(experiment->name(), info.seed), info_(std::move(info)), parts_(std::move(parts)) {
  info_.warnings = std::move(parts_.warnings);
  for (const TargetSet<T>& target_set : parts_.target_sets) {
    info_.networks.push_back(ShapesOf(target_set.name, *target_set.teacher));
  }
  info_.networks.push_back(ShapesOf("student", *parts_.student));
  evaluation_passes_ = std::make_unique<EvaluationPasses<T>>(
      *parts_.student,
      std::min<int64_t>(experiment->training().evaluation_batch_size(),
                        std::max(parts_.train.size(), parts_.eval.size())),
      ScopeOfEvaluations(parts_.stages));
  for (TrialStageParts<T>& stage : parts_.stages) {
    stages_.push_back(MakeStage(stage));
    const Stage<T>& training = *stages_.back().training;
    info_.stages.push_back({training.epochs(), training.steps_per_epoch()});
  }
  progress_.stage = StageOf(0);
}

template <class T>
typename TypedTrial<T>::EvaluatedStage TypedTrial<T>::MakeStage(TrialStageParts<T>& parts) {
  const TargetSet<T>* const target_set =
      parts.target_set ? &parts_.target_sets[*parts.target_set] : nullptr;
  const Targets<T>* const train_targets = target_set == nullptr ? nullptr : &target_set->train;
  const Targets<T>* const eval_targets = target_set == nullptr ? nullptr : &target_set->eval;
  const LossTargets loss_targets = parts.training.loss_targets;
  EvaluatedStage stage;
  stage.training = std::make_unique<Stage<T>>(std::move(parts.training), *parts_.student,
                                              parts_.train, train_targets);
  const auto evaluation = [&](std::string name, const Samples<T>& samples,
                              const Targets<T>* targets,
                              std::vector<ConfiguredPlugin<Metric<T>>>& metrics,
                              std::vector<ConfiguredPlugin<Augmentation<T>>> augmentations) {
    return std::make_unique<Evaluation<T>>(std::move(name), *parts_.student, stage.training->loss(),
                                           loss_targets, samples, targets, *evaluation_passes_,
                                           std::move(metrics), std::move(augmentations));
  };
  stage.train_evaluation = evaluation("train", parts_.train, train_targets, parts.train_metrics,
                                      std::move(parts.train_evaluation_augmentations));
  stage.eval_evaluation = evaluation("eval", parts_.eval, eval_targets, parts.eval_metrics, {});
  return stage;
}

template <class T>
absl::Status TypedTrial<T>::Prepare() {
  for (size_t s = 0; s < stages_.size(); ++s) {
    DIDACT_RETURN_IF_ERROR(ProbeMetrics(static_cast<int64_t>(s)));
    const TrialStageParts<T>& parts = parts_.stages[s];
    DIDACT_RETURN_IF_ERROR(stages_[s].train_evaluation->Prepare(parts.train_metric_random));
    DIDACT_RETURN_IF_ERROR(stages_[s].eval_evaluation->Prepare(parts.eval_metric_random));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status TypedTrial<T>::ProbeMetrics(int64_t stage) {
  TrialStageParts<T>& parts = parts_.stages[stage];
  if (parts.probe_metrics.empty()) return absl::OkStatus();
  const Samples<T> sample = FirstSample(parts_.eval);
  std::optional<Targets<T>> targets;
  if (parts.target_set) targets = FirstTarget(parts_.target_sets[*parts.target_set].eval);
  Evaluation<T> probe("eval", *parts_.student, stages_[stage].training->loss(),
                      stages_[stage].training->loss_targets(), sample,
                      targets ? &*targets : nullptr, *evaluation_passes_,
                      std::exchange(parts.probe_metrics, {}));
  // A failure to prepare metrics for one sample is ignored here: if they cannot be prepared for the
  // data set either, Prepare reports it.
  if (!probe.Prepare(parts.eval_metric_random).ok()) return absl::OkStatus();
  DIDACT_RETURN_IF_ERROR(probe.Measure(/*step=*/0, /*stop=*/nullptr).status());
  Record record;
  DIDACT_RETURN_IF_ERROR(probe.Finish(record));
  return probe.CheckDescriptions(record);
}

template <class T>
bool TypedTrial<T>::uses_total_epochs() const {
  for (int64_t s = 0; s <= progress_.stage; ++s) {
    if (stages_[s].training->uses_total_epochs()) return true;
  }
  return false;
}

template <class T>
void TypedTrial<T>::SetUsesTotalEpochs() {
  CurrentStage().SetUsesTotalEpochs();
}

template <class T>
void TypedTrial<T>::UseWorkers(Workers* workers) {
  for (const EvaluatedStage& stage : stages_) {
    stage.training->UseWorkers(workers);
  }
  evaluation_passes_->UseWorkers(workers);
}

template <class T>
absl::Status TypedTrial<T>::Step() {
  return guard_.Run([this] { return TakeStep(); });
}

template <class T>
absl::Status TypedTrial<T>::TakeStep() {
  progress_.step_loss = CurrentStage().Step(progress_.step - FirstStepOf(progress_.stage));
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
  // The stage of the last step, so that the last evaluation of a stage shows what it has reached.
  const EvaluatedStage& stage = stages_[StageOf(std::max<int64_t>(progress_.step - 1, 0))];
  DIDACT_ASSIGN_OR_RETURN(const double train_loss,
                          stage.train_evaluation->Measure(progress_.step, stop));
  DIDACT_ASSIGN_OR_RETURN(const double eval_loss,
                          stage.eval_evaluation->Measure(progress_.step, stop));
  // Only here may metrics change state that outlives an evaluation.
  Record record;
  absl::Status status = stage.train_evaluation->Finish(record);
  if (status.ok()) status = stage.eval_evaluation->Finish(record);
  if (!status.ok()) return guard_.Fail(std::move(status));
  if (!std::isfinite(train_loss) || !std::isfinite(eval_loss)) progress_.diverged = true;
  progress_.evaluated_step = progress_.step;
  progress_.eval_loss = eval_loss;
  return record;
}

template <class T>
std::vector<NamedArrayView> TypedTrial<T>::Weights() const {
  std::vector<NamedArrayView> arrays;
  for (const TargetSet<T>& target_set : parts_.target_sets) {
    AddWeights(target_set.name, std::as_const(*target_set.teacher).view(), arrays);
  }
  AddWeights("student", std::as_const(*parts_.student).view(), arrays);
  return arrays;
}

template <class T>
absl::Status TypedTrial<T>::SaveState(StateReader& reader) const {
  return guard_.Run([&] {
    ReadOnlyState visitor(reader);
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
    PrefixedState stage_state(absl::StrCat("stage.", s, "."), visitor);
    PrefixedState optimizer_state("optimizer.", stage_state);
    stages_[s].training->VisitState(optimizer_state);
    stages_[s].train_evaluation->VisitState(stage_state);
    stages_[s].eval_evaluation->VisitState(stage_state);
  }
}

template class TypedTrial<float>;
template class TypedTrial<double>;

}  // namespace didact
