#include "framework/execution/run_sweep.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "framework/base/problems.h"
#include "framework/base/status.h"
#include "framework/config/compare_configs.h"
#include "framework/config/data_files.h"
#include "framework/config/file_names.h"
#include "framework/config/resolve_experiment.h"
#include "framework/config/text_format.h"
#include "framework/execution/changed_files.h"
#include "framework/execution/changed_plugins.h"
#include "framework/execution/execute_trial.h"
#include "framework/execution/first_warnings.h"
#include "framework/execution/probe_sweep.h"
#include "framework/io/file.h"
#include "framework/plugin/library/used_libraries.h"
#include "framework/plugin/metric_key.h"
#include "framework/results/extension_request.h"
#include "framework/results/provenance.h"
#include "framework/results/run_directory.h"
#include "framework/results/sweep_directory.h"
#include "framework/results/sweep_index.h"
#include "framework/results/sweep_lock.h"
#include "framework/training/describe_metrics.h"

namespace didact {
namespace {

// An experiment of which trials are running. Whoever comes first makes it.
struct ActiveExperiment {
  std::once_flag once;
  IndexedTrial indexed;
  absl::Status status;  // what is below is there if this is OK
  std::optional<ResolvedExperiment> experiment;
  std::vector<MetricKey> metric_keys;
  std::optional<RunDirectory> directory;
};

class SweepRunner {
 public:
  SweepRunner(const SweepPlan& plan, const PluginRegistry& registry, const SweepOptions& options,
              Executor& executor, const std::atomic<bool>& stop, SweepProgress& progress)
      : plan_(plan),
        registry_(registry),
        options_(options),
        executor_(executor),
        stop_(stop),
        progress_(progress),
        warnings_(options.warn) {}

  absl::StatusOr<SweepResult> Run() {
    // Every step is done by all processes: an error in one ends it for all.
    DIDACT_RETURN_IF_ERROR(executor_.Agree(Prepare()));
    DIDACT_RETURN_IF_ERROR(ShareFlag(joins_));
    DIDACT_RETURN_IF_ERROR(CompareLibraries());
    DIDACT_RETURN_IF_ERROR(executor_.Agree(
        joins_ ? absl::OkStatus() : ProbeSweep(plan_, registry_, &warnings_, &stop_)));
    DIDACT_ASSIGN_OR_RETURN(const std::vector<int64_t> to_do, ToDo());
    moves_files_ = !comparison_.file_names.empty();
    DIDACT_RETURN_IF_ERROR(ShareFlag(moves_files_));
    DIDACT_RETURN_IF_ERROR(executor_.Agree(HashFiles(to_do)));
    DIDACT_RETURN_IF_ERROR(CompareFiles());
    // A sweep whose trials are done may lack its last records, if its process was killed.
    bool is_finished =
        to_do.empty() && !moves_files_ && RunEnded(JoinPath(options_.directory, "provenance.json"));
    DIDACT_RETURN_IF_ERROR(ShareFlag(is_finished));
    if (is_finished && options_.shard.is_whole() && !options_.resume) {
      return absl::AlreadyExistsError(absl::StrCat(
          options_.directory,
          ": holds a finished sweep; choose another folder with --out=DIR, or replace it with "
          "--force"));
    }
    if (to_do.empty() && !options_.shard.is_whole()) return std::move(result_);
    goes_on_ = joins_ && !is_finished;
    DIDACT_RETURN_IF_ERROR(
        executor_.Agree(executor_.leads() && joins_ ? CheckGoingOn(to_do) : absl::OkStatus()));
    DIDACT_RETURN_IF_ERROR(executor_.Agree(executor_.leads() ? Open() : absl::OkStatus()));
    DIDACT_RETURN_IF_ERROR(executor_.Agree(executor_.leads() ? absl::OkStatus() : Join()));
    if (is_finished) return std::move(result_);
    DIDACT_RETURN_IF_ERROR(
        executor_.Agree(executor_.leads() ? WriteOwnProvenance() : absl::OkStatus()));
    progress_.Begin(static_cast<int64_t>(result_.own.size()),
                    static_cast<int64_t>(result_.own.size() - to_do.size()), WorkOf(to_do));
    std::vector<WorkItem> items;
    for (const int64_t trial : to_do) items.push_back({trial, SecondsOf(trial)});
    DIDACT_RETURN_IF_ERROR(executor_.Execute(
        items, stop_, progress_,
        [this](int64_t trial, const std::atomic<bool>& stop) { RunOne(trial, stop); }));
    DIDACT_RETURN_IF_ERROR(executor_.Agree(executor_.leads() ? Finish() : absl::OkStatus()));
    return std::move(result_);
  }

 private:
  // Finds out, before anything is written, what is there.
  absl::Status Prepare() {
    process_ = options_.shard.name();
    if (!executor_.process_name().empty()) {
      absl::StrAppend(&process_, process_.empty() ? "" : ".", executor_.process_name());
    }
    ClearTrials();
    if (!executor_.leads()) return absl::OkStatus();
    DIDACT_RETURN_IF_ERROR(FindSweepText());
    DIDACT_ASSIGN_OR_RETURN(const SweepDirectory::State state,
                            SweepDirectory::Look(options_.directory, sweep_text_));
    if (state == SweepDirectory::State::kBeingExtended && !options_.force) {
      DIDACT_RETURN_IF_ERROR(CheckIsNotBeingExtended(options_.directory));
    }
    if (state == SweepDirectory::State::kOther && !options_.force) return OtherSweep();
    DIDACT_RETURN_IF_ERROR(SweepLock::CheckFree(options_.directory, options_.shard.name()));
    if (options_.resume && state == SweepDirectory::State::kNew) {
      return absl::NotFoundError(absl::StrCat(options_.directory, ": holds no sweep"));
    }
    joins_ = state == SweepDirectory::State::kSame && !options_.force;
    return joins_ ? ReadIndex() : absl::OkStatus();
  }

  // What sweep.textproto has, if that is this sweep, wherever its plugin libraries lie, and its other
  // files if they may have moved.
  absl::Status FindSweepText() {
    sweep_text_ = options_.sweep_text;
    const std::string path = JoinPath(options_.directory, "sweep.textproto");
    if (options_.force || !PathExists(path)) return absl::OkStatus();
    DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
    if (text == options_.sweep_text) return absl::OkStatus();
    Sweep before;
    // What cannot be read is another sweep.
    if (!ParseText(text, registry_, FieldPath(path), before).ok()) return absl::OkStatus();
    Sweep now = plan_.sweep();
    before.mutable_base()->clear_plugin_library();
    now.mutable_base()->clear_plugin_library();
    comparison_ = CompareConfigs(before, now, registry_);
    const bool is_this = comparison_.differences.empty() &&
                         (comparison_.file_names.empty() || options_.allow_moved_files);
    if (is_this) sweep_text_ = text;
    return absl::OkStatus();
  }

  // Why the sweep that is there is not this one.
  absl::Status OtherSweep() const {
    if (options_.resume && !comparison_.differences.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--set: may change names of files alone, since the sweep in ",
                       options_.directory, " goes on, got ", comparison_.differences));
    }
    if (comparison_.file_names.empty()) {
      return absl::AlreadyExistsError(
          absl::StrCat(options_.directory, ": holds another sweep; extend it with 'didact extend ",
                       options_.directory,
                       "', choose another folder with --out=DIR, or replace it with --force"));
    }
    std::string names;
    std::string flags;
    for (const FileNameChange& change : comparison_.file_names) {
      absl::StrAppend(&names, names.empty() ? "" : ", ", change.field, " was ", change.before,
                      " and is ", change.now);
      absl::StrAppend(&flags, " --set=", absl::StripPrefix(change.field, "base."), "=", change.now);
    }
    return absl::AlreadyExistsError(absl::StrCat(
        options_.directory, ": holds this sweep with other files: ", names,
        "; if they have only been moved, go on with 'didact resume ", options_.directory, flags,
        "', otherwise choose another folder with --out=DIR, or replace it with --force"));
  }

  // Libraries of one name may differ from machine to machine.
  absl::Status CompareLibraries() {
    std::string own;
    for (const PluginLibraryInfo& library : plan_.used_libraries()) {
      absl::StrAppend(&own, own.empty() ? "" : ", ", library.name, " ", library.version,
                      " with SHA-256 ", library.sha256);
    }
    std::vector<int64_t> leading(own.begin(), own.end());
    DIDACT_RETURN_IF_ERROR(executor_.Share(leading));
    const std::string wanted(leading.begin(), leading.end());
    if (own == wanted) return executor_.Agree(absl::OkStatus());
    return executor_.Agree(absl::FailedPreconditionError(
        absl::StrCat(options_.directory, ": all processes must have the same plugin libraries, ",
                     wanted.empty() ? "none" : wanted, "; process ", process_, " has ",
                     own.empty() ? "none" : own)));
  }

  // So may files of one name.
  absl::Status CompareFiles() {
    std::string own;
    for (const DataFile& file : data_files_) {
      absl::StrAppend(&own, file.field, ": ", file.path, " with SHA-256 ", file.sha256, "\n");
    }
    std::vector<int64_t> leading(own.begin(), own.end());
    DIDACT_RETURN_IF_ERROR(executor_.Share(leading));
    const std::string wanted(leading.begin(), leading.end());
    if (own == wanted) return executor_.Agree(absl::OkStatus());
    const auto differ = std::mismatch(own.begin(), own.end(), wanted.begin(), wanted.end());
    const auto line_at = [](const std::string& text, size_t place) {
      const size_t begin = place == 0 ? 0 : text.rfind('\n', place - 1) + 1;
      const std::string line = text.substr(begin, text.find('\n', begin) - begin);
      return line.empty() ? "nothing" : line;
    };
    const size_t place = static_cast<size_t>(differ.first - own.begin());
    return executor_.Agree(absl::FailedPreconditionError(absl::StrCat(
        options_.directory, ": all processes must find the same files, ", line_at(wanted, place),
        "; process ", process_, " has ", line_at(own, place))));
  }

  // Whether what is left of the sweep can be done, and would not mix with what is there.
  absl::Status CheckGoingOn(const std::vector<int64_t>& to_do) {
    if (!goes_on_) return absl::OkStatus();
    for (const FileNameChange& change : comparison_.file_names) {
      provenance_.notes.push_back(
          absl::StrCat(change.field, ": ", change.before, " -> ", change.now));
    }
    EarlierProvenance earlier = ReadLatestProvenance(options_.directory);
    DIDACT_RETURN_IF_ERROR(CheckChangedPlugins(options_.directory, earlier.used_libraries,
                                               plan_.used_libraries(),
                                               options_.allow_changed_plugins, provenance_.notes));
    if (earlier.data_files) MoveDataFiles(comparison_.file_names, *earlier.data_files);
    DIDACT_RETURN_IF_ERROR(CheckChangedFiles(options_.directory, earlier.data_files, data_files_,
                                             /*same_path=*/true, options_.allow_changed_files,
                                             provenance_.notes));
    if (earlier.data_files) {
      // Files of trials that have ended stay recorded, but not their old places.
      DIDACT_ASSIGN_OR_RETURN(const std::vector<FileName> names,
                              plan_.DataFileNames(plan_.AllExperiments()));
      data_files_ =
          DataFilesNamed(MergeDataFiles(*std::move(earlier.data_files), data_files_), names);
    }
    const bool is_done = to_do.empty() && moves_files_;
    return ProbeMissingFiles(plan_, registry_,
                             is_done ? plan_.AllExperiments() : ExperimentsOf(to_do),
                             options_.directory, &stop_);
  }

  std::set<int64_t> ExperimentsOf(const std::vector<int64_t>& trials) const {
    std::set<int64_t> experiments;
    for (const int64_t trial : trials) experiments.insert(plan_.ExperimentOf(trial));
    return experiments;
  }

  // Fills data_files_ with those of the trials that are left, and of all if their places have changed.
  absl::Status HashFiles(const std::vector<int64_t>& to_do) {
    DIDACT_ASSIGN_OR_RETURN(
        const std::vector<FileName> names,
        plan_.DataFileNames(moves_files_ ? plan_.AllExperiments() : ExperimentsOf(to_do)));
    DIDACT_ASSIGN_OR_RETURN(data_files_, HashDataFiles(names, &stop_));
    return absl::OkStatus();
  }

  void ClearTrials() {
    result_.trials.assign(plan_.trials(), TrialState());
    for (const PlannedExperiment& experiment : plan_.experiments()) {
      for (int64_t t = 0; t < experiment.trials; ++t) {
        TrialProvenance& trial = result_.trials[experiment.first_trial + t].provenance;
        trial.seed = experiment.first_seed + t;
        trial.status = TrialStatusName(TrialStatus::kPending);
      }
    }
  }

  absl::Status ReadIndex() {
    std::vector<int> files(result_.trials.size(), -1);  // which file the state is from
    return ReadSweepIndex(options_.directory, [&](int file, int64_t e, const TrialState& state) {
      if (e >= static_cast<int64_t>(plan_.experiments().size())) return;
      const PlannedExperiment& experiment = plan_.experiments()[e];
      const uint64_t offset = state.provenance.seed - experiment.first_seed;
      if (offset >= static_cast<uint64_t>(experiment.trials)) return;
      const int64_t t = experiment.first_trial + static_cast<int64_t>(offset);
      if (files[t] == file || state.status() > result_.trials[t].status()) {
        files[t] = file;
        result_.trials[t] = state;
      }
    });
  }

  double SecondsOf(int64_t trial) const {
    return plan_.experiments()[plan_.ExperimentOf(trial)].trial_cost.seconds;
  }

  double WorkOf(const std::vector<int64_t>& trials) const {
    double work = 0;
    for (const int64_t trial : trials) work += SecondsOf(trial);
    return work;
  }

  // Fills result_.own, which is the same in all processes, whatever is done already; the trials
  // that are left are those that the leading process finds left.
  absl::StatusOr<std::vector<int64_t>> ToDo() {
    std::vector<int64_t> order(result_.trials.size());
    std::iota(order.begin(), order.end(), 0);
    std::vector<double> seconds(order.size());
    for (const int64_t trial : order) seconds[trial] = SecondsOf(trial);
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return seconds[a] > seconds[b]; });
    result_.own = PartOf(order, options_.shard);
    std::vector<int64_t> to_do;
    std::vector<int64_t> failed;
    for (const int64_t trial : result_.own) {
      const TrialStatus status = result_.trials[trial].status();
      if (!IsDone(status)) to_do.push_back(trial);
      if (status == TrialStatus::kFailed) failed.push_back(trial);
    }
    DIDACT_RETURN_IF_ERROR(executor_.Share(to_do));
    DIDACT_RETURN_IF_ERROR(executor_.Share(failed));
    ran_.assign(result_.trials.size(), 0);
    for (const int64_t trial : to_do) ++waiting_[plan_.ExperimentOf(trial)];
    for (const int64_t trial : failed) {
      result_.trials[trial].provenance.status = TrialStatusName(TrialStatus::kFailed);
    }
    return to_do;
  }

  absl::Status ShareFlag(bool& flag) {
    std::vector<int64_t> shared = {flag ? 1 : 0};
    DIDACT_RETURN_IF_ERROR(executor_.Share(shared));
    flag = shared[0] != 0;
    return absl::OkStatus();
  }

  // Makes the directory this process' own. Others may join it then.
  absl::Status Open() {
    DIDACT_RETURN_IF_ERROR(CreateDirectories(options_.directory));
    DIDACT_ASSIGN_OR_RETURN(SweepLock lock,
                            SweepLock::Acquire(options_.directory, options_.shard.name()));
    lock_.emplace(std::move(lock));
    DIDACT_RETURN_IF_ERROR(FindSweepText());
    if (goes_on_ && options_.shard.is_whole() && sweep_text_ != options_.sweep_text) {
      sweep_text_ = options_.sweep_text;
      DIDACT_RETURN_IF_ERROR(
          WriteFileAtomically(JoinPath(options_.directory, "sweep.textproto"), sweep_text_));
    }
    DIDACT_ASSIGN_OR_RETURN(directory_,
                            SweepDirectory::Open(options_.directory, sweep_text_, options_.force));
    if (options_.shard.is_whole()) {
      DIDACT_RETURN_IF_ERROR(RemoveTemporaries(options_.directory));
    }
    if (joins_) DIDACT_RETURN_IF_ERROR(GatherIndex());
    DIDACT_RETURN_IF_ERROR(OpenIndex());
    provenance_.command = options_.command;
    provenance_.threads = executor_.threads();
    provenance_.processes = executor_.processes();
    provenance_.plugin_libraries = LoadedLibraries(registry_, plan_.used_libraries());
    provenance_.data_files = data_files_;
    if (joins_) earlier_ = ReadProvenance(directory_->ProvenancePath(process_)).earlier;
    return joins_ && options_.shard.is_whole() ? TidyUp() : absl::OkStatus();
  }

  // Joins the process that leads.
  absl::Status Join() {
    DIDACT_RETURN_IF_ERROR(FindSweepText());
    DIDACT_ASSIGN_OR_RETURN(directory_,
                            SweepDirectory::Open(options_.directory, sweep_text_, /*clear=*/false));
    return OpenIndex();
  }

  absl::Status OpenIndex() {
    DIDACT_ASSIGN_OR_RETURN(SweepIndexWriter index,
                            SweepIndexWriter::Open(directory_->IndexPath(process_)));
    index_.emplace(std::move(index));
    return absl::OkStatus();
  }

  // Puts what this part's processes said of trials, and have ended, where its first process says it;
  // what all processes said if this part is the whole.
  absl::Status GatherIndex() const {
    return GatherSweepIndex(options_.directory, process_,
                            process_.empty() ? "" : absl::StrCat(process_, ".rank-"));
  }

  // The last part of a sweep to end gathers the index of all.
  absl::Status GatherIndexOfAll() {
    for (const TrialState& state : result_.trials) {
      if (!IsDone(state.status())) return absl::OkStatus();
    }
    lock_.reset();
    const absl::StatusOr<SweepLock> whole = SweepLock::Acquire(options_.directory, "");
    if (!whole.ok()) return absl::OkStatus();  // another part is there still, and will do it
    return GatherSweepIndex(options_.directory, "", "");
  }

  // Does what a killed process could not do for experiments of which no trial is left, and removes
  // what it left half written in their folders.
  absl::Status TidyUp() {
    for (size_t e = 0; e < plan_.experiments().size(); ++e) {
      const RunDirectory directory =
          RunDirectory::At(directory_->ExperimentPath(plan_.grid().Label(e)));
      if (!IsDirectory(directory.path())) continue;
      DIDACT_RETURN_IF_ERROR(RemoveTemporaries(directory.path()));
      if (!RunEnded(directory.ProvenancePath())) {
        DIDACT_RETURN_IF_ERROR(WriteExperimentProvenance(static_cast<int64_t>(e)));
      }
    }
    return absl::OkStatus();
  }

  void RunOne(int64_t trial, const std::atomic<bool>& stop) {
    if (stop) return;
    const int64_t e = plan_.ExperimentOf(trial);
    const PlannedExperiment& planned = plan_.experiments()[e];
    const std::shared_ptr<RunProgress> progress =
        progress_.BeginTrial(trial, planned.trial_cost.steps, planned.trial_cost.seconds);
    TrialState& state = result_.trials[trial];
    const std::shared_ptr<ActiveExperiment> experiment = Activate(e);
    state = Train(*experiment, state, stop, *progress);
    ran_[trial] = 1;
    const TrialStatus status = state.status();
    progress_.EndTrial(trial, status == TrialStatus::kFailed || status == TrialStatus::kDiverged,
                       status >= TrialStatus::kFailed);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (--waiting_[e] > 0) return;
      active_.erase(e);
    }
    // The last of this process' trials of the experiment has ended.
    if (IsAlone()) AddProblem(WriteExperimentProvenance(e, experiment.get()));
  }

  // Trains one trial, and says in the index that it begins and how it ended.
  TrialState Train(const ActiveExperiment& experiment, const TrialState& before,
                   const std::atomic<bool>& stop, RunProgress& progress) {
    TrialState state;
    state.provenance.seed = before.provenance.seed;
    state.provenance.status = TrialStatusName(TrialStatus::kRunning);
    absl::Status status = experiment.status;
    if (status.ok()) status = index_->Append(experiment.indexed, state);
    if (status.ok()) {
      TrialTask task;
      task.experiment = &*experiment.experiment;
      task.seed = state.provenance.seed;
      task.path = plan_.path();
      task.directory = experiment.directory->TrialPath(task.seed);
      task.resume = joins_;
      task.allowed_changes = {options_.allow_changed_plugins, options_.allow_changed_files};
      task.data_files = &data_files_;
      task.warn = [&](const Problem& warning) {
        const Problem located = plan_.Locate(experiment.indexed.experiment, warning);
        warnings_.Add(warning.ToString(),
                      absl::StrCat(located.ToString(), " (", experiment.indexed.label, ", seed ",
                                   task.seed, ")"));
      };
      if (before.status() == TrialStatus::kFailed && !IsDirectory(task.directory)) {
        // What stands in the way and cannot be removed, the trial reports.
        RemoveFile(task.directory).IgnoreError();
      }
      std::vector<std::string> notes;
      const std::optional<TrialResult> ended = joins_ ? EndedTrial(task, notes) : std::nullopt;
      const TrialResult result =
          ended ? *ended : ExecuteTrial(task, nullptr, registry_, stop, progress);
      state.provenance = result.provenance;
      if (ended) {
        state.provenance.seconds = 0;  // unknown
        state.provenance.warnings = before.provenance.warnings;
      }
      notes.insert(notes.end(), result.provenance.notes.begin(), result.provenance.notes.end());
      AddNotes(experiment.indexed.label, state.provenance.seed, notes);
      state.provenance.notes = before.provenance.notes;
      state.provenance.notes.insert(state.provenance.notes.end(), notes.begin(), notes.end());
      for (const auto& [key, number] : result.numbers) {
        if (!IsHeadline(experiment.metric_keys, key)) continue;
        state.numbers.emplace_back(
            key, std::visit([](auto value) { return static_cast<double>(value); }, number));
      }
    } else {
      Fail(status, state);
    }
    status = index_->Append(experiment.indexed, state);
    if (!status.ok()) Fail(status, state);
    return state;
  }

  static void Fail(const absl::Status& status, TrialState& state) {
    state.provenance.status = TrialStatusName(TrialStatus::kFailed);
    state.provenance.message = std::string(status.message());
  }

  // The experiment and its directory, made when the first of its trials begins.
  std::shared_ptr<ActiveExperiment> Activate(int64_t e) {
    std::shared_ptr<ActiveExperiment> active;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      std::shared_ptr<ActiveExperiment>& place = active_[e];
      if (place == nullptr) place = std::make_shared<ActiveExperiment>();
      active = place;
    }
    std::call_once(active->once, [&] { active->status = MakeActive(e, *active); });
    return active;
  }

  absl::Status MakeActive(int64_t e, ActiveExperiment& active) const {
    active.indexed.experiment = e;
    active.indexed.label = plan_.grid().Label(e);
    for (SweepChange& change : plan_.grid().Changes(e)) {
      active.indexed.overrides.emplace_back(std::move(change.change.path),
                                            std::move(change.change.value));
    }
    DIDACT_ASSIGN_OR_RETURN(active.experiment, plan_.Make(e));
    active.metric_keys = DescribeMetrics(*active.experiment, registry_);
    DIDACT_ASSIGN_OR_RETURN(active.directory,
                            RunDirectory::Join(directory_->ExperimentPath(active.indexed.label),
                                               PrintText(**active.experiment, registry_),
                                               /*replace=*/joins_ && options_.shard.is_whole()));
    return absl::OkStatus();
  }

  void AddNotes(absl::string_view label, uint64_t seed, const std::vector<std::string>& notes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const std::string& note : notes) {
      result_.notes.push_back(absl::StrCat(label, ": seed ", seed, ": ", note));
    }
  }

  void AddProblem(const absl::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    problems_.Add(status);
  }

  // Whether no other process works on the sweep.
  bool IsAlone() const { return options_.shard.is_whole() && executor_.processes() == 1; }

  // Of this process, for the sweep.
  absl::Status WriteOwnProvenance() const {
    Provenance provenance = provenance_;
    provenance.earlier = earlier_;
    return WriteProvenance(directory_->ProvenancePath(process_), provenance);
  }

  // Once all trials have ended, wherever they ran. `active`: the experiment as this process has trained it, if it has.
  absl::Status WriteExperimentProvenance(int64_t e,
                                         const ActiveExperiment* active = nullptr) const {
    const PlannedExperiment& planned = plan_.experiments()[e];
    Provenance provenance = provenance_;
    bool failed = false;
    for (int64_t t = 0; t < planned.trials; ++t) {
      const TrialState& state = result_.trials[planned.first_trial + t];
      if (state.status() < TrialStatus::kFailed) return absl::OkStatus();
      failed = failed || state.status() != TrialStatus::kFinished;
      provenance.trials.push_back(state.provenance);
    }
    provenance.outcome = failed ? "failed" : "finished";
    provenance.End();
    const RunDirectory directory =
        RunDirectory::At(directory_->ExperimentPath(plan_.grid().Label(e)));
    // Where there is none, the trials say why.
    if (!IsDirectory(directory.path())) return absl::OkStatus();
    ActiveExperiment made;
    if (active == nullptr || !active->status.ok()) {
      DIDACT_ASSIGN_OR_RETURN(made.experiment, plan_.Make(e));
      made.metric_keys = DescribeMetrics(*made.experiment, registry_);
      active = &made;
    }
    provenance.metric_keys = active->metric_keys;
    if (!registry_.libraries().empty() || plan_.names_data_files()) {
      provenance.plugin_libraries =
          LoadedLibraries(registry_, UsedLibraries(**active->experiment, registry_));
      provenance.data_files =
          DataFilesNamed(data_files_, DataFileNames(*active->experiment, registry_));
    }
    return WriteProvenance(directory.ProvenancePath(), provenance);
  }

  // Of the trials that other processes ran, how they ended. What was noted of them before stays.
  absl::Status ReadWhatOthersDid() {
    index_.reset();
    DIDACT_RETURN_IF_ERROR(GatherIndex());
    std::map<int64_t, std::vector<std::string>> notes;
    for (const int64_t trial : result_.own) {
      TrialProvenance& provenance = result_.trials[trial].provenance;
      if (ran_[trial] != 0 || IsDone(TrialStatusOf(provenance.status))) continue;
      provenance.status = TrialStatusName(TrialStatus::kPending);
      if (!provenance.notes.empty()) notes[trial] = std::move(provenance.notes);
    }
    DIDACT_RETURN_IF_ERROR(ReadIndex());
    for (auto& [trial, before] : notes) {
      std::vector<std::string>& now = result_.trials[trial].provenance.notes;
      if (now != before) now.insert(now.begin(), before.begin(), before.end());
    }
    return absl::OkStatus();
  }

  absl::Status Finish() {
    problems_.Add(index_->Flush());
    if (!IsAlone()) {
      // Whoever ends last sees that experiments are complete whose trials ran in several processes.
      DIDACT_RETURN_IF_ERROR(ReadWhatOthersDid());
      for (const auto& [e, waiting] : waiting_) problems_.Add(WriteExperimentProvenance(e));
    }
    bool failed = false;
    bool interrupted = false;
    for (const int64_t trial : result_.own) {
      const TrialStatus status = result_.trials[trial].status();
      failed = failed || status == TrialStatus::kFailed || status == TrialStatus::kDiverged;
      interrupted = interrupted || status < TrialStatus::kFailed;
    }
    provenance_.outcome = interrupted ? "interrupted" : failed ? "failed" : "finished";
    provenance_.End();
    problems_.Add(WriteOwnProvenance());
    if (!options_.shard.is_whole()) problems_.Add(GatherIndexOfAll());
    return problems_.ToStatus();
  }

  const SweepPlan& plan_;
  const PluginRegistry& registry_;
  const SweepOptions& options_;
  Executor& executor_;
  const std::atomic<bool>& stop_;
  SweepProgress& progress_;

  std::string process_;          // name of this one, empty if there is no other
  bool joins_ = false;           // the directory has this sweep
  bool goes_on_ = false;         // and something of it is left to be done
  std::string sweep_text_;       // what sweep.textproto has, or is to have
  ConfigComparison comparison_;  // of the sweep that is there with this one
  bool moves_files_ = false;     // whether they name files at other places
  std::optional<SweepDirectory> directory_;
  std::optional<SweepLock> lock_;
  std::optional<SweepIndexWriter> index_;
  FirstWarnings warnings_;
  std::vector<DataFile> data_files_;  // of the trials that are left, and what was known before
  Provenance provenance_;
  std::string earlier_;  // what Provenance::earlier wants

  SweepResult result_;     // a trial's state is changed by whoever runs it
  std::vector<char> ran_;  // so is this: whether it ran in this process

  std::mutex mutex_;                    // guards what follows while trials run
  std::map<int64_t, int64_t> waiting_;  // trials of this process that have not ended, by experiment
  std::map<int64_t, std::shared_ptr<ActiveExperiment>> active_;
  Problems problems_;
};

}  // namespace

absl::StatusOr<SweepResult> RunSweep(const SweepPlan& plan, const PluginRegistry& registry,
                                     const SweepOptions& options, Executor& executor,
                                     const std::atomic<bool>& stop, SweepProgress& progress) {
  return SweepRunner(plan, registry, options, executor, stop, progress).Run();
}

}  // namespace didact
