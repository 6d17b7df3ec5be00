// A sweep that is complete and checked: a list of experiments, each of which is made when it is
// needed.

#ifndef DIDACT_FRAMEWORK_SWEEP_SWEEP_PLAN_H_
#define DIDACT_FRAMEWORK_SWEEP_SWEEP_PLAN_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/sweep/sweep_grid.h"
#include "didact/framework/sweep/trial_cost.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/sweep.pb.h"

namespace didact {

// Maximum number of trials of one sweep.
inline constexpr int64_t kMaxSweepTrials = 10000000;

// Properties of an experiment that are known without making it.
struct PlannedExperiment {
  uint64_t first_seed = 0;
  int64_t trials = 0;
  int64_t first_trial = 0;  // number of its first trial
  TrialCost trial_cost;     // of each of its trials
};

// The experiments and trials of a sweep. Trials are numbered from 0 in the order of the experiments
// and, within an experiment, of the seeds.
//
// 1. LoadSweep (framework/sweep/load_sweep.h) creates a plan, which makes and checks every
//    experiment once.
// 2. The plan answers questions about trials without making experiments.
// 3. Make makes an experiment when the first of its trials begins; the caller drops it after the
//    last.
//
// Example, the seeds of every experiment of `const SweepPlan& plan`:
//
//   for (int64_t i = 0; i < plan.grid().size(); ++i) {
//     DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment experiment, plan.Make(i));
//     for (int64_t t = 0; t < plan.experiments()[i].trials; ++t) {
//       const uint64_t seed = plan.experiments()[i].first_seed + t;
//       // CreateTrial(experiment, seed, registry, plan.path())
//     }
//   }
//
// Threads: all methods may be used concurrently. The registry must outlive the plan.
class SweepPlan {
 public:
  // Makes and checks every experiment once. `sweep` has its base inlined, and all file names but
  // those in axes and points absolute; `base_path` is the place of the base, for messages.
  // Errors: the problems of all experiments, up to 50 of them. Each is reported at the place of its
  // cause: the value of an axis or a point if that causes it, otherwise the base.
  static absl::StatusOr<SweepPlan> Create(Sweep sweep, SweepGrid grid, const FieldPath& base_path,
                                          const PluginRegistry& registry);

  // The sweep with its base inlined. The base names the plugin libraries that experiments use, and
  // `folder` is empty if no file name is relative to it. Printed by PrintText and loaded from any
  // folder, it is the same sweep.
  const Sweep& sweep() const& { return sweep_; }
  const Sweep& sweep() const&& = delete;
  const SweepGrid& grid() const& { return grid_; }
  const SweepGrid& grid() const&& = delete;
  // The libraries from which plugins of the experiments come, in the order of loading.
  const std::vector<PluginLibraryInfo>& used_libraries() const& { return used_libraries_; }
  const std::vector<PluginLibraryInfo>& used_libraries() const&& = delete;

  // True if any experiment names a data file (framework/config/data_files.h).
  bool names_data_files() const { return names_data_files_; }

  // By experiment. Returns a copy unless the plan is const, for the reason given at Record
  // (framework/plugin/record.h).
  const std::vector<PlannedExperiment>& experiments() const& { return experiments_; }
  std::vector<PlannedExperiment> experiments() & { return experiments_; }
  std::vector<PlannedExperiment> experiments() && { return std::move(experiments_); }
  int64_t trials() const;
  // Returns the number of the experiment that a trial belongs to.
  int64_t ExperimentOf(int64_t trial) const;

  // Makes experiment i: changes a copy of the base and resolves it. Errors: those of Create that
  // concern this experiment.
  absl::StatusOr<ResolvedExperiment> Make(int64_t i) const;

  // Returns the names of data files in these experiments, each pair of field and name once. Returns
  // at once if names_data_files() is false.
  absl::StatusOr<std::vector<FileName>> DataFileNames(const std::set<int64_t>& experiments) const;
  // The numbers of all experiments.
  std::set<int64_t> AllExperiments() const;

  // The place of the base, which is the path to pass with an experiment that Make has made.
  FieldPath path() const { return base_path_; }
  // Returns a problem of experiment i with the place of its cause in the sweep's files as its path.
  Problem Locate(int64_t i, const Problem& problem) const;
  // The same for all problems of a status. OK stays OK.
  absl::Status Locate(int64_t i, const absl::Status& status) const;

 private:
  SweepPlan(Sweep sweep, SweepGrid grid, const FieldPath& base_path,
            const PluginRegistry& registry);

  absl::Status Plan();
  // Refuses values of one axis that make the same experiment, such as 0.5 and 0.50.
  absl::Status CheckDistinctValues() const;
  // Properties of the file names in the experiments.
  struct NamesSeen {
    bool uses_folder = false;  // a name is relative to the sweep's folder
    bool of_data = false;      // a name is that of a data file
  };
  absl::StatusOr<ResolvedExperiment> Make(int64_t i, NamesSeen& seen) const;
  // Returns the base with the changes of experiment i, neither checked nor resolved.
  absl::StatusOr<Experiment> Change(int64_t i) const;

  Sweep sweep_;
  SweepGrid grid_;
  FieldPath base_path_;
  const PluginRegistry* registry_;
  std::vector<Problem> base_problems_;  // problems of the base without changes
  std::vector<PlannedExperiment> experiments_;
  std::vector<PluginLibraryInfo> used_libraries_;
  bool names_data_files_ = false;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_SWEEP_SWEEP_PLAN_H_
