#include "didact/framework/execution/build_one_trial.h"

#include "absl/status/status.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/prepare_teacher.h"

namespace didact {

absl::StatusOr<std::unique_ptr<Trial>> BuildOneTrial(const ResolvedExperiment& experiment,
                                                     absl::Span<const uint64_t> seeds,
                                                     const PluginRegistry& registry,
                                                     const FieldPath& path, StopFlag stop,
                                                     std::vector<Problem>* warnings) {
  absl::Status thrown;
  for (const uint64_t seed : seeds.subspan(0, 2)) {
    UntrainedTeachers teachers;
    absl::StatusOr<std::unique_ptr<Trial>> trial =
        CreateTrial(experiment, seed, registry, path, stop, &teachers);
    if (warnings != nullptr && trial.ok()) *warnings = teachers.WarningsOf(**trial);
    if (!absl::IsUnknown(trial.status())) return trial;
    thrown.Update(trial.status());
  }
  if (!thrown.ok()) return thrown;
  return nullptr;
}

}  // namespace didact
