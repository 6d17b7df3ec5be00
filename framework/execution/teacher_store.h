// Trains the teachers of a run or a sweep, each once, and keeps them in its directory.
//
//   teachers/KEY/                 the folder of the training, like that of a trial
//                                 (framework/results/trial_directory.h): its evaluations, the
//                                 weights before and after it, how it ended
//   teachers/KEY/teacher.textproto  the teacher with its preparations up to this one
//   teachers/KEY/provenance.json    who trained it, when and how long; the only file with times
//   teachers/KEY.lock             while a process trains it
//
// KEY is a hash of everything that the weights depend on, so that trials with equal teachers, and
// teachers that are equal up to a preparation, share what is equal.

#ifndef DIDACT_FRAMEWORK_EXECUTION_TEACHER_STORE_H_
#define DIDACT_FRAMEWORK_EXECUTION_TEACHER_STORE_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/execution/progress.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/prepare_teacher.h"

namespace didact {

// Returns the key of the teacher after a training: 32 hexadecimal digits, a hash of the teacher's
// config up to this training with the data sets that it names, precision and seed, the bytes of
// data files and plugin libraries, and the release. Paths of files do not matter.
// Errors: CANCELLED soon after `stop` is set.
absl::StatusOr<std::string> TeacherKey(const TeacherTrainingTask& task,
                                       const PluginRegistry& registry, StopFlag stop);

// Collects for one trial what happened in the trainings of its teacher.
struct TeacherReport {
  // Receives the warnings about the trainings that this trial performs; may be null.
  std::function<void(const Problem& warning)> warn;
  TeacherProgress* progress = nullptr;  // may be null
  std::vector<std::string> keys;        // of the trainings, in the order of the preparations
};

// Trains teachers with evaluations and checkpoints, as trials are trained (execute_trial.h). A
// teacher that another thread or process is training is waited for. An interrupted training
// continues from its checkpoint, with the same bytes.
//
// Threads: may be used concurrently, also by several processes with the same directory.
class TeacherStore {
 public:
  // `directory`: the folder `teachers`, which need not exist. `registry` must outlive it.
  TeacherStore(std::string directory, const PluginRegistry& registry)
      : directory_(std::move(directory)), registry_(registry) {}

  // TeacherTrainer::Train for a trial with this report. Errors: also those of the file system;
  // DATA_LOSS if the weights of a finished training cannot be read.
  absl::Status Train(const TeacherTrainingTask& task,
                     TeacherTrainer::CreateTeacherTrial create_trial,
                     TeacherTrainer::VisitTeacher visit, StopFlag stop, TeacherReport& report);

 private:
  absl::Status TrainOrRestore(const TeacherTrainingTask& task, const std::string& key,
                              TeacherTrainer::CreateTeacherTrial create_trial,
                              TeacherTrainer::VisitTeacher visit, StopFlag stop,
                              const TeacherReport& report);

  std::string directory_;
  const PluginRegistry& registry_;
};

// The teachers of one trial, from a store that it shares with other trials.
class StoredTeachers final : public TeacherTrainer {
 public:
  // `store` must outlive this object.
  StoredTeachers(TeacherStore& store, TeacherReport report)
      : store_(store), report_(std::move(report)) {}

  // A run or a sweep has built a trial before it begins.
  bool needs_check() const override { return false; }

  absl::Status Train(const TeacherTrainingTask& task, CreateTeacherTrial create_trial,
                     VisitTeacher visit, StopFlag stop) override {
    return store_.Train(task, create_trial, visit, stop, report_);
  }

  const std::vector<std::string>& keys() const { return report_.keys; }

 private:
  TeacherStore& store_;
  TeacherReport report_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_TEACHER_STORE_H_
