#include "framework/execution/run_experiment.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "framework/base/problems.h"
#include "framework/base/status.h"
#include "framework/config/data_files.h"
#include "framework/config/file_names.h"
#include "framework/config/missing_files.h"
#include "framework/config/resolve_experiment.h"
#include "framework/execution/changed_files.h"
#include "framework/execution/changed_plugins.h"
#include "framework/execution/first_warnings.h"
#include "framework/execution/thread_arena.h"
#include "framework/io/file.h"
#include "framework/plugin/library/used_libraries.h"
#include "framework/results/run_directory.h"
#include "framework/training/describe_metrics.h"
#include "framework/training/trial.h"

namespace didact {
namespace {

constexpr char kFailed[] = "failed";

// Trains the trials of one run.
class Runner {
 public:
  Runner(const ResolvedExperiment& experiment, const PluginRegistry& registry,
         const RunOptions& options, const std::atomic<bool>& stop, RunProgress& progress)
      : experiment_(experiment),
        registry_(registry),
        options_(options),
        stop_(stop),
        progress_(progress),
        used_libraries_(UsedLibraries(experiment, registry)),
        notes_(options.moved_files),
        warnings_(options.warn) {}

  absl::StatusOr<std::vector<TrialResult>> Run() {
    DIDACT_RETURN_IF_ERROR(options_.resume ? Reopen() : Begin());
    if (prepared_ != nullptr) {
      for (const Problem& warning : prepared_->warnings()) Warn(warning, prepared_->seed());
    }
    Provenance provenance;
    provenance.command = options_.command;
    provenance.threads = options_.threads;
    provenance.plugin_libraries = LoadedLibraries(registry_, used_libraries_);
    provenance.data_files = data_files_;
    provenance.metric_keys = DescribeMetrics(experiment_, registry_);
    provenance.notes = notes_;
    provenance.earlier = earlier_.earlier;
    const bool is_complete = IsComplete();
    if (!is_complete) {
      for (const TrialResult& trial : trials_) provenance.trials.push_back(trial.provenance);
      DIDACT_RETURN_IF_ERROR(WriteProvenance(directory_->ProvenancePath(), provenance));
    }
    const int64_t count = static_cast<int64_t>(to_do_.size());
    progress_.epochs = experiment_->training().epochs();
    if (prepared_ != nullptr) {
      progress_.steps = count * prepared_->epochs() * prepared_->steps_per_epoch();
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
    DIDACT_ASSIGN_OR_RETURN(data_files_, HashDataFiles(experiment_, registry_, &stop_));
    DIDACT_RETURN_IF_ERROR(PrepareOne());
    DIDACT_ASSIGN_OR_RETURN(directory_, RunDirectory::Create(options_.directory, options_.force,
                                                             options_.experiment_text));
    return absl::OkStatus();
  }

  // One that is there.
  absl::Status Reopen() {
    DIDACT_ASSIGN_OR_RETURN(directory_, RunDirectory::Open(options_.directory));
    earlier_ = ReadProvenance(directory_->ProvenancePath());
    FillTrials();
    if (IsComplete()) return absl::OkStatus();
    FindInputsBefore();
    DIDACT_RETURN_IF_ERROR(CheckChangedPlugins(options_.directory, libraries_before_,
                                               used_libraries_, options_.allow_changed_plugins,
                                               notes_));
    DIDACT_ASSIGN_OR_RETURN(data_files_, HashDataFiles(experiment_, registry_, &stop_));
    DIDACT_RETURN_IF_ERROR(CheckChangedFiles(options_.directory, files_before_, data_files_,
                                             /*same_path=*/false, options_.allow_changed_files,
                                             notes_));
    if (to_do_.empty() && files_before_) {
      data_files_ = MergeDataFiles(*files_before_, data_files_);
    }
    const absl::Status prepared = to_do_.empty() ? FindMissingFiles() : PrepareOne();
    if (absl::IsCancelled(prepared)) return prepared;
    DIDACT_RETURN_IF_ERROR(ExplainMissingFiles(
        prepared, options_.path, experiment_, registry_, [this](const FileName& file) {
          return HowToSayWhereItIs(options_.directory, file.field);
        }));
    return ReplaceExperimentText();
  }

  // Finds out with which libraries and from which files the run was computed until now. An experiment of
  // a sweep that was interrupted has no provenance of its own.
  void FindInputsBefore() {
    libraries_before_ = earlier_.used_libraries;
    files_before_ = earlier_.data_files;
    const std::string sweep = JoinPath(options_.directory, "../..");
    if (!PathExists(JoinPath(sweep, "sweep.textproto"))) return;
    EarlierProvenance of_sweep = ReadLatestProvenance(sweep);
    if (!files_before_) files_before_ = std::move(of_sweep.data_files);
    if (libraries_before_ || !of_sweep.used_libraries) return;
    libraries_before_.emplace();
    for (const PluginLibraryInfo& library : *of_sweep.used_libraries) {
      const bool is_used = absl::c_any_of(used_libraries_, [&](const PluginLibraryInfo& used) {
        return used.name == library.name;
      });
      if (is_used) libraries_before_->push_back(library);
    }
  }

  // Where no trial is left that would find it out.
  absl::Status FindMissingFiles() const {
    Problems problems;
    for (const FileName& file : DataFileNames(experiment_, registry_)) {
      if (!IsMissing(file)) continue;
      problems.Add(absl::NotFoundError(absl::StrCat(options_.path.Field(file.field).ToString(),
                                                    ": ", file.name, ": does not exist")));
    }
    return problems.ToStatus();
  }

  absl::Status ReplaceExperimentText() const {
    if (options_.experiment_text.empty()) return absl::OkStatus();
    DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadFile(directory_->ExperimentPath()));
    if (text == options_.experiment_text) return absl::OkStatus();
    return WriteFileAtomically(directory_->ExperimentPath(), options_.experiment_text);
  }

  // What is known of the trials, and which are to do.
  void FillTrials() {
    const uint64_t first_seed = experiment_->seed().first();
    trials_.resize(experiment_->seed().last() - first_seed + 1);
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
        TakeOver(provenance);
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
      trial.warnings = earlier.warnings;
    }
  }

  // What earlier processes found out about a trial that is to do, so that it is not forgotten.
  void TakeOver(TrialProvenance& trial) const {
    for (const TrialProvenance& earlier : earlier_.trials) {
      if (earlier.seed != trial.seed) continue;
      trial.notes = earlier.notes;
      if (earlier.status != kFailed) continue;
      trial.status = earlier.status;
      trial.message = earlier.message;
      trial.steps = earlier.steps;
    }
  }

  // Whether nothing is left to be done, nor to be said in provenance.
  bool IsComplete() const {
    return to_do_.empty() && options_.moved_files.empty() && RunEnded(directory_->ProvenancePath());
  }

  // A trial shows whether the experiment can be run at all, before anything is written. Not one that failed
  // before: it may fail again, and must not keep the others from going on.
  absl::Status PrepareOne() {
    absl::Status refusal;
    for (size_t i = 0; i < to_do_.size() && prepared_ == nullptr; ++i) {
      const TrialProvenance& to_do = trials_[to_do_[i]].provenance;
      if (to_do.status == kFailed) continue;
      absl::StatusOr<std::unique_ptr<Trial>> trial =
          CreateTrial(TaskOf(to_do.seed), registry_, &stop_);
      if (trial.ok()) {
        prepared_ = *std::move(trial);
        prepared_index_ = static_cast<int64_t>(i);
        return absl::OkStatus();
      }
      // Where a plugin throws, another trial shows whether it does so in this one alone.
      if (!absl::IsUnknown(trial.status())) return trial.status();
      if (!refusal.ok()) return refusal;
      refusal = trial.status();
    }
    return refusal;
  }

  void RunOne(int64_t index) {
    if (stop_) return;
    TrialResult& result = trials_[to_do_[index]];
    TrialTask task = TaskOf(result.provenance.seed);
    task.warn = [this, seed = task.seed](const Problem& warning) { Warn(warning, seed); };
    std::vector<std::string> notes = std::move(result.provenance.notes);
    std::unique_ptr<Trial> trial = index == prepared_index_ ? std::move(prepared_) : nullptr;
    result = ExecuteTrial(task, std::move(trial), registry_, stop_, progress_);
    std::vector<std::string>& all = result.provenance.notes;
    all.insert(all.begin(), notes.begin(), notes.end());
  }

  void Warn(const Problem& warning, uint64_t seed) {
    const std::string text = warning.ToString();
    warnings_.Add(text, trials_.size() == 1 ? text : absl::StrCat(text, " (seed ", seed, ")"));
  }

  TrialTask TaskOf(uint64_t seed) const {
    TrialTask task;
    task.experiment = &experiment_;
    task.seed = seed;
    task.path = options_.path;
    task.resume = options_.resume;
    task.allowed_changes = {options_.allow_changed_plugins, options_.allow_changed_files};
    task.data_files = &data_files_;
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
    return is(kFailed) || is("diverged") ? kFailed : "finished";
  }

  const ResolvedExperiment& experiment_;
  const PluginRegistry& registry_;
  const RunOptions& options_;
  const std::atomic<bool>& stop_;
  RunProgress& progress_;
  const std::vector<PluginLibraryInfo> used_libraries_;
  std::vector<DataFile> data_files_;
  std::optional<std::vector<PluginLibraryInfo>> libraries_before_;
  std::optional<std::vector<DataFile>> files_before_;
  std::vector<std::string> notes_;  // for provenance
  FirstWarnings warnings_;
  std::optional<RunDirectory> directory_;
  EarlierProvenance earlier_;
  std::vector<TrialResult> trials_;  // by seed
  std::vector<int64_t> to_do_;       // indices of trials_
  std::unique_ptr<Trial> prepared_;  // one of to_do_, until its turn comes
  int64_t prepared_index_ = -1;      // which of to_do_
};

}  // namespace

absl::StatusOr<std::vector<TrialResult>> RunExperiment(const Experiment& experiment,
                                                       const PluginRegistry& registry,
                                                       const RunOptions& options,
                                                       const std::atomic<bool>& stop,
                                                       RunProgress& progress) {
  DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment resolved,
                          ResolvedExperiment::Create(experiment, registry, options.path));
  return RunExperiment(resolved, registry, options, stop, progress);
}

absl::StatusOr<std::vector<TrialResult>> RunExperiment(const ResolvedExperiment& experiment,
                                                       const PluginRegistry& registry,
                                                       const RunOptions& options,
                                                       const std::atomic<bool>& stop,
                                                       RunProgress& progress) {
  return Runner(experiment, registry, options, stop, progress).Run();
}

}  // namespace didact
