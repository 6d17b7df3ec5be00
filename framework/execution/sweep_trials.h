// The trials of a sweep as the engine sees them: their tasks, the index, and what becomes of them.

#ifndef DIDACT_FRAMEWORK_EXECUTION_SWEEP_TRIALS_H_
#define DIDACT_FRAMEWORK_EXECUTION_SWEEP_TRIALS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "framework/base/problem.h"
#include "framework/base/problems.h"
#include "framework/config/data_files.h"
#include "framework/execution/engine.h"
#include "framework/execution/sweep_experiments.h"
#include "framework/execution/sweep_states.h"
#include "framework/results/sweep_index.h"
#include "framework/results/trial_result.h"
#include "framework/results/trial_status.h"
#include "framework/sweep/sweep_plan.h"
#include "framework/sweep/trial_cost.h"
#include "framework/training/checkpoint.h"

namespace didact {

// How the trials of a sweep are executed.
struct SweepTrialOptions {
  bool resume = false;  // trials go on from what earlier processes left
  // As TrialTask::allowed_changes.
  AllowedChanges allowed_changes;
  // No other process works on the sweep, so that an experiment is complete when this process' last trial of it
  // has ended.
  bool is_alone = false;
};

// Says in the index that a trial begins and how it ended, and writes provenance.json of an experiment when its last
// trial has ended.
class SweepTrials final : public TrialOwner {
 public:
  // `to_do` are the trials that will begin, `data_files` as TrialTask::data_files. What is given by reference must
  // outlive this.
  SweepTrials(const SweepPlan& plan, const SweepTrialOptions& options,
              absl::Span<const int64_t> to_do, const std::vector<DataFile>& data_files,
              SweepStates& states, SweepExperiments& experiments, SweepIndexWriter& index);

  TrialCost CostOf(int64_t trial) const override;
  absl::StatusOr<BegunTrial> Begin(int64_t trial) override;
  Problem Locate(int64_t trial, const Problem& warning) const override;
  TrialStatus End(int64_t trial, TrialResult result) override;

  // Once no trial runs any more.

  // What the user should know of the trials, `LABEL: seed 1: ...`.
  std::vector<std::string> TakeNotes() { return std::move(notes_); }
  // What could not be written about experiments.
  Problems TakeProblems() { return std::move(problems_); }
  // The numbers of the experiments that the trials belong to.
  std::vector<int64_t> Experiments() const;

 private:
  std::string LabelOf(int64_t trial) const;
  // Tells the user the notes of a trial from number `begin` on.
  void AddNotes(int64_t trial, const std::vector<std::string>& notes, size_t begin);
  // One more trial of the experiment has ended.
  void CountEnd(int64_t experiment);

  const SweepPlan& plan_;
  const SweepTrialOptions options_;
  const std::vector<DataFile>& data_files_;
  SweepStates& states_;
  SweepExperiments& experiments_;
  SweepIndexWriter& index_;

  std::mutex mutex_;                    // guards what follows while trials run
  std::map<int64_t, int64_t> waiting_;  // trials of this process that have not ended, by experiment
  std::vector<std::string> notes_;
  Problems problems_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_SWEEP_TRIALS_H_
