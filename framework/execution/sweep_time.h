// Estimates how long a sweep takes, from a short measurement on this machine.

#ifndef DIDACT_FRAMEWORK_EXECUTION_SWEEP_TIME_H_
#define DIDACT_FRAMEWORK_EXECUTION_SWEEP_TIME_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/execution/executor.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/sweep/sweep_plan.h"

namespace didact {

// The time that the trials of one process take.
struct SweepTime {
  std::vector<double> trial_seconds;  // by experiment: each of its trials on one core
  int64_t trials = 0;                 // those of the process
  double core_seconds = 0;            // of these trials, on one core
  double seconds = 0;                 // of these trials, on all threads of the process
  int threads = 1;
};

// Trains and evaluates the first trial of up to eight experiments, from the cheapest to the most
// expensive by their estimated costs, for about a tenth of a second each, and scales the estimates
// of the others accordingly. An evaluation that takes longer than a second is not finished. Writes
// nothing.
// Errors: those of SweepPlan::Make; CANCELLED soon after `stop` is set.
absl::StatusOr<SweepTime> MeasureSweepTime(const SweepPlan& plan, const PluginRegistry& registry,
                                           const Shard& shard, int threads,
                                           StopFlag stop = nullptr);

// Adds up these times of trials, by experiment, for the trials of `shard`.
SweepTime SweepTimeOf(const SweepPlan& plan, std::vector<double> trial_seconds, const Shard& shard,
                      int threads);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_SWEEP_TIME_H_
