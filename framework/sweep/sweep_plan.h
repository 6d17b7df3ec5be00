// A sweep that is complete and checked: a list of experiments, each made when it is wanted.

#ifndef DIDACT_FRAMEWORK_SWEEP_SWEEP_PLAN_H_
#define DIDACT_FRAMEWORK_SWEEP_SWEEP_PLAN_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/field_path.h"
#include "framework/base/problem.h"
#include "framework/config/file_names.h"
#include "framework/config/resolve_experiment.h"
#include "framework/plugin/registry.h"
#include "framework/sweep/sweep_grid.h"
#include "framework/sweep/trial_cost.h"
#include "protos/experiment.pb.h"
#include "protos/sweep.pb.h"

namespace didact {

// Trials of one sweep, at most.
inline constexpr int64_t kMaxSweepTrials = 10000000;

// What is known of an experiment without making it.
struct PlannedExperiment {
  uint64_t first_seed = 0;
  int64_t trials = 0;
  int64_t first_trial = 0;  // trials of the experiments before it
  TrialCost trial_cost;     // of each
};

// Trials are numbered through all experiments, seeds within.
//
// Threads: all methods may be used concurrently. The registry must outlive the plan.
class SweepPlan {
 public:
  // Makes and checks every experiment once. `sweep` has its base inlined, and all file names but
  // those in axes and points absolute; `base_path` is where the base stands, for messages.
  // Errors: all problems of all experiments at once, each where the cause stands: at a value of an
  // axis or a point if that brings it about, else in the base.
  static absl::StatusOr<SweepPlan> Create(Sweep sweep, SweepGrid grid, const FieldPath& base_path,
                                          const PluginRegistry& registry);

  // With the base inlined, which names the plugin libraries that experiments use, and without
  // `folder` if no name of a file is relative to it: printed by PrintText and loaded from anywhere,
  // it is the same sweep.
  const Sweep& sweep() const& { return sweep_; }
  const Sweep& sweep() const&& = delete;
  const SweepGrid& grid() const& { return grid_; }
  const SweepGrid& grid() const&& = delete;
  // The libraries that plugins of any experiment come from, in the order of loading.
  const std::vector<PluginLibraryInfo>& used_libraries() const& { return used_libraries_; }
  const std::vector<PluginLibraryInfo>& used_libraries() const&& = delete;

  // True if any experiment names a file of data (framework/config/data_files.h).
  bool names_data_files() const { return names_data_files_; }

  // A copy unless the plan is const, as the lists of a Record (framework/plugin/record.h).
  const std::vector<PlannedExperiment>& experiments() const& { return experiments_; }
  std::vector<PlannedExperiment> experiments() & { return experiments_; }
  std::vector<PlannedExperiment> experiments() && { return std::move(experiments_); }
  int64_t trials() const;
  // The experiment that a trial belongs to.
  int64_t ExperimentOf(int64_t trial) const;

  // Makes experiment i.
  absl::StatusOr<ResolvedExperiment> Make(int64_t i) const;

  // The names of files of data in these experiments, each field with each name once. Fast where
  // names_data_files() is false.
  absl::StatusOr<std::vector<FileName>> DataFileNames(const std::set<int64_t>& experiments) const;
  // The numbers of all.
  std::set<int64_t> AllExperiments() const;

  // Where experiments come from, for messages about one that Make made.
  FieldPath path() const { return base_path_; }
  // The same problem of experiment i, at the place where its cause stands.
  Problem Locate(int64_t i, const Problem& problem) const;
  // The same for all problems of a status. OK stays OK.
  absl::Status Locate(int64_t i, const absl::Status& status) const;

 private:
  SweepPlan(Sweep sweep, SweepGrid grid, const FieldPath& base_path,
            const PluginRegistry& registry);

  absl::Status Plan();
  // Properties of the names of files in the experiments.
  struct NamesSeen {
    bool uses_folder = false;  // the sweep's folder is that of a file
    bool of_data = false;
  };
  absl::StatusOr<ResolvedExperiment> Make(int64_t i, NamesSeen& seen) const;
  // Neither checked nor resolved.
  absl::StatusOr<Experiment> Change(int64_t i) const;

  Sweep sweep_;
  SweepGrid grid_;
  FieldPath base_path_;
  const PluginRegistry* registry_;
  std::vector<Problem> base_problems_;  // those the base has by itself
  std::vector<PlannedExperiment> experiments_;
  std::vector<PluginLibraryInfo> used_libraries_;
  bool names_data_files_ = false;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_SWEEP_SWEEP_PLAN_H_
