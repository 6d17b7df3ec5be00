#include "didact/framework/execution/sweep_trials.h"

#include <memory>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/execution/execute_trial.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/metric_key.h"

namespace didact {
namespace {

void Fail(const absl::Status& status, TrialState& state) {
  state.provenance.status = TrialStatus::kFailed;
  state.provenance.message = std::string(status.message());
}

}  // namespace

SweepTrials::SweepTrials(const SweepPlan& plan, const SweepTrialOptions& options,
                         absl::Span<const int64_t> to_do, const std::vector<DataFile>& data_files,
                         SweepStates& states, SweepExperiments& experiments,
                         SweepIndexWriter& index)
    : plan_(plan),
      options_(options),
      data_files_(data_files),
      states_(states),
      experiments_(experiments),
      index_(index) {
  for (const int64_t trial : to_do) ++waiting_[plan_.ExperimentOf(trial)];
}

TrialCost SweepTrials::CostOf(int64_t trial) const {
  return plan_.experiments()[plan_.ExperimentOf(trial)].trial_cost;
}

absl::StatusOr<BegunTrial> SweepTrials::Begin(int64_t trial) {
  const TrialProvenance& before = states_[trial].provenance;
  const ActiveExperiment& experiment = experiments_.Activate(plan_.ExperimentOf(trial));
  DIDACT_RETURN_IF_ERROR(experiment.status);
  TrialState running;
  running.provenance.seed = before.seed;
  running.provenance.status = TrialStatus::kRunning;
  DIDACT_RETURN_IF_ERROR(index_.Append(experiment.indexed, running));

  BegunTrial begun;
  TrialTask& task = begun.task;
  task.experiment = &*experiment.experiment;
  task.seed = before.seed;
  task.path = plan_.path();
  task.directory = experiment.directory->Trial(task.seed);
  task.resume = options_.resume;
  task.allowed_changes = options_.allowed_changes;
  task.data_files = &data_files_;
  begun.teachers = options_.teachers;
  if (before.status == TrialStatus::kFailed && !IsDirectory(task.directory.path())) {
    // If a file in the way cannot be removed, the trial reports it.
    RemoveFile(task.directory.path()).IgnoreError();
  }
  begun.notes = before.notes;
  if (options_.resume) begun.ended = EndedTrial(task, begun.notes);
  if (begun.ended) {
    begun.ended->provenance.warnings = before.warnings;
    begun.ended->provenance.teachers = before.teachers;
  }
  return begun;
}

std::string SweepTrials::LabelOf(int64_t trial) const {
  return plan_.grid().Label(plan_.ExperimentOf(trial));
}

Problem SweepTrials::Locate(int64_t trial, const Problem& warning) const {
  Problem located = plan_.Locate(plan_.ExperimentOf(trial), warning);
  absl::StrAppend(&located.text, " (", LabelOf(trial), ", seed ", states_[trial].provenance.seed,
                  ")");
  return located;
}

TrialStatus SweepTrials::End(int64_t trial, TrialResult result) {
  const int64_t e = plan_.ExperimentOf(trial);
  const ActiveExperiment& experiment = experiments_.Activate(e);
  const TrialProvenance& before = states_[trial].provenance;
  TrialState state;
  state.provenance = std::move(result.provenance);
  state.provenance.seed = before.seed;
  AddNotes(trial, state.provenance.notes, before.notes.size());
  for (const auto& [key, number] : result.numbers) {
    if (!IsHeadline(experiment.metric_keys, key)) continue;
    state.numbers.emplace_back(
        key, std::visit([](auto value) { return static_cast<double>(value); }, number));
  }
  const absl::Status appended = index_.Append(experiment.indexed, state);
  if (!appended.ok()) Fail(appended, state);
  const TrialStatus status = state.status();
  states_.SetEnded(trial, std::move(state));
  CountEnd(e);
  return status;
}

void SweepTrials::CountEnd(int64_t experiment) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--waiting_[experiment] > 0) return;
  }
  // All of this process' trials of the experiment have ended.
  const std::unique_ptr<const ActiveExperiment> active = experiments_.Release(experiment);
  if (!options_.is_alone) return;
  const absl::Status status = experiments_.WriteProvenance(experiment, active.get());
  const std::lock_guard<std::mutex> lock(mutex_);
  problems_.Add(status);
}

void SweepTrials::AddNotes(int64_t trial, const std::vector<std::string>& notes, size_t begin) {
  if (notes.size() <= begin) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (size_t i = begin; i < notes.size(); ++i) {
    notes_.push_back(
        absl::StrCat(LabelOf(trial), ": seed ", states_[trial].provenance.seed, ": ", notes[i]));
  }
}

std::vector<int64_t> SweepTrials::Experiments() const {
  std::vector<int64_t> experiments;
  for (const auto& [experiment, waiting] : waiting_) experiments.push_back(experiment);
  return experiments;
}

}  // namespace didact
