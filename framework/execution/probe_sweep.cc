#include "framework/execution/probe_sweep.h"

#include "framework/base/problems.h"
#include "framework/base/status.h"
#include "framework/execution/execute_trial.h"

namespace didact {
namespace {

constexpr int64_t kMaxProbes = 64;

}  // namespace

absl::Status ProbeSweep(const SweepPlan& plan, const PluginRegistry& registry, StopFlag stop) {
  Problems problems;
  for (const int64_t i : plan.grid().Samples(kMaxProbes)) {
    DIDACT_ASSIGN_OR_RETURN(const Experiment experiment, plan.Make(i));
    TrialTask task;
    task.experiment = &experiment;
    task.seed = experiment.seed().first();
    task.path = plan.path();
    const absl::Status status = CreateTrial(task, registry, stop).status();
    if (absl::IsCancelled(status)) return status;
    problems.Add(plan.Locate(i, status));
  }
  return problems.ToStatus();
}

}  // namespace didact
