// The TrialOwner of a sweep: provides the tasks of trials, and records in the index how they end.

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
#include "didact/framework/base/problem.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/execution/engine.h"
#include "didact/framework/execution/sweep_experiments.h"
#include "didact/framework/execution/sweep_states.h"
#include "didact/framework/execution/teacher_store.h"
#include "didact/framework/results/sweep_index.h"
#include "didact/framework/results/trial_result.h"
#include "didact/framework/results/trial_status.h"
#include "didact/framework/sweep/sweep_plan.h"
#include "didact/framework/sweep/trial_cost.h"
#include "didact/framework/training/checkpoint.h"

namespace didact {

// Options for the execution of the trials of a sweep.
struct SweepTrialOptions {
  bool resume = false;  // trials continue from the files of earlier processes
  // See TrialTask::allowed_changes.
  AllowedChanges allowed_changes;
  // True if no other process works on the sweep. An experiment is then complete when the last of
  // its trials in this process has ended.
  bool is_alone = false;
  // See BegunTrial::teachers.
  TeacherStore* teachers = nullptr;
};

// Appends to the index when a trial begins and when it ends, and writes provenance.json of an
// experiment when its last trial has ended.
class SweepTrials final : public TrialOwner {
 public:
  // `to_do`: the trials that will begin; `data_files`: see TrialTask::data_files. Everything passed
  // by reference must outlive this object.
  SweepTrials(const SweepPlan& plan, const SweepTrialOptions& options,
              absl::Span<const int64_t> to_do, const std::vector<DataFile>& data_files,
              SweepStates& states, SweepExperiments& experiments, SweepIndexWriter& index);

  TrialCost CostOf(int64_t trial) const override;
  absl::StatusOr<BegunTrial> Begin(int64_t trial) override;
  Problem Locate(int64_t trial, const Problem& warning) const override;
  TrialStatus End(int64_t trial, TrialResult result) override;

  // The methods below may be called once no trial runs any more.

  // Notes for the user about the trials, `LABEL: seed 1: ...`.
  std::vector<std::string> TakeNotes() { return std::move(notes_); }
  // Errors of writing provenance.json of experiments.
  Problems TakeProblems() { return std::move(problems_); }
  // Numbers of the experiments of the trials `to_do`.
  std::vector<int64_t> Experiments() const;

 private:
  std::string LabelOf(int64_t trial) const;
  // Adds the notes of a trial, from index `begin` on, to those for the user.
  void AddNotes(int64_t trial, const std::vector<std::string>& notes, size_t begin);
  // Called when a trial of the experiment has ended.
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
