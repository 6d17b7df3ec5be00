// Trains the teachers of a run or a sweep, each once, and keeps them in its directory.
//
//   teachers/KEY/                 the folder of the training, like that of a trial
//                                 (framework/results/trial_directory.h): its evaluations, the
//                                 weights before and after it, how it ended
//   teachers/KEY/teacher.textproto  the teacher with its preparations up to this one
//   teachers/KEY.lock             while a process trains it
//
// KEY is a hash of everything that the weights depend on, so that trials with equal teachers, and
// teachers that are equal up to a preparation, share what is equal.

#ifndef DIDACT_FRAMEWORK_EXECUTION_TEACHER_STORE_H_
#define DIDACT_FRAMEWORK_EXECUTION_TEACHER_STORE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/prepare_teacher.h"

namespace didact {

// Returns the key of the teacher after a training: 32 hexadecimal digits, a hash of the teacher's
// config up to this training with the data sets that it names, precision and seed, the bytes of
// data files and plugin libraries, and the release. Paths of files do not matter.
// Errors: CANCELLED soon after `stop` is set.
absl::StatusOr<std::string> TeacherKey(const TeacherTrainingTask& task,
                                       const PluginRegistry& registry, StopFlag stop);

// Trains teachers with evaluations and checkpoints, as trials are trained (execute_trial.h). A
// teacher that another thread or process is training is waited for. An interrupted training
// continues from its checkpoint, with the same bytes.
//
// Threads: may be used concurrently, also by several processes with the same directory.
class TeacherStore final : public TeacherTrainer {
 public:
  // `directory`: the folder `teachers`, which need not exist. `registry` must outlive it.
  TeacherStore(std::string directory, const PluginRegistry& registry)
      : directory_(std::move(directory)), registry_(registry) {}

  // A run or a sweep has built a trial before it begins.
  bool needs_check() const override { return false; }

  // Errors: also those of the file system; DATA_LOSS if the weights of a finished training cannot
  // be read.
  absl::Status Train(const TeacherTrainingTask& task, CreateTeacherTrial create_trial,
                     VisitTeacher visit, StopFlag stop) override;

 private:
  std::string directory_;
  const PluginRegistry& registry_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_TEACHER_STORE_H_
