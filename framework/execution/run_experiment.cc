#include "didact/framework/execution/run_experiment.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/missing_files.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/config/teacher_preparation.h"
#include "didact/framework/execution/build_one_trial.h"
#include "didact/framework/execution/changed_files.h"
#include "didact/framework/execution/changed_plugins.h"
#include "didact/framework/execution/earlier_inputs.h"
#include "didact/framework/execution/engine.h"
#include "didact/framework/execution/executor.h"
#include "didact/framework/execution/teacher_store.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/library/used_libraries.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/run_directory.h"
#include "didact/framework/results/trial_status.h"
#include "didact/framework/sweep/trial_cost.h"
#include "didact/framework/training/describe_metrics.h"
#include "didact/framework/training/trial.h"

namespace didact {
namespace {

// Owns a run directory while the engine trains its trials, which are numbered in the order of their
// seeds.
class ExperimentRun final : public TrialOwner {
 public:
  ExperimentRun(const ResolvedExperiment& experiment, const PluginRegistry& registry,
                const RunOptions& options, const std::atomic<bool>& stop, Progress& progress)
      : experiment_(experiment),
        registry_(registry),
        options_(options),
        stop_(stop),
        progress_(progress),
        executor_(MakeThreadExecutor(options.threads)),
        engine_(registry, *executor_, stop, progress, options.warn),
        used_libraries_(UsedLibraries(experiment, registry)),
        notes_(options.moved_files) {}

  absl::StatusOr<std::vector<TrialResult>> Run() {
    DIDACT_RETURN_IF_ERROR(options_.resume ? Reopen() : Create());
    if (built_ != nullptr) {
      for (const Problem& warning : built_->warnings()) {
        engine_.warnings().Add(warning, Locate(built_trial_, warning));
      }
    }
    teachers_.emplace(directory_->TeachersPath(), registry_);
    TrialList list;
    list.trials = static_cast<int64_t>(trials_.size());
    list.to_do = to_do_;
    list.epochs = experiment_->training().epochs();
    if (IsComplete()) {
      progress_.Begin(list.trials, list.trials, /*work=*/0, /*steps=*/0, list.epochs);
      return std::move(trials_);
    }
    Provenance provenance = NewProvenance();
    DIDACT_RETURN_IF_ERROR(WriteProvenance(provenance));
    DIDACT_RETURN_IF_ERROR(engine_.Train(list, *this));
    provenance.End();
    provenance.outcome = OutcomeOf(trials_);
    DIDACT_RETURN_IF_ERROR(WriteProvenance(provenance));
    return std::move(trials_);
  }

  // All trials take about the same time.
  TrialCost CostOf(int64_t) const override { return {steps_of_trial_, 1}; }

  absl::StatusOr<BegunTrial> Begin(int64_t trial) override {
    TrialProvenance& known = trials_[trial].provenance;
    BegunTrial begun;
    begun.task = TaskOf(known.seed);
    begun.teachers = &*teachers_;
    begun.built = trial == built_trial_ ? std::move(built_) : nullptr;
    begun.notes = std::move(known.notes);
    return begun;
  }

  Problem Locate(int64_t trial, const Problem& warning) const override {
    Problem located = warning;
    if (trials_.size() > 1) {
      absl::StrAppend(&located.text, " (seed ", experiment_->seed().first() + trial, ")");
    }
    return located;
  }

  TrialStatus End(int64_t trial, TrialResult result) override {
    trials_[trial] = std::move(result);
    return trials_[trial].provenance.status;
  }

 private:
  // Prepares a new run.
  absl::Status Create() {
    DIDACT_RETURN_IF_ERROR(RunDirectory::Check(options_.directory, options_.force));
    FillTrials();
    DIDACT_ASSIGN_OR_RETURN(data_files_, HashDataFiles(experiment_, registry_, &stop_));
    DIDACT_RETURN_IF_ERROR(BuildOne());
    DIDACT_ASSIGN_OR_RETURN(directory_, RunDirectory::Create(options_.directory, options_.force,
                                                             options_.experiment_text));
    return absl::OkStatus();
  }

  // Prepares a run that exists.
  absl::Status Reopen() {
    DIDACT_ASSIGN_OR_RETURN(directory_, RunDirectory::Open(options_.directory));
    earlier_ = ReadProvenance(directory_->ProvenancePath());
    FillTrials();
    if (IsComplete()) return absl::OkStatus();
    const EarlierInputs before = FindEarlierInputs(*directory_, earlier_, used_libraries_);
    DIDACT_RETURN_IF_ERROR(CheckChangedPlugins(options_.directory, before.libraries,
                                               used_libraries_, options_.allow_changed_plugins,
                                               notes_));
    DIDACT_ASSIGN_OR_RETURN(data_files_, HashDataFiles(experiment_, registry_, &stop_));
    DIDACT_RETURN_IF_ERROR(CheckChangedFiles(options_.directory, before.files, data_files_,
                                             /*same_path=*/false, options_.allow_changed_files,
                                             notes_));
    if (to_do_.empty() && before.files) data_files_ = MergeDataFiles(*before.files, data_files_);
    const absl::Status prepared = to_do_.empty() ? FindMissingFiles() : BuildOne();
    if (absl::IsCancelled(prepared)) return prepared;
    DIDACT_RETURN_IF_ERROR(ExplainMissingFiles(
        prepared, options_.path, experiment_, registry_, [this](const FileName& file) {
          return HowToSayWhereItIs(options_.directory, file.field);
        }));
    return ReplaceExperimentText();
  }

  // Reports missing files if no trial is left whose construction would report them.
  absl::Status FindMissingFiles() const {
    Problems problems;
    for (const FileName& file : DataFileNames(experiment_, registry_)) {
      if (!IsMissing(file)) continue;
      problems.Add(
          options_.path.Field(file.field)
              .Error(absl::StatusCode::kNotFound, absl::StrCat(file.name, ": does not exist")));
    }
    return problems.ToStatus();
  }

  absl::Status ReplaceExperimentText() const {
    if (options_.experiment_text.empty()) return absl::OkStatus();
    DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadFile(directory_->ExperimentPath()));
    if (text == options_.experiment_text) return absl::OkStatus();
    return WriteFileAtomically(directory_->ExperimentPath(), options_.experiment_text);
  }

  // Fills trials_ with what is known of the trials, and to_do_ with those that are left.
  void FillTrials() {
    const uint64_t first_seed = experiment_->seed().first();
    trials_.resize(experiment_->seed().last() - first_seed + 1);
    for (size_t i = 0; i < trials_.size(); ++i) {
      TrialProvenance provenance;
      provenance.seed = first_seed + i;
      provenance.status = TrialStatus::kInterrupted;
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

  // Adds the properties of a trial that outcome.json does not have.
  void AddEarlier(TrialProvenance& trial) const {
    for (const TrialProvenance& earlier : earlier_.trials) {
      if (earlier.seed != trial.seed || earlier.status != trial.status) continue;
      trial.seconds = earlier.seconds;
      trial.resumed_at = earlier.resumed_at;
      trial.notes = earlier.notes;
      trial.warnings = earlier.warnings;
      trial.teachers = earlier.teachers;
    }
  }

  // Keeps what earlier processes recorded of a trial that is still to be done.
  void TakeOver(TrialProvenance& trial) const {
    for (const TrialProvenance& earlier : earlier_.trials) {
      if (earlier.seed != trial.seed) continue;
      trial.notes = earlier.notes;
      if (earlier.status != TrialStatus::kFailed) continue;
      trial.status = earlier.status;
      trial.message = earlier.message;
      trial.steps = earlier.steps;
    }
  }

  // Returns true if no trial is left to be done and provenance is up to date.
  bool IsComplete() const {
    return to_do_.empty() && options_.moved_files.empty() && RunEnded(directory_->ProvenancePath());
  }

  // Builds a trial before anything is written, to see whether the experiment can be run at all.
  // Trials that failed before are not used: they may fail again and must not keep the others from
  // being done.
  absl::Status BuildOne() {
    std::vector<uint64_t> seeds;
    for (const int64_t trial : to_do_) {
      const TrialProvenance& to_do = trials_[trial].provenance;
      if (to_do.status != TrialStatus::kFailed) seeds.push_back(to_do.seed);
      if (seeds.size() == 2) break;  // BuildOneTrial uses at most two
    }
    DIDACT_ASSIGN_OR_RETURN(built_,
                            BuildOneTrial(experiment_, seeds, registry_, options_.path, &stop_));
    if (built_ == nullptr) return absl::OkStatus();
    built_trial_ = static_cast<int64_t>(built_->seed() - experiment_->seed().first());
    steps_of_trial_ = built_->steps();
    // Its teacher is not trained.
    if (TrainsTeacher(*experiment_)) built_ = nullptr;
    return absl::OkStatus();
  }

  TrialTask TaskOf(uint64_t seed) const {
    TrialTask task;
    task.experiment = &experiment_;
    task.seed = seed;
    task.path = options_.path;
    task.resume = options_.resume;
    task.allowed_changes = {options_.allow_changed_plugins, options_.allow_changed_files};
    task.data_files = &data_files_;
    if (directory_) task.directory = directory_->Trial(seed);
    return task;
  }

  // Call before training: provenance measures time from its construction.
  Provenance NewProvenance() const {
    Provenance provenance;
    provenance.command = options_.command;
    provenance.threads = options_.threads;
    provenance.plugin_libraries = LoadedLibraries(registry_, used_libraries_);
    provenance.data_files = data_files_;
    provenance.metric_keys =
        DescribeMetrics(experiment_, experiment_.context(registry_, FieldPath()));
    provenance.notes = notes_;
    provenance.earlier = earlier_.earlier;
    return provenance;
  }

  // Writes provenance with the present state of the trials.
  absl::Status WriteProvenance(Provenance& provenance) const {
    provenance.trials.clear();
    for (const TrialResult& trial : trials_) provenance.trials.push_back(trial.provenance);
    return didact::WriteProvenance(directory_->ProvenancePath(), provenance);
  }

  const ResolvedExperiment& experiment_;
  const PluginRegistry& registry_;
  const RunOptions& options_;
  const std::atomic<bool>& stop_;
  Progress& progress_;
  const std::unique_ptr<Executor> executor_;
  Engine engine_;
  const std::vector<PluginLibraryInfo> used_libraries_;
  std::vector<DataFile> data_files_;
  std::vector<std::string> notes_;  // for provenance
  std::optional<RunDirectory> directory_;
  EarlierProvenance earlier_;
  std::optional<TeacherStore> teachers_;  // from the moment at which the directory is there
  std::vector<TrialResult> trials_;       // by seed
  std::vector<int64_t> to_do_;            // indices of trials_
  std::unique_ptr<Trial> built_;          // one of to_do_, until it begins
  int64_t built_trial_ = -1;              // its index in trials_, or -1
  int64_t steps_of_trial_ = 0;            // 0 if unknown
};

}  // namespace

absl::StatusOr<std::vector<TrialResult>> RunExperiment(const Experiment& experiment,
                                                       const PluginRegistry& registry,
                                                       const RunOptions& options,
                                                       const std::atomic<bool>& stop,
                                                       Progress& progress) {
  DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment resolved,
                          ResolvedExperiment::Create(experiment, registry, options.path));
  return RunExperiment(resolved, registry, options, stop, progress);
}

absl::StatusOr<std::vector<TrialResult>> RunExperiment(const ResolvedExperiment& experiment,
                                                       const PluginRegistry& registry,
                                                       const RunOptions& options,
                                                       const std::atomic<bool>& stop,
                                                       Progress& progress) {
  return ExperimentRun(experiment, registry, options, stop, progress).Run();
}

}  // namespace didact
