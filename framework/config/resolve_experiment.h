// What must hold between the fields of an experiment, beyond the rules of each; and the one call
// that checks everything about an experiment that can be known without building anything.

#ifndef DIDACT_FRAMEWORK_CONFIG_RESOLVE_EXPERIMENT_H_
#define DIDACT_FRAMEWORK_CONFIG_RESOLVE_EXPERIMENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/field_path.h"
#include "framework/plugin/factory.h"
#include "framework/plugin/registry.h"
#include "protos/experiment.pb.h"

namespace didact {

// Trials of one experiment, at most.
inline constexpr uint64_t kMaxTrials = 1000000;

// Whether a run's or a sweep's `name` can be that of a folder; an empty one is left to the field's
// rule. Errors: INVALID_ARGUMENT at `path`.
absl::Status CheckName(const std::string& name, const FieldPath& path);

// Fills in what is left out, `first` by its rule and `last` by `first`, and checks the range.
// Errors: INVALID_ARGUMENT at `path`, the path of `seed`.
absl::Status ResolveSeeds(SeedRange& seed, const FieldPath& path);

// Makes `experiment` complete, in place: ResolveConfig, then the defaults that no field rule can
// state (`seed.last` the same as `seed.first`, the sampler shuffle), then the checks between fields:
// what CreateTrial relies on, whoever wrote the experiment. Resolving twice changes nothing.
// Errors: all problems of all checks at once, one per line; INVALID_ARGUMENT, or NOT_FOUND when the
// first one is an unknown plugin.
absl::Status ResolveExperiment(Experiment& experiment, const PluginRegistry& registry,
                               const FieldPath& path);

// An experiment that ResolveExperiment has completed and found right. It never changes; copies share
// it, so that they are cheap. Threads: may be used concurrently.
class ResolvedExperiment {
 public:
  // Errors: as ResolveExperiment.
  static absl::StatusOr<ResolvedExperiment> Create(Experiment experiment,
                                                   const PluginRegistry& registry,
                                                   const FieldPath& path);

  // A move is a copy: no object is without an experiment.
  ResolvedExperiment(const ResolvedExperiment&) = default;
  ResolvedExperiment& operator=(const ResolvedExperiment&) = default;

  const Experiment& operator*() const { return *experiment_; }
  const Experiment* operator->() const { return experiment_.get(); }
  // The experiment itself, for what takes any. Good as long as a copy of this object.
  operator const Experiment&() const { return *experiment_; }

  // Whether it was resolved with this registry, to which plugins may have been added since.
  bool IsResolvedWith(const PluginRegistry& registry) const {
    return registry_identity_ != nullptr && registry_identity_ == registry.identity();
  }

  // Builds the plugins of this experiment, which stands at `path`, without resolving their configs
  // again, unless another registry has resolved it. Good as long as a copy of this object and the
  // registry.
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
