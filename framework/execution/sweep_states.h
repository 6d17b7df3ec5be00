// The state of each trial of a sweep as far as a process knows it, and the trials of the process's
// shard.

#ifndef DIDACT_FRAMEWORK_EXECUTION_SWEEP_STATES_H_
#define DIDACT_FRAMEWORK_EXECUTION_SWEEP_STATES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/execution/executor.h"
#include "didact/framework/results/sweep_index.h"
#include "didact/framework/results/trial_status.h"
#include "didact/framework/sweep/sweep_plan.h"

namespace didact {

// Returns the numbers of all trials in the order of decreasing estimated cost, of which every shard
// takes its part (PartOf).
std::vector<int64_t> TrialsByCost(const SweepPlan& plan);

// Trials are identified by their numbers in the plan.
//
// Threads: SetEnded may be called concurrently for different trials. A trial's state must not be
// read while it is set.
class SweepStates {
 public:
  // All trials are kPending. The plan must outlive this object.
  explicit SweepStates(const SweepPlan& plan);

  // Sets the states from the index files in the sweep directory (ReadSweepIndex). Errors: the files
  // cannot be read.
  absl::Status ReadIndex(const std::string& directory);

  // Determines the trials of `shard`, in the order of decreasing estimated cost, which is the same
  // in all processes and does not depend on what is done. Returns those that are left according to
  // the root. Every process of `executor` must make this call. Errors: those of Executor::Share.
  absl::StatusOr<std::vector<int64_t>> FindWork(Executor& executor, const Shard& shard);

  // Updates the trials that did not run in this process from the index files, after this process's
  // trials have ended. Notes made about them before are kept. Errors: those of ReadIndex.
  absl::Status ReadWhatOthersDid(const std::string& directory);

  const TrialState& operator[](int64_t trial) const { return trials_[trial]; }

  // Sets the state of a trial that has ended in this process.
  void SetEnded(int64_t trial, TrialState state) {
    trials_[trial] = std::move(state);
    ran_[trial] = 1;
  }

  // The trials of this process's shard, in the order in which they begin.
  const std::vector<int64_t>& own() const& { return own_; }
  const std::vector<int64_t>& own() const&& = delete;

  // The combined outcome of the trials own() (CombineOutcomes).
  TrialStatus OutcomeOfOwn() const;

  // Returns true if all trials of the sweep are done (IsDone).
  bool AreAllDone() const;

  // Returns the states of all trials and leaves none behind.
  std::vector<TrialState> TakeTrials() { return std::move(trials_); }

 private:
  const SweepPlan& plan_;
  std::vector<TrialState> trials_;
  std::vector<int64_t> own_;
  // 1 if the trial ran in this process, else 0. Not bool, because elements of std::vector<bool>
  // share bytes between threads.
  std::vector<char> ran_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_SWEEP_STATES_H_
