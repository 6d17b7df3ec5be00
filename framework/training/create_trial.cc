#include "didact/framework/training/create_trial.h"

#include <utility>
#include <vector>

#include "didact/framework/base/status.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/config/teacher_preparation.h"
#include "didact/framework/plugin/library/used_libraries.h"
#include "didact/framework/training/failure_guard.h"
#include "didact/framework/training/trial_parts.h"
#include "didact/framework/training/typed_trial.h"

namespace didact {
namespace {

template <class T>
absl::StatusOr<std::unique_ptr<Trial>> CreateTyped(const ResolvedExperiment& experiment,
                                                   TrialInfo info, const PluginRegistry& registry,
                                                   const FieldPath& path, StopFlag stop,
                                                   TeacherTrainer* trainer) {
  DIDACT_ASSIGN_OR_RETURN(TrialParts<T> parts,
                          BuildTrialParts<T>(experiment, info.seed, registry, path, stop, trainer));
  auto trial = std::make_unique<TypedTrial<T>>(experiment, std::move(info), std::move(parts));
  DIDACT_RETURN_IF_ERROR(trial->Prepare());
  return trial;
}

// Builds a trial in the precision of the experiment.
absl::StatusOr<std::unique_ptr<Trial>> CreateInPrecision(const ResolvedExperiment& experiment,
                                                         const TrialInfo& info,
                                                         const PluginRegistry& registry,
                                                         const FieldPath& path, StopFlag stop,
                                                         TeacherTrainer* trainer) {
  return experiment->precision() == FLOAT
             ? CreateTyped<float>(experiment, info, registry, path, stop, trainer)
             : CreateTyped<double>(experiment, info, registry, path, stop, trainer);
}

// `experiment` must be resolved with `registry`.
absl::StatusOr<std::unique_ptr<Trial>> CreateResolved(const ResolvedExperiment& experiment,
                                                      uint64_t seed, const PluginRegistry& registry,
                                                      const FieldPath& path, StopFlag stop,
                                                      TeacherTrainer* trainer) {
  TrialInfo info;
  info.seed = seed;
  info.plugin_libraries = UsedLibraries(*experiment, registry);
  DIDACT_ASSIGN_OR_RETURN(info.data_files, HashDataFiles(experiment, registry, stop));
  FailureGuard guard(experiment->name(), seed);
  if (TrainsTeacher(*experiment) && (trainer == nullptr || trainer->needs_check())) {
    UntrainedTeachers untrained;
    DIDACT_RETURN_IF_ERROR(guard
                               .Run([&] {
                                 return CreateInPrecision(experiment, info, registry, path, stop,
                                                          &untrained);
                               })
                               .status());
  }
  auto trial =
      guard.Run([&] { return CreateInPrecision(experiment, info, registry, path, stop, trainer); });
  DIDACT_RETURN_IF_ERROR(trial.status());
  DIDACT_RETURN_IF_ERROR(CheckUnchanged(info.data_files, path));
  return trial;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Trial>> CreateTrial(const Experiment& experiment, uint64_t seed,
                                                   const PluginRegistry& registry,
                                                   const FieldPath& path, StopFlag stop,
                                                   TeacherTrainer* trainer) {
  DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment resolved,
                          ResolvedExperiment::Create(experiment, registry, path));
  return CreateResolved(resolved, seed, registry, path, stop, trainer);
}

absl::StatusOr<std::unique_ptr<Trial>> CreateTrial(const ResolvedExperiment& experiment,
                                                   uint64_t seed, const PluginRegistry& registry,
                                                   const FieldPath& path, StopFlag stop,
                                                   TeacherTrainer* trainer) {
  return experiment.IsResolvedWith(registry)
             ? CreateResolved(experiment, seed, registry, path, stop, trainer)
             : CreateTrial(*experiment, seed, registry, path, stop, trainer);
}

}  // namespace didact
