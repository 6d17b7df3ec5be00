// Prepares the teacher of a trial, as `teacher.preparation` says: trains it on labels, prunes it,
// trains it again, before a student learns from it.
//
// 1. BuildTrialParts initializes the teacher and calls PrepareTeacher with the TeacherTrainer of
//    CreateTrial.
// 2. For each training, PrepareTeacher calls TeacherTrainer::Train, which creates a trial whose
//    student is the teacher and trains it, or restores a teacher that was trained before.
// 3. A pruning chooses nodes, and removes them or sets their fan-out weights to 0.

#ifndef DIDACT_FRAMEWORK_TRAINING_PREPARE_TEACHER_H_
#define DIDACT_FRAMEWORK_TRAINING_PREPARE_TEACHER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/network/network.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/state.h"
#include "didact/framework/training/trial.h"

namespace didact {

// A training that is one of a teacher's preparations.
struct TeacherTrainingTask {
  const ResolvedExperiment& experiment;  // that of the teacher
  int preparation = 0;                   // its number in teacher.preparation
  // The training as an experiment of its own, whose student is the teacher.
  const ResolvedExperiment& training;
  uint64_t seed = 0;  // teacher.stream_seed, or that of the trial
  FieldPath path;     // teacher.preparation[N].train
  FieldPath teacher_path;
};

// Performs the trainings of teachers.
//
// Threads: a program may use one object for several trials at a time.
class TeacherTrainer {
 public:
  // Creates the trial whose student is the teacher; called at most once. The trial belongs to the
  // caller of Train, and lives until Train has returned. Errors: those of CreateTrial.
  using CreateTeacherTrial = absl::FunctionRef<absl::StatusOr<Trial*>()>;
  // Shows the teacher's arrays (Layer::VisitState, under names such as "0.weight") to a visitor
  // that writes. Must not be called after CreateTeacherTrial.
  using VisitTeacher = absl::FunctionRef<void(StateVisitor&)>;

  virtual ~TeacherTrainer() = default;

  // False if CreateTrial need not check first whether the experiment can be run.
  virtual bool needs_check() const { return true; }

  // False if Train leaves teachers untrained. Their outputs then mean nothing, and are not computed.
  virtual bool trains() const { return true; }

  // Trains the teacher, or restores it as this training leaves it if that is known. Errors:
  // OUT_OF_RANGE if the training diverges; CANCELLED soon after `stop` is set; those of
  // `create_trial` and of a trial that fails.
  virtual absl::Status Train(const TeacherTrainingTask& task, CreateTeacherTrial create_trial,
                             VisitTeacher visit, StopFlag stop) = 0;
};

// Trains teachers in memory, without evaluations.
class InMemoryTeacherTrainer final : public TeacherTrainer {
 public:
  absl::Status Train(const TeacherTrainingTask& task, CreateTeacherTrial create_trial,
                     VisitTeacher visit, StopFlag stop) override;
};

// Creates the trials and leaves teachers untrained, for a trial that only shows whether an
// experiment can be run. All shapes are those of the trained teacher; its outputs on the data sets
// are left at 0. Threads: one at a time.
class UntrainedTeachers final : public TeacherTrainer {
 public:
  bool needs_check() const override { return false; }
  bool trains() const override { return false; }
  absl::Status Train(const TeacherTrainingTask& task, CreateTeacherTrial create_trial, VisitTeacher,
                     StopFlag) override;

  // Returns the warnings that hold for a run: those about the trainings, and those about `trial`,
  // which was built with this object, except about a teacher that a run would train.
  std::vector<Problem> WarningsOf(const Trial& trial) const;

 private:
  std::vector<Problem> warnings_;  // about the trainings
  std::vector<FieldPath> teachers_;
};

// Returns the teacher that students learn from.
//   experiment: has a teacher; it is resolved with `registry`, and `path` is its path.
//   seed: that of the trial.
//   teacher: made by the teacher's initializers.
// Random streams: those that BuildTrialParts lists, each split off the stream "teacher" of the
// teacher's seed, "preparation", and the number of the preparation.
// Errors: those of CreateTrial and of TeacherTrainer, with paths below `path`.
// Throws: exceptions of plugins (ConfiguredPlugin::Call).
template <class T>
absl::StatusOr<std::unique_ptr<Network<T>>> PrepareTeacher(
    const ResolvedExperiment& experiment, uint64_t seed, const PluginRegistry& registry,
    const FieldPath& path, TeacherTrainer& trainer, std::unique_ptr<Network<T>> teacher,
    StopFlag stop);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_PREPARE_TEACHER_H_
