#include "framework/execution/probe_sweep.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "framework/base/problems.h"
#include "framework/base/status.h"
#include "framework/execution/execute_trial.h"

namespace didact {
namespace {

constexpr int64_t kMaxProbes = 64;

// Counts for how many experiments each warning is given.
class Warnings {
 public:
  // `located`: where the cause of `warning` stands in the sweep.
  void Add(const std::string& warning, std::string located) {
    const auto known =
        absl::c_find_if(list_, [&](const Warning& other) { return other.text == warning; });
    if (known == list_.end()) {
      list_.push_back({warning, std::move(located), 1});
    } else {
      ++known->experiments;
    }
  }

  void Tell(int64_t probes, const std::function<void(const std::string&)>& warn) const {
    for (const Warning& warning : list_) {
      warn(warning.experiments == 1
               ? warning.located
               : absl::StrCat(warning.located, " (", warning.experiments, " of the ", probes,
                              " experiments that were looked at)"));
    }
  }

 private:
  struct Warning {
    std::string text;
    std::string located;
    int64_t experiments = 0;
  };
  std::vector<Warning> list_;
};

absl::StatusOr<std::unique_ptr<Trial>> CreateOne(const TrialTask& first,
                                                 const PluginRegistry& registry, StopFlag stop) {
  absl::StatusOr<std::unique_ptr<Trial>> trial = CreateTrial(first, registry, stop);
  if (!absl::IsUnknown(trial.status()) || first.seed == first.experiment->seed().last()) {
    return trial;
  }
  // Where a plugin throws, another trial shows whether it does so in this one alone.
  TrialTask second = first;
  ++second.seed;
  absl::StatusOr<std::unique_ptr<Trial>> other = CreateTrial(second, registry, stop);
  return other.ok() ? std::move(other) : std::move(trial);
}

}  // namespace

absl::Status ProbeSweep(const SweepPlan& plan, const PluginRegistry& registry,
                        const std::function<void(const std::string& warning)>& warn,
                        StopFlag stop) {
  Problems problems;
  Warnings warnings;
  const std::vector<int64_t> probes = plan.grid().Samples(kMaxProbes);
  for (const int64_t i : probes) {
    DIDACT_ASSIGN_OR_RETURN(const Experiment experiment, plan.Make(i));
    TrialTask task;
    task.experiment = &experiment;
    task.seed = experiment.seed().first();
    task.path = plan.path();
    const absl::StatusOr<std::unique_ptr<Trial>> trial = CreateOne(task, registry, stop);
    if (absl::IsCancelled(trial.status())) return trial.status();
    problems.Add(plan.Locate(i, trial.status()));
    if (!trial.ok()) continue;
    for (const std::string& warning : (*trial)->warnings()) {
      warnings.Add(warning,
                   std::string(plan.Locate(i, absl::InvalidArgumentError(warning)).message()));
    }
  }
  if (warn && problems.empty()) warnings.Tell(static_cast<int64_t>(probes.size()), warn);
  return problems.ToStatus();
}

}  // namespace didact
