// A trial: one seed of one experiment, the unit that is trained, evaluated and repeated.

#ifndef DIDACT_FRAMEWORK_TRAINING_TRIAL_H_
#define DIDACT_FRAMEWORK_TRAINING_TRIAL_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/field_path.h"
#include "framework/base/problem.h"
#include "framework/base/stop.h"
#include "framework/base/workers.h"
#include "framework/config/data_files.h"
#include "framework/config/resolve_experiment.h"
#include "framework/io/npz.h"
#include "framework/plugin/record.h"
#include "framework/plugin/registry.h"
#include "framework/plugin/state.h"
#include "framework/training/failure_guard.h"
#include "protos/experiment.pb.h"

namespace didact {

// Trains one student. Create, then alternate Step and Evaluate at will, or hand it to RunTrial.
//
//   DIDACT_ASSIGN_OR_RETURN(auto trial, Trial::Create(experiment, /*seed=*/1, registry, {}));
//   while (!trial->finished()) DIDACT_RETURN_IF_ERROR(trial->Step());
//   DIDACT_ASSIGN_OR_RETURN(Record record, trial->Evaluate());
//
// A trial knows nothing of other trials, threads, files or terminals. Everything it does is a
// function of the experiment and the seed.
//
// Failures:  a plugin that throws makes the trial fail. What it was called for returns UNKNOWN,
//            `CONFIG: metric[0]: plugin my.Broken threw an exception in Finish: WHAT (experiment NAME, seed 3)`,
//            and whatever is called from then on FAILED_PRECONDITION. Nothing is thrown.
// Ownership: owns all it needs; the registry is used by Create alone.
// Threads:   one at a time; different trials are independent.
class Trial {
 public:
  // Builds teacher, student, data and all plugins. `experiment` need not be resolved; `path` is
  // where it came from, for messages.
  // Errors: everything that is wrong with the experiment, as far as it can be told at once;
  // CANCELLED soon after `stop` is set, since data can take long to make; UNKNOWN when a plugin throws
  // or is null. Files that the experiment names are hashed first, each once per process (HashFile), and must
  // stay as they are until the trial is built.
  static absl::StatusOr<std::unique_ptr<Trial>> Create(const Experiment& experiment, uint64_t seed,
                                                       const PluginRegistry& registry,
                                                       const FieldPath& path,
                                                       StopFlag stop = nullptr);
  // The same for an experiment that is resolved; it is resolved again only if that was done with
  // another registry.
  static absl::StatusOr<std::unique_ptr<Trial>> Create(const ResolvedExperiment& experiment,
                                                       uint64_t seed,
                                                       const PluginRegistry& registry,
                                                       const FieldPath& path,
                                                       StopFlag stop = nullptr);
  virtual ~Trial() = default;
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  uint64_t seed() const { return seed_; }
  int64_t epochs() const { return epochs_; }
  int64_t steps_per_epoch() const { return steps_per_epoch_; }
  // Steps done.
  int64_t step() const { return step_; }
  bool finished() const { return step_ == epochs_ * steps_per_epoch_; }
  bool diverged() const { return diverged_; }
  // The status that made it fail; OK while it has not failed.
  absl::Status failure() const { return guard_.failure(); }
  // Warnings about the experiment, found when the trial was created, as problems that stop nothing.
  std::vector<Problem> warnings() const { return warnings_; }
  // The step at which it was evaluated last; -1: never. A part of its state.
  int64_t evaluated_step() const { return evaluated_step_; }
  // The objective of the last step's mini-batch, before the step; NaN before the first.
  double step_loss() const { return step_loss_; }
  // The objective's mean over the evaluation set at the last evaluation that this object has made; NaN before.
  double eval_loss() const { return eval_loss_; }
  // The libraries that its plugins come from.
  const std::vector<PluginLibraryInfo>& plugin_libraries() const { return plugin_libraries_; }
  // The files that the experiment names, as they were when they were read.
  const std::vector<DataFile>& data_files() const { return data_files_; }
  // Whether anything has asked for the total number of epochs until now, so that a trial of more
  // epochs would have been trained differently. A part of its state.
  bool uses_total_epochs() const { return uses_total_epochs_; }
  // Says so, for a trial that is restored from a checkpoint.
  void SetUsesTotalEpochs() { uses_total_epochs_ = true; }

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

  // All weights in the experiment's precision: "teacher.0.weight" [out, in], "teacher.0.bias"
  // [out], ..., "student.0.weight", ...
  virtual std::vector<NamedArray> Weights() const = 0;

  // Everything that changes while a trial is trained. Errors: those of a trial that fails; what is visited is
  // then incomplete.
  virtual absl::Status VisitState(StateVisitor& visitor) = 0;

 protected:
  Trial(const std::string& experiment, uint64_t seed, int64_t epochs, int64_t steps_per_epoch,
        std::vector<Problem> warnings)
      : guard_(experiment, seed),
        warnings_(std::move(warnings)),
        seed_(seed),
        epochs_(epochs),
        steps_per_epoch_(steps_per_epoch) {}

  FailureGuard guard_;
  std::vector<Problem> warnings_;
  uint64_t seed_;
  int64_t epochs_;
  int64_t steps_per_epoch_;
  int64_t step_ = 0;
  int64_t evaluated_step_ = -1;
  bool diverged_ = false;
  bool uses_total_epochs_ = false;
  double step_loss_ = std::numeric_limits<double>::quiet_NaN();
  double eval_loss_ = std::numeric_limits<double>::quiet_NaN();

 private:
  // `experiment` must be resolved with `registry`.
  static absl::StatusOr<std::unique_ptr<Trial>> Build(const ResolvedExperiment& experiment,
                                                      uint64_t seed, const PluginRegistry& registry,
                                                      const FieldPath& path, StopFlag stop);

  std::vector<PluginLibraryInfo> plugin_libraries_;
  std::vector<DataFile> data_files_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_TRIAL_H_
