// A trial in one precision: networks and data, the stages that train the student, and its
// evaluations.

#ifndef DIDACT_FRAMEWORK_TRAINING_TYPED_TRIAL_H_
#define DIDACT_FRAMEWORK_TRAINING_TYPED_TRIAL_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/base/workers.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/network/network.h"
#include "didact/framework/training/evaluation.h"
#include "didact/framework/training/evaluation_passes.h"
#include "didact/framework/training/failure_guard.h"
#include "didact/framework/training/stage.h"
#include "didact/framework/training/trial.h"
#include "didact/framework/training/trial_parts.h"

namespace didact {

// A trial whose weights are float or double. A step allocates nothing.
template <class T>
class TypedTrial final : public Trial {
 public:
  // `parts`: built from this experiment for the seed in `info`, of which the constructor fills in
  // stages, networks and warnings. Each target set that a stage names must be there, with as many
  // outputs as the student. The constructor and Prepare throw exceptions of plugins
  // (ConfiguredPlugin::Call).
  TypedTrial(const ResolvedExperiment& experiment, TrialInfo info, TrialParts<T> parts);

  // Prepares the metrics. Call it once. Errors: those of CreateTrial about metrics.
  absl::Status Prepare();

  const TrialInfo& info() const override { return info_; }
  const TrainingProgress& progress() const override { return progress_; }
  absl::Status failure() const override { return guard_.failure(); }
  bool uses_total_epochs() const override;
  void SetUsesTotalEpochs() override;
  void UseWorkers(Workers* workers) override;
  absl::Status Step() override;
  absl::StatusOr<Record> Evaluate(StopFlag stop) override;
  std::vector<NamedArrayView> Weights() const override;
  absl::Status SaveState(StateReader& reader) const override;
  absl::Status RestoreState(StateVisitor& visitor) override;

  // Returns the student. The trial must not be used any more.
  std::unique_ptr<Network<T>> TakeStudent() { return std::move(parts_.student); }

 private:
  // A stage and its evaluations.
  struct EvaluatedStage {
    std::unique_ptr<Stage<T>> training;
    std::unique_ptr<Evaluation<T>> train_evaluation;
    std::unique_ptr<Evaluation<T>> eval_evaluation;
  };

  EvaluatedStage MakeStage(TrialStageParts<T>& parts);
  // Evaluates the probe metrics of a stage on the first sample. Errors: INVALID_ARGUMENT if two
  // write the same key, or one writes a key that it does not describe.
  absl::Status ProbeMetrics(int64_t stage);
  absl::Status TakeStep();
  absl::StatusOr<Record> Measure(StopFlag stop);
  // Visits `progress` and the state of all owned objects.
  void VisitState(TrainingProgress& progress, StateVisitor& visitor) const;
  // The stage that the next step belongs to.
  Stage<T>& CurrentStage() { return *stages_[progress_.stage].training; }

  mutable FailureGuard guard_;  // mutable, because the trial also fails if saving its state fails
  TrialInfo info_;
  TrainingProgress progress_;
  TrialParts<T> parts_;  // the networks and data that the members below use
  std::unique_ptr<EvaluationPasses<T>> evaluation_passes_;
  std::vector<EvaluatedStage> stages_;
};

extern template class TypedTrial<float>;
extern template class TypedTrial<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_TYPED_TRIAL_H_
