// A trial: one seed of one experiment, the unit that is trained, evaluated and repeated.

#ifndef DIDACT_FRAMEWORK_TRAINING_TRIAL_H_
#define DIDACT_FRAMEWORK_TRAINING_TRIAL_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/base/workers.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/network/sample_shape.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/state.h"

namespace didact {

// The length of one stage of a trial.
struct StageLength {
  int64_t epochs = 0;
  int64_t steps_per_epoch = 1;

  int64_t steps() const { return epochs * steps_per_epoch; }
};

// The shapes of what a network of a trial computes for a sample.
struct NetworkShapes {
  std::string name;  // "student", or that of the target set with this teacher
  // Those of the input, of the outputs of each hidden layer, and of the outputs.
  std::vector<SampleShape> shapes;
};

// Properties that do not change while a trial is trained.
struct TrialInfo {
  uint64_t seed = 0;
  // The stages, one after the other; at least one.
  std::vector<StageLength> stages;
  // The teachers, if any, and then the student.
  std::vector<NetworkShapes> networks;
  // Problems of the experiment that do not prevent training, found when the trial was created.
  std::vector<Problem> warnings;
  // The libraries of its plugins.
  std::vector<PluginLibraryInfo> plugin_libraries;
  // The files that the experiment names, with their hashes when they were read.
  std::vector<DataFile> data_files;
};

// The progress of a trial.
struct TrainingProgress {
  int64_t step = 0;             // number of steps done
  int64_t stage = 0;            // stage of the next step, or of the last step once finished
  int64_t evaluated_step = -1;  // step of the last evaluation; -1: never
  bool diverged = false;
  // The objective of the last step's mini-batch before its update; NaN before the first step.
  double step_loss = std::numeric_limits<double>::quiet_NaN();
  // The objective's mean over the evaluation set at the last evaluation by this object; NaN before.
  // Not a part of the state.
  double eval_loss = std::numeric_limits<double>::quiet_NaN();
};

// Trains one student.
//
// 1. CreateTrial (framework/training/create_trial.h) builds it from an experiment and a seed.
// 2. Step and Evaluate are called in any order. RunTrial (framework/training/run_trial.h) calls
//    both until the end, with evaluations after each epoch and checkpoints. A loop without it:
//
//      DIDACT_ASSIGN_OR_RETURN(auto trial, CreateTrial(experiment, /*seed=*/1, registry, {}));
//      while (!trial->finished()) DIDACT_RETURN_IF_ERROR(trial->Step());
//      DIDACT_ASSIGN_OR_RETURN(Record record, trial->Evaluate());
//
// 3. Between steps, SaveState shows everything that has changed since the trial was created, and
//    RestoreState writes it into another trial of the same experiment and seed
//    (framework/training/checkpoint.h).
//
// A trial ends in one of three ways. It finishes when all steps are done. It diverges when a loss
// is not finite: Step returns OUT_OF_RANGE, or an evaluation sets diverged(). It fails when a
// plugin throws, memory runs out or metrics write invalid records; every later call then returns
// FAILED_PRECONDITION.
//
// Results depend only on the experiment and the seed. A trial uses no terminal, no other trial, and
// no files but those that the experiment names.
//
// Failures:  a plugin that throws makes the trial fail. The method that called it returns UNKNOWN:
//            `CONFIG: metric[0]: plugin my.Broken threw an exception in Finish: WHAT
//            (experiment NAME, seed 3)`; later calls return FAILED_PRECONDITION. Nothing is thrown.
// Ownership: owns all its parts.
// Threads:   one at a time; different trials are independent.
class Trial {
 public:
  Trial() = default;
  virtual ~Trial() = default;
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  virtual const TrialInfo& info() const = 0;
  virtual const TrainingProgress& progress() const = 0;
  // Returns the stage to which the step `step` belongs; after the last step, the last stage.
  int64_t StageOf(int64_t step) const;
  // Returns the number of the first step of a stage.
  int64_t FirstStepOf(int64_t stage) const;

  // The status with which it failed; OK if it has not failed.
  virtual absl::Status failure() const = 0;

  // True if any call has asked for the total number of epochs so far: a trial of more epochs would
  // then have been trained differently. A part of the state.
  virtual bool uses_total_epochs() const = 0;
  // Sets uses_total_epochs(), for a trial that is restored from a checkpoint.
  virtual void SetUsesTotalEpochs() = 0;

  // From now on, lets `workers` compute parts of the products of large networks; null, the initial
  // value, for the caller alone. Results stay bitwise identical. `workers` must outlive the trial
  // or be replaced.
  virtual void UseWorkers(Workers* workers) = 0;

  // Performs one mini-batch update. Must not be called once the trial has finished or diverged.
  // Errors: OUT_OF_RANGE if the loss is not finite: the trial has diverged, and the student is not
  // updated. Also the errors of a trial that fails.
  virtual absl::Status Step() = 0;

  // Evaluates the student on the training set and on the evaluation set, with the loss, the targets
  // and the metrics of the stage of the last step; before any step, of the stage of the first step.
  // Keys begin with `train.` and `eval.`. If the objective is not finite on one of them, the trial
  // has diverged, and the record is returned all the same.
  // Errors: CANCELLED if `stop` is set before the end: the trial's state is then unchanged, and it
  // can be evaluated again. INVALID_ARGUMENT if two metrics write the same key, or an array changes
  // its type or number of dimensions: the trial has failed. Also the errors of a trial that fails.
  virtual absl::StatusOr<Record> Evaluate(StopFlag stop = nullptr) = 0;

  // Views of all parameters and running statistics, in the experiment's precision:
  // "teacher.0.weight" [out, in] (of a convolution, [out, in, rows, columns]), "teacher.0.bias"
  // [out], ..., "student.0.weight", ... There are no arrays of a teacher without one; several
  // teachers have different prefixes (TargetSet). Valid until the next step.
  virtual std::vector<NamedArrayView> Weights() const = 0;

  // Shows `reader` everything that changes while a trial is trained. Errors: those of a trial that
  // fails; the reader has then not seen everything.
  virtual absl::Status SaveState(StateReader& reader) const = 0;
  // Visits the same arrays, for a visitor that writes.
  virtual absl::Status RestoreState(StateVisitor& visitor) = 0;

  // Shortcuts to info() and progress().
  uint64_t seed() const { return info().seed; }
  // The number of epochs and of steps of all stages together.
  int64_t epochs() const;
  int64_t steps() const { return FirstStepOf(static_cast<int64_t>(info().stages.size())); }
  // The number of steps per epoch of the stage of the next step.
  int64_t steps_per_epoch() const { return info().stages[progress().stage].steps_per_epoch; }
  // The number of epochs that have ended, over all stages.
  int64_t ended_epochs() const;
  // True before the first step and when an epoch has just ended.
  bool is_between_epochs() const {
    return (step() - FirstStepOf(progress().stage)) % steps_per_epoch() == 0;
  }
  const std::vector<Problem>& warnings() const { return info().warnings; }
  const std::vector<PluginLibraryInfo>& plugin_libraries() const { return info().plugin_libraries; }
  const std::vector<DataFile>& data_files() const { return info().data_files; }
  int64_t step() const { return progress().step; }
  bool finished() const { return step() == steps(); }
  bool diverged() const { return progress().diverged; }
  int64_t evaluated_step() const { return progress().evaluated_step; }
  double step_loss() const { return progress().step_loss; }
  double eval_loss() const { return progress().eval_loss; }
};

inline int64_t Trial::FirstStepOf(int64_t stage) const {
  int64_t step = 0;
  for (int64_t s = 0; s < stage; ++s) step += info().stages[s].steps();
  return step;
}

inline int64_t Trial::StageOf(int64_t step) const {
  const int64_t last = static_cast<int64_t>(info().stages.size()) - 1;
  int64_t stage = 0;
  while (stage < last && step >= FirstStepOf(stage + 1)) ++stage;
  return stage;
}

inline int64_t Trial::epochs() const {
  int64_t epochs = 0;
  for (const StageLength& stage : info().stages) epochs += stage.epochs;
  return epochs;
}

inline int64_t Trial::ended_epochs() const {
  int64_t epochs = 0;
  for (int64_t s = 0; s < progress().stage; ++s) epochs += info().stages[s].epochs;
  return epochs + (step() - FirstStepOf(progress().stage)) / steps_per_epoch();
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_TRIAL_H_
