#include "framework/training/trial.h"

#include <utility>

#include "framework/base/status.h"
#include "framework/config/resolve_experiment.h"
#include "framework/plugin/library/used_libraries.h"
#include "framework/training/trial_parts.h"
#include "framework/training/typed_trial.h"

namespace didact {
namespace {

template <class T>
absl::StatusOr<std::unique_ptr<Trial>> CreateTyped(const ResolvedExperiment& experiment,
                                                   uint64_t seed, const PluginRegistry& registry,
                                                   const FieldPath& path, StopFlag stop) {
  DIDACT_ASSIGN_OR_RETURN(TrialParts<T> parts,
                          BuildTrialParts<T>(experiment, seed, registry, path, stop));
  auto trial = std::make_unique<TypedTrial<T>>(experiment, seed, std::move(parts));
  DIDACT_RETURN_IF_ERROR(trial->Prepare());
  return trial;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Trial>> Trial::Create(const Experiment& experiment, uint64_t seed,
                                                     const PluginRegistry& registry,
                                                     const FieldPath& path, StopFlag stop) {
  DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment resolved,
                          ResolvedExperiment::Create(experiment, registry, path));
  return Build(resolved, seed, registry, path, stop);
}

absl::StatusOr<std::unique_ptr<Trial>> Trial::Create(const ResolvedExperiment& experiment,
                                                     uint64_t seed, const PluginRegistry& registry,
                                                     const FieldPath& path, StopFlag stop) {
  return experiment.IsResolvedWith(registry) ? Build(experiment, seed, registry, path, stop)
                                             : Create(*experiment, seed, registry, path, stop);
}

absl::StatusOr<std::unique_ptr<Trial>> Trial::Build(const ResolvedExperiment& resolved,
                                                    uint64_t seed, const PluginRegistry& registry,
                                                    const FieldPath& path, StopFlag stop) {
  DIDACT_ASSIGN_OR_RETURN(std::vector<DataFile> files, HashDataFiles(resolved, registry, stop));
  auto trial = FailureGuard(resolved->name(), seed).Run([&] {
    return resolved->precision() == FLOAT
               ? CreateTyped<float>(resolved, seed, registry, path, stop)
               : CreateTyped<double>(resolved, seed, registry, path, stop);
  });
  DIDACT_RETURN_IF_ERROR(trial.status());
  DIDACT_RETURN_IF_ERROR(CheckUnchanged(files, path));
  (*trial)->plugin_libraries_ = UsedLibraries(resolved, registry);
  (*trial)->data_files_ = std::move(files);
  return trial;
}

}  // namespace didact
