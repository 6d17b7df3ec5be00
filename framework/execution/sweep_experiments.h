// The experiments of a sweep while their trials run, each in a run directory of its own.

#ifndef DIDACT_FRAMEWORK_EXECUTION_SWEEP_EXPERIMENTS_H_
#define DIDACT_FRAMEWORK_EXECUTION_SWEEP_EXPERIMENTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "framework/config/resolve_experiment.h"
#include "framework/execution/sweep_states.h"
#include "framework/plugin/metric_key.h"
#include "framework/plugin/registry.h"
#include "framework/results/provenance.h"
#include "framework/results/run_directory.h"
#include "framework/results/sweep_directory.h"
#include "framework/results/sweep_index.h"
#include "framework/sweep/sweep_plan.h"

namespace didact {

// An experiment of which trials are running.
struct ActiveExperiment {
  IndexedTrial indexed;
  absl::Status status;  // what is below is there if this is OK
  std::optional<ResolvedExperiment> experiment;
  std::vector<MetricKey> metric_keys;
  std::optional<RunDirectory> directory;
};

// Threads: Activate and Release may be called concurrently.
class SweepExperiments {
 public:
  // `replaces`: experiments whose experiment.textproto has another text get theirs. `provenance` is that of this
  // process; it and the other references must outlive this.
  SweepExperiments(const SweepPlan& plan, const PluginRegistry& registry,
                   const SweepDirectory& directory, bool replaces, const Provenance& provenance,
                   const SweepStates& states)
      : plan_(plan),
        registry_(registry),
        directory_(directory),
        replaces_(replaces),
        provenance_(provenance),
        states_(states) {}

  // The experiment of number `e` in the plan, which is made, with its run directory, by the first thread that needs it. It
  // stays where it is until Release.
  const ActiveExperiment& Activate(int64_t e);

  // Forgets an experiment, of which no trial is left in this process. Returns it if it was active.
  std::unique_ptr<const ActiveExperiment> Release(int64_t e);

  // Writes provenance.json of the experiment once all its trials have ended, wherever they ran; does nothing
  // before. `active`: the experiment as Release gave it; made again here when null.
  absl::Status WriteProvenance(int64_t e, const ActiveExperiment* active) const;

  // Does what a killed process could not do for experiments of which no trial is left, and removes what it left half
  // written in their folders.
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
