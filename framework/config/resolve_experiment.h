// Completes and checks an experiment: the rules of single fields, defaults, and the rules between
// fields. Everything that can be checked without building a plugin is checked here.

#ifndef DIDACT_FRAMEWORK_CONFIG_RESOLVE_EXPERIMENT_H_
#define DIDACT_FRAMEWORK_CONFIG_RESOLVE_EXPERIMENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// Maximum number of trials of one experiment.
inline constexpr uint64_t kMaxTrials = 1000000;

// Checks that the name of a run or a sweep can be the name of a folder. An empty name passes,
// because the field's rule refuses it. Errors: INVALID_ARGUMENT at `path`.
absl::Status CheckName(const std::string& name, const FieldPath& path);

// Sets `first` to its default and `last` to `first` where they are left out, and checks the range.
// Errors: INVALID_ARGUMENT at `path`, the path of `seed`.
absl::Status ResolveSeeds(SeedRange& seed, const FieldPath& path);

// The number of outputs of the student, and of the teacher if there is one, in an experiment that
// ResolveExperiment accepts.
int64_t OutputsOf(const Experiment& experiment);

// Completes `experiment` in place: replaces a teacher's run by what it has, applies ResolveConfig, then the defaults that no field rule can
// state (`seed.last` equal to `seed.first`, the sampler shuffle), then checks the rules between
// fields on which CreateTrial relies. Resolving twice changes nothing. Errors: all problems of all
// checks at once, one per line; INVALID_ARGUMENT, or NOT_FOUND if the first problem is an unknown
// plugin.
absl::Status ResolveExperiment(Experiment& experiment, const PluginRegistry& registry,
                               const FieldPath& path);

// An experiment that ResolveExperiment has completed and accepted. Immutable; copies share the
// experiment, so they are cheap. Threads: may be used concurrently.
//
// Example:
//
//   DIDACT_ASSIGN_OR_RETURN(
//       const ResolvedExperiment resolved,
//       ResolvedExperiment::Create(experiment, registry, FieldPath("e.textproto")));
//   DIDACT_ASSIGN_OR_RETURN(auto trial, CreateTrial(resolved, /*seed=*/1, registry, {}));
class ResolvedExperiment {
 public:
  // Errors: those of ResolveExperiment.
  static absl::StatusOr<ResolvedExperiment> Create(Experiment experiment,
                                                   const PluginRegistry& registry,
                                                   const FieldPath& path);

  // There are no move operations: a moved object is copied, so that every object has an experiment.
  ResolvedExperiment(const ResolvedExperiment&) = default;
  ResolvedExperiment& operator=(const ResolvedExperiment&) = default;

  const Experiment& operator*() const { return *experiment_; }
  const Experiment* operator->() const { return experiment_.get(); }
  // The experiment, for functions that take any experiment. Valid as long as a copy of this object.
  operator const Experiment&() const { return *experiment_; }

  // Returns true if it was resolved with this registry, even if plugins were added to it since.
  bool IsResolvedWith(const PluginRegistry& registry) const {
    return registry_identity_ != nullptr && registry_identity_ == registry.identity();
  }

  // Returns a context that builds the plugins of this experiment, whose path is `path`. It resolves
  // their configs again only if the experiment was resolved with another registry. Valid as long as
  // a copy of this object and the registry.
  BuildContext context(const PluginRegistry& registry, const FieldPath& path) const;

 private:
  ResolvedExperiment(std::shared_ptr<const Experiment> experiment,
                     std::shared_ptr<const void> registry_identity)
      : experiment_(std::move(experiment)), registry_identity_(std::move(registry_identity)) {}

  std::shared_ptr<const Experiment> experiment_;
  std::shared_ptr<const void> registry_identity_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_RESOLVE_EXPERIMENT_H_
