#include "framework/execution/run_experiment.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "framework/base/file.h"
#include "framework/base/status.h"
#include "framework/execution/changed_plugins.h"
#include "framework/execution/thread_arena.h"
#include "framework/experiment/missing_files.h"
#include "framework/plugin/used_libraries.h"
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
        progress_(progress),
        used_libraries_(UsedLibraries(experiment, registry)),
        notes_(options.moved_files) {}

  absl::StatusOr<std::vector<TrialResult>> Run() {
    DIDACT_RETURN_IF_ERROR(options_.resume ? Reopen() : Begin());
    Provenance provenance;
    provenance.command = options_.command;
    provenance.threads = options_.threads;
    provenance.plugin_libraries = LoadedLibraries(registry_, used_libraries_);
    provenance.notes = notes_;
    provenance.earlier = earlier_.earlier;
    const bool is_complete = IsComplete();
    if (!is_complete) {
      for (const TrialResult& trial : trials_) provenance.trials.push_back(trial.provenance);
      DIDACT_RETURN_IF_ERROR(WriteProvenance(directory_->ProvenancePath(), provenance));
    }
    const int64_t count = static_cast<int64_t>(to_do_.size());
    if (first_trial_ != nullptr) {
      progress_.epochs = first_trial_->epochs();
      progress_.steps = count * first_trial_->epochs() * first_trial_->steps_per_epoch();
    }
    progress_.trials_done = static_cast<int64_t>(trials_.size()) - count;
    progress_.trials = static_cast<int64_t>(trials_.size());
    if (is_complete) return std::move(trials_);
    RunTasks(count, options_.threads, [this](int64_t i) { RunOne(i); });

    provenance.End();
    provenance.trials.clear();
    for (const TrialResult& trial : trials_) provenance.trials.push_back(trial.provenance);
    provenance.outcome = Outcome();
    DIDACT_RETURN_IF_ERROR(WriteProvenance(directory_->ProvenancePath(), provenance));
    return std::move(trials_);
  }

 private:
  // A new run.
  absl::Status Begin() {
    DIDACT_RETURN_IF_ERROR(RunDirectory::Check(options_.directory, options_.force));
    FillTrials();
    DIDACT_RETURN_IF_ERROR(CreateFirst());
    DIDACT_ASSIGN_OR_RETURN(directory_, RunDirectory::Create(options_.directory, options_.force,
                                                             options_.experiment_text));
    return absl::OkStatus();
  }

  // One that is there.
  absl::Status Reopen() {
    DIDACT_ASSIGN_OR_RETURN(directory_, RunDirectory::Open(options_.directory));
    earlier_ = ReadProvenance(directory_->ProvenancePath());
    FillTrials();
    if (IsComplete()) {
      if (options_.moved_files.empty()) return absl::OkStatus();
      return absl::InvalidArgumentError(
          absl::StrCat(options_.directory, ": is finished: --set has nothing to change"));
    }
    DIDACT_RETURN_IF_ERROR(CheckChangedPlugins(options_.directory, LibrariesBefore(),
                                               used_libraries_, options_.allow_changed_plugins,
                                               notes_));
    const absl::Status created = CreateFirst();
    if (absl::IsCancelled(created)) return created;
    DIDACT_RETURN_IF_ERROR(ExplainMissingFiles(
        created, options_.path, experiment_, registry_, [this](const FileName& file) {
          return HowToSayWhereItIs(options_.directory, file.field);
        }));
    return ReplaceExperimentText();
  }

  // The libraries that the run was computed with until now. An experiment of a sweep that was
  // interrupted has no provenance of its own.
  std::optional<std::vector<PluginLibraryInfo>> LibrariesBefore() const {
    if (PathExists(directory_->ProvenancePath())) return earlier_.used_libraries;
    const std::string sweep = JoinPath(options_.directory, "../..");
    if (!PathExists(JoinPath(sweep, "sweep.textproto"))) return std::nullopt;
    std::optional<std::vector<PluginLibraryInfo>> of_sweep =
        ReadLatestProvenance(sweep).used_libraries;
    if (!of_sweep) return std::nullopt;
    std::erase_if(*of_sweep, [this](const PluginLibraryInfo& library) {
      return absl::c_none_of(used_libraries_, [&library](const PluginLibraryInfo& used) {
        return used.name == library.name;
      });
    });
    return of_sweep;
  }

  absl::Status ReplaceExperimentText() const {
    if (options_.experiment_text.empty()) return absl::OkStatus();
    DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadFile(directory_->ExperimentPath()));
    if (text == options_.experiment_text) return absl::OkStatus();
    return WriteFileAtomically(directory_->ExperimentPath(), options_.experiment_text);
  }

  // What is known of the trials, and which are to do.
  void FillTrials() {
    const uint64_t first_seed = experiment_.seed().first();
    trials_.resize(experiment_.seed().last() - first_seed + 1);
    for (size_t i = 0; i < trials_.size(); ++i) {
      TrialProvenance provenance;
      provenance.seed = first_seed + i;
      provenance.status = "interrupted";
      if (options_.resume) {
        std::vector<std::string> notes;
        std::optional<TrialResult> ended = EndedTrial(TaskOf(provenance.seed), notes);
        if (ended) {
          trials_[i] = *std::move(ended);
          AddEarlier(trials_[i].provenance);
          continue;
        }
        provenance.notes = NotesOf(provenance.seed);
        provenance.notes.insert(provenance.notes.end(), notes.begin(), notes.end());
      }
      trials_[i].provenance = std::move(provenance);
      to_do_.push_back(static_cast<int64_t>(i));
    }
  }

  // What outcome.json does not say of a trial.
  void AddEarlier(TrialProvenance& trial) const {
    for (const TrialProvenance& earlier : earlier_.trials) {
      if (earlier.seed != trial.seed || earlier.status != trial.status) continue;
      trial.seconds = earlier.seconds;
      trial.resumed_at = earlier.resumed_at;
      trial.notes = earlier.notes;
    }
  }

  // What earlier processes found, so that it is not forgotten.
  std::vector<std::string> NotesOf(uint64_t seed) const {
    for (const TrialProvenance& earlier : earlier_.trials) {
      if (earlier.seed == seed) return earlier.notes;
    }
    return {};
  }

  // Whether nothing is left to be done, nor to be said in provenance.
  bool IsComplete() const { return to_do_.empty() && RunEnded(directory_->ProvenancePath()); }

  // The first trial shows whether the experiment can be run at all, before anything is written.
  absl::Status CreateFirst() {
    if (to_do_.empty()) return absl::OkStatus();
    DIDACT_ASSIGN_OR_RETURN(
        first_trial_,
        CreateTrial(TaskOf(trials_[to_do_.front()].provenance.seed), registry_, &stop_));
    return absl::OkStatus();
  }

  void RunOne(int64_t index) {
    if (stop_) return;
    TrialResult& result = trials_[to_do_[index]];
    const TrialTask task = TaskOf(result.provenance.seed);
    std::vector<std::string> notes = std::move(result.provenance.notes);
    std::unique_ptr<Trial> trial = index == 0 ? std::move(first_trial_) : nullptr;
    result = ExecuteTrial(task, std::move(trial), registry_, stop_, progress_);
    std::vector<std::string>& all = result.provenance.notes;
    all.insert(all.begin(), notes.begin(), notes.end());
  }

  TrialTask TaskOf(uint64_t seed) const {
    TrialTask task;
    task.experiment = &experiment_;
    task.seed = seed;
    task.path = options_.path;
    task.resume = options_.resume;
    task.allow_changed_plugins = options_.allow_changed_plugins;
    if (directory_) task.directory = directory_->TrialPath(seed);
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
  const std::vector<PluginLibraryInfo> used_libraries_;
  std::vector<std::string> notes_;  // for provenance
  std::optional<RunDirectory> directory_;
  EarlierProvenance earlier_;
  std::vector<TrialResult> trials_;     // by seed
  std::vector<int64_t> to_do_;          // indices of trials_
  std::unique_ptr<Trial> first_trial_;  // of to_do_
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
