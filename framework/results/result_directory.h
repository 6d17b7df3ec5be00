// A run or sweep directory as a list of experiments with their trials, for readers of results.

#ifndef DIDACT_FRAMEWORK_RESULTS_RESULT_DIRECTORY_H_
#define DIDACT_FRAMEWORK_RESULTS_RESULT_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/results/failed_trials.h"
#include "didact/framework/results/sweep_columns.h"
#include "didact/framework/results/trial_directory.h"
#include "didact/framework/results/trial_status.h"
#include "didact/framework/sweep/sweep_grid.h"
#include "didact/protos/sweep.pb.h"

namespace didact {

// Length of the longest status name that EndOf gives to a trial that has begun ("unfinished").
inline constexpr int64_t kResultStatusCharacters = 10;

// An experiment that has begun. Its trials are the seeds first_seed, first_seed + 1, ...
struct ResultExperiment {
  int64_t number = 0;              // in the sweep; 0 in a run
  std::string label;               // name of its folder in a sweep, of the experiment in a run
  std::vector<std::string> cells;  // by ResultDirectory::columns
  std::string path;                // its run directory
  uint64_t first_seed = 0;
  int64_t trials = 0;

  // Returns the folder of trial number `trial`, counted from 0.
  TrialDirectory Trial(int64_t trial) const;
};

// How a trial ended, according to outcome.json.
struct TrialEnd {
  // kPending, kUnfinished, kFailed, kDiverged, kFinished or kDamaged.
  TrialStatus status = TrialStatus::kPending;
  int64_t steps = 0;     // steps done, if the trial has ended
  absl::Status problem;  // the damage, if status is kDamaged
};

// Reads only seeds and axes of configs, so the plugins need not be loaded. Writes nothing; the
// directory may be in use. Memory: the sweep's file, and that of FailedTrials. Threads: const
// methods may be used concurrently.
//
// Example, the folder of every trial:
//
//   DIDACT_ASSIGN_OR_RETURN(const ResultDirectory results, ResultDirectory::Open("runs/paper"));
//   for (int64_t i = 0; i < results.experiments(); ++i) {
//     DIDACT_ASSIGN_OR_RETURN(const std::optional<ResultExperiment> experiment,
//                             results.Experiment(i));
//     for (int64_t t = 0; experiment && t < experiment->trials; ++t) {
//       std::puts(experiment->Trial(t).path().c_str());
//     }
//   }
class ResultDirectory {
 public:
  // Errors: NOT_FOUND if the directory does not exist, or is neither that of a run nor that of a
  // sweep; INVALID_ARGUMENT if its experiment.textproto or sweep.textproto is damaged;
  // FAILED_PRECONDITION if it is being extended.
  static absl::StatusOr<ResultDirectory> Open(const std::string& path);

  // Name of the sweep, or of the run's experiment.
  std::string name() const { return name_; }
  bool is_sweep() const { return grid_.has_value(); }
  // The fields that vary; none in a run.
  std::vector<SweepColumn> columns() const { return columns_; }

  // Number of experiments, including those that have not begun.
  int64_t experiments() const { return grid_ ? grid_->size() : 1; }

  // Returns experiment i; std::nullopt if it has left no files. Errors: its experiment.textproto is
  // damaged.
  absl::StatusOr<std::optional<ResultExperiment>> Experiment(int64_t i) const;

  // Returns how trial number `trial` of an experiment ended.
  TrialEnd EndOf(const ResultExperiment& experiment, int64_t trial) const;

 private:
  explicit ResultDirectory(std::string path) : path_(std::move(path)) {}

  absl::Status OpenSweep();

  std::string path_;
  std::string name_;
  Sweep sweep_;
  std::optional<SweepGrid> grid_;  // only for a sweep
  std::vector<SweepColumn> columns_;
  FailedTrials failed_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_RESULT_DIRECTORY_H_
