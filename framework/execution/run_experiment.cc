#include "framework/execution/run_experiment.h"

#include <memory>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/time/clock.h"
#include "framework/base/status.h"
#include "framework/execution/thread_arena.h"
#include "framework/results/run_directory.h"
#include "framework/training/trial.h"

namespace didact {
namespace {

// Trains the trials of one run.
class Runner {
 public:
  Runner(const Experiment& experiment, const PluginRegistry& registry, const RunOptions& options,
         const std::atomic<bool>& stop, RunProgress& progress)
      : experiment_(experiment),
        registry_(registry),
        options_(options),
        stop_(stop),
        progress_(progress) {}

  absl::StatusOr<std::vector<TrialResult>> Run() {
    DIDACT_RETURN_IF_ERROR(RunDirectory::Check(options_.directory, options_.force));
    const uint64_t first_seed = experiment_.seed().first();
    // The first trial shows whether the experiment can be run at all, before anything is written.
    DIDACT_ASSIGN_OR_RETURN(first_trial_, CreateTrial(TaskOf(first_seed), registry_));
    DIDACT_ASSIGN_OR_RETURN(
        const RunDirectory directory,
        RunDirectory::Create(options_.directory, options_.force, options_.experiment_text));
    Provenance provenance;
    provenance.command = options_.command;
    provenance.threads = options_.threads;
    provenance.plugin_libraries = options_.plugin_libraries;
    provenance.start = absl::Now();
    DIDACT_RETURN_IF_ERROR(WriteProvenance(directory.ProvenancePath(), provenance));

    trials_.resize(experiment_.seed().last() - first_seed + 1);
    for (size_t i = 0; i < trials_.size(); ++i) {
      trials_[i].provenance.seed = first_seed + i;
      trials_[i].provenance.status = "interrupted";
    }
    progress_.epochs = first_trial_->epochs();
    progress_.steps = static_cast<int64_t>(trials_.size()) * first_trial_->epochs() *
                      first_trial_->steps_per_epoch();
    progress_.trials = static_cast<int64_t>(trials_.size());
    RunTasks(progress_.trials, options_.threads, [&](int64_t i) { RunOne(directory, i); });

    provenance.end = absl::Now();
    for (const TrialResult& trial : trials_) provenance.trials.push_back(trial.provenance);
    provenance.outcome = Outcome();
    DIDACT_RETURN_IF_ERROR(WriteProvenance(directory.ProvenancePath(), provenance));
    return std::move(trials_);
  }

 private:
  void RunOne(const RunDirectory& directory, int64_t index) {
    if (stop_) return;
    TrialResult& result = trials_[index];
    TrialTask task = TaskOf(result.provenance.seed);
    task.directory = directory.TrialPath(task.seed);
    std::unique_ptr<Trial> trial = index == 0 ? std::move(first_trial_) : nullptr;
    result = ExecuteTrial(task, std::move(trial), registry_, stop_, progress_);
  }

  TrialTask TaskOf(uint64_t seed) const {
    TrialTask task;
    task.experiment = &experiment_;
    task.seed = seed;
    task.path = options_.path;
    return task;
  }

  std::string Outcome() const {
    const auto is = [this](absl::string_view status) {
      return absl::c_any_of(trials_, [status](const TrialResult& trial) {
        return trial.provenance.status == status;
      });
    };
    if (is("interrupted")) return "interrupted";
    return is("failed") || is("diverged") ? "failed" : "finished";
  }

  const Experiment& experiment_;
  const PluginRegistry& registry_;
  const RunOptions& options_;
  const std::atomic<bool>& stop_;
  RunProgress& progress_;
  std::unique_ptr<Trial> first_trial_;
  std::vector<TrialResult> trials_;  // by seed
};

}  // namespace

absl::StatusOr<std::vector<TrialResult>> RunExperiment(const Experiment& experiment,
                                                       const PluginRegistry& registry,
                                                       const RunOptions& options,
                                                       const std::atomic<bool>& stop,
                                                       RunProgress& progress) {
  return Runner(experiment, registry, options, stop, progress).Run();
}

}  // namespace didact
