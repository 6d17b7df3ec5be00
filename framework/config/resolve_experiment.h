// What must hold between the fields of an experiment, beyond the rules of each; and the one call
// that checks everything about an experiment that can be known without building anything.

#ifndef DIDACT_FRAMEWORK_CONFIG_RESOLVE_EXPERIMENT_H_
#define DIDACT_FRAMEWORK_CONFIG_RESOLVE_EXPERIMENT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "framework/base/field_path.h"
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

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_RESOLVE_EXPERIMENT_H_
