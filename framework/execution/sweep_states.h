// What a process knows of each trial of a sweep, and which of them are its part.

#ifndef DIDACT_FRAMEWORK_EXECUTION_SWEEP_STATES_H_
#define DIDACT_FRAMEWORK_EXECUTION_SWEEP_STATES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/execution/executor.h"
#include "framework/results/sweep_index.h"
#include "framework/results/trial_status.h"
#include "framework/sweep/sweep_plan.h"

namespace didact {

// Trials go by their numbers in the plan.
//
// Threads: states of different trials may be set at the same time. The state of a trial must not be read while it
// is set.
class SweepStates {
 public:
  // All trials are pending. The plan must outlive this.
  explicit SweepStates(const SweepPlan& plan);

  // Learns what the index files in the sweep directory say. Errors: they cannot be read.
  absl::Status ReadIndex(const std::string& directory);

  // Finds the trials that are the part of `shard`, long ones first by estimated cost, which is the same in all
  // processes, whatever is done already. Returns those of them that are left, as the process that leads knows.
  // Every process of `executor` makes this call. Errors: those of Executor::Share.
  absl::StatusOr<std::vector<int64_t>> FindWork(Executor& executor, const Shard& shard);

  // Learns, after this process' trials have ended, from the index files what became of those that other processes
  // ran. What was noted of them before stays. Errors: as ReadIndex.
  absl::Status ReadWhatOthersDid(const std::string& directory);

  const TrialState& operator[](int64_t trial) const { return trials_[trial]; }

  // The trial has ended in this process.
  void SetEnded(int64_t trial, TrialState state) {
    trials_[trial] = std::move(state);
    ran_[trial] = 1;
  }

  // The trials that are this process' part, in the order in which they begin.
  const std::vector<int64_t>& own() const& { return own_; }
  const std::vector<int64_t>& own() const&& = delete;

  // The outcome of these (CombineOutcomes).
  TrialStatus OutcomeOfOwn() const;

  // Whether every trial of the sweep need not be run again (IsDone).
  bool AreAllDone() const;

  // The states of all trials, which are gone from here then.
  std::vector<TrialState> TakeTrials() { return std::move(trials_); }

 private:
  const SweepPlan& plan_;
  std::vector<TrialState> trials_;
  std::vector<int64_t> own_;
  // Whether a trial ran in this process. Not bool, whose elements share bytes between threads.
  std::vector<char> ran_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_SWEEP_STATES_H_
