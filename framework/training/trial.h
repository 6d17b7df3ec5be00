// A trial: one seed of one experiment, the unit that is trained, evaluated and repeated.

#ifndef DIDACT_FRAMEWORK_TRAINING_TRIAL_H_
#define DIDACT_FRAMEWORK_TRAINING_TRIAL_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/any_array_view.h"
#include "framework/base/problem.h"
#include "framework/base/stop.h"
#include "framework/base/workers.h"
#include "framework/config/data_files.h"
#include "framework/plugin/record.h"
#include "framework/plugin/registry.h"
#include "framework/plugin/state.h"

namespace didact {

// What stays the same while a trial is trained.
struct TrialInfo {
  uint64_t seed = 0;
  int64_t epochs = 0;
  int64_t steps_per_epoch = 0;
  // About the experiment, found when the trial was created: problems that stop nothing.
  std::vector<Problem> warnings;
  // The libraries that its plugins come from.
  std::vector<PluginLibraryInfo> plugin_libraries;
  // The files that the experiment names, as they were when they were read.
  std::vector<DataFile> data_files;
};

// How far a trial is.
struct TrainingProgress {
  int64_t step = 0;   // steps done
  int64_t stage = 0;  // the stage that the next step belongs to; after the last step, the last one
  int64_t evaluated_step = -1;  // the step at which it was evaluated last; -1: never
  bool diverged = false;
  // The objective of the last step's mini-batch, before the step; NaN before the first.
  double step_loss = std::numeric_limits<double>::quiet_NaN();
  // The objective's mean over the evaluation set at the last evaluation that this object has made;
  // NaN before. Not a part of the state.
  double eval_loss = std::numeric_limits<double>::quiet_NaN();
};

// Trains one student.
//
// 1. CreateTrial (framework/training/create_trial.h) builds it from an experiment and a seed.
// 2. Step and Evaluate alternate at will, or RunTrial does both to the end:
//
//      DIDACT_ASSIGN_OR_RETURN(auto trial, CreateTrial(experiment, /*seed=*/1, registry, {}));
//      while (!trial->finished()) DIDACT_RETURN_IF_ERROR(trial->Step());
//      DIDACT_ASSIGN_OR_RETURN(Record record, trial->Evaluate());
//
// 3. Between steps, SaveState shows all that has changed since it was created, and RestoreState puts
//    that into another trial of the same experiment and seed (framework/training/checkpoint.h).
//
// A trial knows nothing of other trials, threads, files or terminals. Everything it does is a
// function of the experiment and the seed.
//
// Failures:  a plugin that throws makes the trial fail. What it was called for returns UNKNOWN,
//            `CONFIG: metric[0]: plugin my.Broken threw an exception in Finish: WHAT (experiment NAME, seed 3)`,
//            and whatever is called from then on FAILED_PRECONDITION. Nothing is thrown.
// Ownership: owns all it needs.
// Threads:   one at a time; different trials are independent.
class Trial {
 public:
  Trial() = default;
  virtual ~Trial() = default;
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  virtual const TrialInfo& info() const = 0;
  virtual const TrainingProgress& progress() const = 0;

  // The status that made it fail; OK while it has not failed.
  virtual absl::Status failure() const = 0;

  // Whether anything has asked for the total number of epochs until now, so that a trial of more
  // epochs would have been trained differently. A part of its state.
  virtual bool uses_total_epochs() const = 0;
  // Says so, for a trial that is restored from a checkpoint.
  virtual void SetUsesTotalEpochs() = 0;

  // Lends it cores for the products of large networks, from now on; null (as in the beginning) for
  // the caller's alone. The results stay the same, bit for bit. `workers` must outlive the trial or
  // be replaced.
  virtual void UseWorkers(Workers* workers) = 0;

  // One mini-batch update; must not be called once finished.
  // Errors: OUT_OF_RANGE when the loss is not finite: the trial has diverged and the student stays
  // as it is. Those of a trial that fails.
  virtual absl::Status Step() = 0;

  // Measures on the training and on the evaluation set. Keys begin with `train.` and `eval.`. A
  // student whose objective is not finite there makes the trial diverged.
  // Errors: CANCELLED if `stop` is set before it is done: the trial is then as it was before, and can be
  // evaluated again. INVALID_ARGUMENT when two metrics write the same key: the trial has failed. Those of a
  // trial that fails.
  virtual absl::StatusOr<Record> Evaluate(StopFlag stop = nullptr) = 0;

  // All parameters in the experiment's precision, in place: "teacher.0.weight" [out, in],
  // "teacher.0.bias" [out], ..., "student.0.weight", ... Good until the next step.
  virtual std::vector<NamedArrayView> Weights() const = 0;

  // Shows everything that changes while a trial is trained; the visitor must not write. Errors:
  // those of a trial that fails; what is visited is then incomplete.
  virtual absl::Status SaveState(StateVisitor& visitor) const = 0;
  // The same, for a visitor that writes.
  virtual absl::Status RestoreState(StateVisitor& visitor) = 0;

  // Parts of info() and progress().
  uint64_t seed() const { return info().seed; }
  int64_t epochs() const { return info().epochs; }
  int64_t steps_per_epoch() const { return info().steps_per_epoch; }
  const std::vector<Problem>& warnings() const { return info().warnings; }
  const std::vector<PluginLibraryInfo>& plugin_libraries() const { return info().plugin_libraries; }
  const std::vector<DataFile>& data_files() const { return info().data_files; }
  int64_t step() const { return progress().step; }
  bool finished() const { return step() == epochs() * steps_per_epoch(); }
  bool diverged() const { return progress().diverged; }
  int64_t evaluated_step() const { return progress().evaluated_step; }
  double step_loss() const { return progress().step_loss; }
  double eval_loss() const { return progress().eval_loss; }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_TRIAL_H_
