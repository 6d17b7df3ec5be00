#include "didact/framework/execution/sweep_states.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "didact/framework/base/status.h"

namespace didact {

std::vector<int64_t> TrialsByCost(const SweepPlan& plan) {
  std::vector<int64_t> order(plan.trials());
  std::iota(order.begin(), order.end(), 0);
  std::vector<double> seconds(order.size());
  for (const int64_t trial : order) {
    seconds[trial] = plan.experiments()[plan.ExperimentOf(trial)].trial_cost.seconds;
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return seconds[a] > seconds[b]; });
  return order;
}

SweepStates::SweepStates(const SweepPlan& plan)
    : plan_(plan), trials_(plan.trials()), ran_(plan.trials(), 0) {
  for (const PlannedExperiment& experiment : plan.experiments()) {
    for (int64_t t = 0; t < experiment.trials; ++t) {
      trials_[experiment.first_trial + t].provenance.seed = experiment.first_seed + t;
    }
  }
}

absl::Status SweepStates::ReadIndex(const std::string& directory) {
  std::vector<int> files(trials_.size(), -1);  // index of the file that holds each state
  return ReadSweepIndex(directory, [&](int file, int64_t e, const TrialState& state) {
    if (e >= static_cast<int64_t>(plan_.experiments().size())) return;
    const PlannedExperiment& experiment = plan_.experiments()[e];
    const uint64_t offset = state.provenance.seed - experiment.first_seed;
    if (offset >= static_cast<uint64_t>(experiment.trials)) return;
    const int64_t t = experiment.first_trial + static_cast<int64_t>(offset);
    if (files[t] == file || state.status() > trials_[t].status()) {
      files[t] = file;
      trials_[t] = state;
    }
  });
}

absl::StatusOr<std::vector<int64_t>> SweepStates::FindWork(Executor& executor, const Shard& shard) {
  own_ = PartOf(TrialsByCost(plan_), shard);
  std::vector<int64_t> to_do;
  std::vector<int64_t> failed;
  for (const int64_t trial : own_) {
    const TrialStatus status = trials_[trial].status();
    if (!IsDone(status)) to_do.push_back(trial);
    if (status == TrialStatus::kFailed) failed.push_back(trial);
  }
  DIDACT_RETURN_IF_ERROR(executor.Share(to_do));
  DIDACT_RETURN_IF_ERROR(executor.Share(failed));
  for (const int64_t trial : failed) trials_[trial].provenance.status = TrialStatus::kFailed;
  return to_do;
}

absl::Status SweepStates::ReadWhatOthersDid(const std::string& directory) {
  std::map<int64_t, std::vector<std::string>> notes;
  for (const int64_t trial : own_) {
    TrialProvenance& provenance = trials_[trial].provenance;
    if (ran_[trial] != 0 || IsDone(provenance.status)) continue;
    provenance.status = TrialStatus::kPending;
    if (!provenance.notes.empty()) notes[trial] = std::move(provenance.notes);
  }
  DIDACT_RETURN_IF_ERROR(ReadIndex(directory));
  for (auto& [trial, before] : notes) {
    std::vector<std::string>& now = trials_[trial].provenance.notes;
    if (now != before) now.insert(now.begin(), before.begin(), before.end());
  }
  return absl::OkStatus();
}

TrialStatus SweepStates::OutcomeOfOwn() const {
  TrialStatus outcome = TrialStatus::kFinished;
  for (const int64_t trial : own_) outcome = CombineOutcomes(outcome, trials_[trial].status());
  return outcome;
}

bool SweepStates::AreAllDone() const {
  return std::all_of(trials_.begin(), trials_.end(),
                     [](const TrialState& trial) { return IsDone(trial.status()); });
}

}  // namespace didact
