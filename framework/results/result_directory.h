// A run or sweep directory as a list of experiments with their trials, for whoever reads results.

#ifndef DIDACT_FRAMEWORK_RESULTS_RESULT_DIRECTORY_H_
#define DIDACT_FRAMEWORK_RESULTS_RESULT_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/results/failed_trials.h"
#include "framework/results/sweep_columns.h"
#include "framework/results/trial_directory.h"
#include "framework/results/trial_status.h"
#include "framework/sweep/sweep_grid.h"
#include "protos/sweep.pb.h"

namespace didact {

// The longest name of a status that EndOf gives to a trial that has begun ("unfinished").
inline constexpr int64_t kResultStatusCharacters = 10;

// An experiment that has begun. Its trials are the seeds first_seed, first_seed + 1, ...
struct ResultExperiment {
  int64_t number = 0;              // in the sweep; 0 in a run
  std::string label;               // of its folder in the sweep; the name of a run's experiment
  std::vector<std::string> cells;  // of ResultDirectory::columns
  std::string path;                // its run directory
  uint64_t first_seed = 0;
  int64_t trials = 0;

  // The folder of trial number `trial`, from 0.
  TrialDirectory Trial(int64_t trial) const;
};

// How a trial ended, and what outcome.json says of it.
struct TrialEnd {
  // kPending, kUnfinished, kFailed, kDiverged, kFinished or kDamaged.
  TrialStatus status = TrialStatus::kPending;
  int64_t steps = 0;     // of a trial that has ended
  absl::Status problem;  // why it is damaged
};

// Takes nothing but what configs say of seeds and axes, so no plugin need be there. Nothing is
// written; the directory may be in use meanwhile. Memory: the sweep's file, and what FailedTrials
// takes. Threads: const methods may be used from several.
class ResultDirectory {
 public:
  // Errors: NOT_FOUND when the directory is not there, or is neither of a run nor of a sweep;
  // INVALID_ARGUMENT when its experiment.textproto or sweep.textproto is damaged;
  // FAILED_PRECONDITION when it is being extended.
  static absl::StatusOr<ResultDirectory> Open(const std::string& path);

  // Of the sweep, or of the run's experiment.
  std::string name() const { return name_; }
  bool is_sweep() const { return grid_.has_value(); }
  // What varies. None in a run.
  std::vector<SweepColumn> columns() const { return columns_; }

  // Number of experiments, whether they have begun or not.
  int64_t experiments() const { return grid_ ? grid_->size() : 1; }

  // Experiment i; nothing if it has left no files. Errors: its experiment.textproto is damaged.
  absl::StatusOr<std::optional<ResultExperiment>> Experiment(int64_t i) const;

  // Trial number `trial` of an experiment.
  TrialEnd EndOf(const ResultExperiment& experiment, int64_t trial) const;

 private:
  explicit ResultDirectory(std::string path) : path_(std::move(path)) {}

  absl::Status OpenSweep();

  std::string path_;
  std::string name_;
  Sweep sweep_;
  std::optional<SweepGrid> grid_;  // of a sweep
  std::vector<SweepColumn> columns_;
  FailedTrials failed_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_RESULT_DIRECTORY_H_
