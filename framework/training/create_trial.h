// Creates a trial from an experiment and a seed.

#ifndef DIDACT_FRAMEWORK_TRAINING_CREATE_TRIAL_H_
#define DIDACT_FRAMEWORK_TRAINING_CREATE_TRIAL_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/prepare_teacher.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// Builds teacher, student, data and all plugins. `experiment` need not be resolved; `path` is its
// origin in messages. The registry is used only during the call. Files that the experiment names
// are hashed first, each once per process (HashFile), and must not change until the trial is built.
// Errors: all problems of the experiment that can be found together; CANCELLED soon after `stop` is
// set, since data can take long to make; UNKNOWN if a plugin throws or is null.
//
// If the teacher has preparations, `trainer` trains it (framework/training/prepare_teacher.h); null:
// in memory, without evaluations. Before that, all is built with a teacher that is not trained, so
// that the errors above take no training to be found. OUT_OF_RANGE if the teacher's training
// diverges.
absl::StatusOr<std::unique_ptr<Trial>> CreateTrial(const Experiment& experiment, uint64_t seed,
                                                   const PluginRegistry& registry,
                                                   const FieldPath& path, StopFlag stop = nullptr,
                                                   TeacherTrainer* trainer = nullptr);
// The same for an experiment that is resolved; it is resolved again only if that was done with
// another registry.
absl::StatusOr<std::unique_ptr<Trial>> CreateTrial(const ResolvedExperiment& experiment,
                                                   uint64_t seed, const PluginRegistry& registry,
                                                   const FieldPath& path, StopFlag stop = nullptr,
                                                   TeacherTrainer* trainer = nullptr);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_CREATE_TRIAL_H_
