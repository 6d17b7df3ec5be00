// The experiments of a sweep whose trials are running, each in a run directory of its own.

#ifndef DIDACT_FRAMEWORK_EXECUTION_SWEEP_EXPERIMENTS_H_
#define DIDACT_FRAMEWORK_EXECUTION_SWEEP_EXPERIMENTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/execution/sweep_states.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/run_directory.h"
#include "didact/framework/results/sweep_directory.h"
#include "didact/framework/results/sweep_index.h"
#include "didact/framework/sweep/sweep_plan.h"

namespace didact {

// An experiment whose trials are running.
struct ActiveExperiment {
  IndexedTrial indexed;
  absl::Status status;  // the members below are set only if this is OK
  std::optional<ResolvedExperiment> experiment;
  std::vector<MetricKey> metric_keys;
  std::optional<RunDirectory> directory;
};

// Makes the experiments of a sweep when their first trials begin, and drops them after the last.
//
// Ownership: owns the active experiments.
// Threads:   Activate and Release may be called concurrently.
class SweepExperiments {
 public:
  // `replaces`: an experiment.textproto with a different text is replaced. `provenance` is that of
  // this process. It and everything else passed by reference must outlive this object.
  SweepExperiments(const SweepPlan& plan, const PluginRegistry& registry,
                   const SweepDirectory& directory, bool replaces, const Provenance& provenance,
                   const SweepStates& states)
      : plan_(plan),
        registry_(registry),
        directory_(directory),
        replaces_(replaces),
        provenance_(provenance),
        states_(states) {}

  // Returns experiment number `e` of the plan. The first call makes it and its run directory, while
  // other threads that ask for the same experiment wait. Valid until Release.
  const ActiveExperiment& Activate(int64_t e);

  // Drops an experiment, none of whose trials is left in this process, and returns it; null if it
  // was not active.
  std::unique_ptr<const ActiveExperiment> Release(int64_t e);

  // Writes provenance.json of experiment `e` if all its trials have ended, in whichever processes;
  // otherwise does nothing. `active`: the experiment as returned by Release; if null, it is made
  // again.
  absl::Status WriteProvenance(int64_t e, const ActiveExperiment* active) const;

  // For all experiments: removes partly written files, which killed processes left in their
  // folders, and writes provenance.json of those whose trials have all ended, if it is missing.
  absl::Status TidyUp() const;

 private:
  struct Entry {
    std::once_flag once;
    std::unique_ptr<ActiveExperiment> active = std::make_unique<ActiveExperiment>();
  };

  absl::Status Make(int64_t e, ActiveExperiment& active) const;

  const SweepPlan& plan_;
  const PluginRegistry& registry_;
  const SweepDirectory& directory_;
  const bool replaces_;
  const Provenance& provenance_;
  const SweepStates& states_;
  std::mutex mutex_;  // guards the map, not its entries
  std::map<int64_t, Entry> entries_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_SWEEP_EXPERIMENTS_H_
