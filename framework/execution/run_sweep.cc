#include "didact/framework/execution/run_sweep.h"

#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/execution/changed_files.h"
#include "didact/framework/execution/changed_plugins.h"
#include "didact/framework/execution/engine.h"
#include "didact/framework/execution/probe_sweep.h"
#include "didact/framework/execution/process_agreement.h"
#include "didact/framework/execution/recorded_sweep.h"
#include "didact/framework/execution/sweep_experiments.h"
#include "didact/framework/execution/sweep_states.h"
#include "didact/framework/execution/sweep_trials.h"
#include "didact/framework/execution/teacher_store.h"
#include "didact/framework/io/file.h"
#include "didact/framework/results/extension_request.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/sweep_directory.h"
#include "didact/framework/results/sweep_index.h"
#include "didact/framework/results/sweep_lock.h"
#include "didact/framework/results/trial_status.h"

namespace didact {
namespace {

// Owns a sweep directory while the engine trains the sweep's trials.
class SweepRun {
 public:
  SweepRun(const SweepPlan& plan, const PluginRegistry& registry, const SweepOptions& options,
           Executor& executor, const std::atomic<bool>& stop, Progress& progress)
      : plan_(plan),
        registry_(registry),
        options_(options),
        executor_(executor),
        stop_(stop),
        engine_(registry, executor, stop, progress, options.warn),
        states_(plan) {}

  absl::StatusOr<SweepResult> Run() {
    // All processes do each step together: an error in one of them ends it for all.
    DIDACT_RETURN_IF_ERROR(executor_.Agree(Prepare()));
    DIDACT_RETURN_IF_ERROR(ShareFlag(executor_, joins_));
    DIDACT_RETURN_IF_ERROR(
        AgreeOnLibraries(executor_, options_.directory, process_, plan_.used_libraries()));
    DIDACT_RETURN_IF_ERROR(executor_.Agree(
        joins_ ? absl::OkStatus() : ProbeSweep(plan_, registry_, &engine_.warnings(), &stop_)));
    DIDACT_ASSIGN_OR_RETURN(to_do_, states_.FindWork(executor_, options_.shard));
    moves_files_ = !recorded_.comparison.file_names.empty();
    DIDACT_RETURN_IF_ERROR(ShareFlag(executor_, moves_files_));
    DIDACT_RETURN_IF_ERROR(executor_.Agree(HashFiles()));
    DIDACT_RETURN_IF_ERROR(AgreeOnFiles(executor_, options_.directory, process_, data_files_));
    // A sweep whose trials have all ended may lack its last records if its process was killed.
    bool is_finished = to_do_.empty() && !moves_files_ &&
                       RunEnded(SweepDirectory::At(options_.directory).ProvenancePath(""));
    DIDACT_RETURN_IF_ERROR(ShareFlag(executor_, is_finished));
    if (is_finished && options_.shard.is_whole() && !options_.resume) {
      return absl::AlreadyExistsError(absl::StrCat(
          options_.directory,
          ": holds a finished sweep; choose another folder with --out=DIR, or replace it with "
          "--force"));
    }
    if (to_do_.empty() && !options_.shard.is_whole()) return Result({});
    goes_on_ = joins_ && !is_finished;
    DIDACT_RETURN_IF_ERROR(
        executor_.Agree(executor_.leads() && goes_on_ ? CheckGoingOn() : absl::OkStatus()));
    DIDACT_RETURN_IF_ERROR(executor_.Agree(executor_.leads() ? Open() : absl::OkStatus()));
    DIDACT_RETURN_IF_ERROR(executor_.Agree(executor_.leads() ? absl::OkStatus() : Join()));
    if (is_finished) return Result({});
    return Train();
  }

 private:
  // Finds out what the directory holds, before anything is written.
  absl::Status Prepare() {
    process_ = options_.shard.name();
    if (!executor_.process_name().empty()) {
      absl::StrAppend(&process_, process_.empty() ? "" : ".", executor_.process_name());
    }
    if (!executor_.leads()) return absl::OkStatus();
    DIDACT_RETURN_IF_ERROR(FindRecorded());
    DIDACT_ASSIGN_OR_RETURN(const SweepDirectory::State state,
                            SweepDirectory::Look(options_.directory, recorded_.text));
    if (state == SweepDirectory::State::kBeingExtended && !options_.force) {
      DIDACT_RETURN_IF_ERROR(CheckIsNotBeingExtended(options_.directory));
    }
    if (state == SweepDirectory::State::kOther && !options_.force) {
      return RefuseOtherSweep(options_.directory, recorded_.comparison, options_.resume);
    }
    DIDACT_RETURN_IF_ERROR(SweepLock::CheckFree(options_.directory, options_.shard.name()));
    if (options_.resume && state == SweepDirectory::State::kNew) {
      return absl::NotFoundError(absl::StrCat(options_.directory, ": holds no sweep"));
    }
    joins_ = state == SweepDirectory::State::kSame && !options_.force;
    return joins_ ? states_.ReadIndex(options_.directory) : absl::OkStatus();
  }

  // A sweep that is to be replaced is not read.
  absl::Status FindRecorded() {
    recorded_.text = options_.sweep_text;
    if (options_.force) return absl::OkStatus();
    DIDACT_ASSIGN_OR_RETURN(
        recorded_, ReadRecordedSweep(options_.directory, plan_, options_.sweep_text, registry_,
                                     options_.allow_moved_files));
    return absl::OkStatus();
  }

  // Checks that the rest of the sweep can be done and is consistent with the results that exist.
  absl::Status CheckGoingOn() {
    const std::vector<FileNameChange>& moves = recorded_.comparison.file_names;
    for (const FileNameChange& change : moves) {
      provenance_.notes.push_back(
          absl::StrCat(change.field, ": ", change.before, " -> ", change.now));
    }
    EarlierProvenance earlier = ReadLatestProvenance(options_.directory);
    DIDACT_RETURN_IF_ERROR(CheckChangedPlugins(options_.directory, earlier.used_libraries,
                                               plan_.used_libraries(),
                                               options_.allow_changed_plugins, provenance_.notes));
    if (earlier.data_files) MoveDataFiles(moves, *earlier.data_files);
    DIDACT_RETURN_IF_ERROR(CheckChangedFiles(options_.directory, earlier.data_files, data_files_,
                                             /*same_path=*/true, options_.allow_changed_files,
                                             provenance_.notes));
    if (earlier.data_files) {
      // Files of trials that have ended stay recorded, but not with their old paths.
      DIDACT_ASSIGN_OR_RETURN(const std::vector<FileName> names,
                              plan_.DataFileNames(plan_.AllExperiments()));
      data_files_ =
          DataFilesNamed(MergeDataFiles(*std::move(earlier.data_files), data_files_), names);
    }
    const bool is_done = to_do_.empty() && moves_files_;
    return ProbeMissingFiles(plan_, registry_, is_done ? plan_.AllExperiments() : ExperimentsLeft(),
                             options_.directory, &stop_);
  }

  std::set<int64_t> ExperimentsLeft() const {
    std::set<int64_t> experiments;
    for (const int64_t trial : to_do_) experiments.insert(plan_.ExperimentOf(trial));
    return experiments;
  }

  // Fills data_files_ with the files of the trials that are left, or of all trials if paths have
  // changed.
  absl::Status HashFiles() {
    DIDACT_ASSIGN_OR_RETURN(
        const std::vector<FileName> names,
        plan_.DataFileNames(moves_files_ ? plan_.AllExperiments() : ExperimentsLeft()));
    DIDACT_ASSIGN_OR_RETURN(data_files_, HashDataFiles(names, &stop_));
    return absl::OkStatus();
  }

  // Locks and opens the directory. Afterwards other processes may join.
  absl::Status Open() {
    DIDACT_RETURN_IF_ERROR(CreateDirectories(options_.directory));
    DIDACT_ASSIGN_OR_RETURN(SweepLock lock,
                            SweepLock::Acquire(options_.directory, options_.shard.name()));
    lock_.emplace(std::move(lock));
    DIDACT_RETURN_IF_ERROR(FindRecorded());
    if (goes_on_ && options_.shard.is_whole() && recorded_.text != options_.sweep_text) {
      recorded_.text = options_.sweep_text;
      DIDACT_RETURN_IF_ERROR(
          WriteFileAtomically(SweepDirectory::At(options_.directory).SweepPath(), recorded_.text));
    }
    DIDACT_RETURN_IF_ERROR(OpenDirectory(options_.force));
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
    return joins_ && options_.shard.is_whole() ? experiments_->TidyUp() : absl::OkStatus();
  }

  // Opens the directory that the leading process has prepared.
  absl::Status Join() {
    DIDACT_RETURN_IF_ERROR(FindRecorded());
    DIDACT_RETURN_IF_ERROR(OpenDirectory(/*clear=*/false));
    return OpenIndex();
  }

  absl::Status OpenDirectory(bool clear) {
    DIDACT_ASSIGN_OR_RETURN(directory_,
                            SweepDirectory::Open(options_.directory, recorded_.text, clear));
    experiments_.emplace(plan_, registry_, *directory_,
                         /*replaces=*/joins_ && options_.shard.is_whole(), provenance_, states_);
    return absl::OkStatus();
  }

  absl::Status OpenIndex() {
    DIDACT_ASSIGN_OR_RETURN(SweepIndexWriter index,
                            SweepIndexWriter::Open(directory_->IndexPath(process_)));
    index_.emplace(std::move(index));
    return absl::OkStatus();
  }

  // Moves the index lines of this part's processes, which have ended, to the file of its first
  // process; the lines of all processes if this part is the whole sweep.
  absl::Status GatherIndex() const {
    return GatherSweepIndex(options_.directory, process_,
                            process_.empty() ? "" : absl::StrCat(process_, ".rank-"));
  }

  // Gathers the index of the whole sweep if this part is the last to end.
  absl::Status GatherIndexOfAll() {
    if (!states_.AreAllDone()) return absl::OkStatus();
    lock_.reset();
    const absl::StatusOr<SweepLock> whole = SweepLock::Acquire(options_.directory, "");
    if (!whole.ok()) return absl::OkStatus();  // another part is still at work and will do it
    return GatherSweepIndex(options_.directory, "", "");
  }

  // Returns true if no other process works on the sweep.
  bool IsAlone() const { return options_.shard.is_whole() && executor_.processes() == 1; }

  absl::StatusOr<SweepResult> Train() {
    DIDACT_RETURN_IF_ERROR(
        executor_.Agree(executor_.leads() ? WriteOwnProvenance() : absl::OkStatus()));
    SweepTrialOptions trial_options;
    trial_options.resume = joins_;
    trial_options.allowed_changes = {options_.allow_changed_plugins, options_.allow_changed_files};
    trial_options.is_alone = IsAlone();
    TeacherStore teachers(directory_->TeachersPath(), registry_);
    trial_options.teachers = &teachers;
    SweepTrials trials(plan_, trial_options, to_do_, data_files_, states_, *experiments_, *index_);
    const TrialList list = {static_cast<int64_t>(states_.own().size()), to_do_};
    DIDACT_RETURN_IF_ERROR(engine_.Train(list, trials));
    DIDACT_RETURN_IF_ERROR(executor_.Agree(executor_.leads() ? Finish(trials) : absl::OkStatus()));
    return Result(trials.TakeNotes());
  }

  // Writes the provenance of this process for the whole sweep.
  absl::Status WriteOwnProvenance() const {
    Provenance provenance = provenance_;
    provenance.earlier = earlier_;
    return WriteProvenance(directory_->ProvenancePath(process_), provenance);
  }

  absl::Status Finish(SweepTrials& trials) {
    Problems problems = trials.TakeProblems();
    problems.Add(index_->Flush());
    if (!IsAlone()) {
      // Trials of an experiment may have run in several processes. The process that ends last finds
      // these experiments complete.
      index_.reset();
      DIDACT_RETURN_IF_ERROR(GatherIndex());
      DIDACT_RETURN_IF_ERROR(states_.ReadWhatOthersDid(options_.directory));
      for (const int64_t e : trials.Experiments()) {
        problems.Add(experiments_->WriteProvenance(e, /*active=*/nullptr));
      }
    }
    provenance_.outcome = states_.OutcomeOfOwn();
    provenance_.End();
    problems.Add(WriteOwnProvenance());
    if (!options_.shard.is_whole()) problems.Add(GatherIndexOfAll());
    return problems.ToStatus();
  }

  SweepResult Result(std::vector<std::string> notes) {
    const TrialStatus outcome = states_.OutcomeOfOwn();
    return {states_.TakeTrials(), states_.own(), outcome, std::move(notes)};
  }

  const SweepPlan& plan_;
  const PluginRegistry& registry_;
  const SweepOptions& options_;
  Executor& executor_;
  const std::atomic<bool>& stop_;
  Engine engine_;

  std::string process_;               // name of this process, empty if it needs none
  bool joins_ = false;                // the directory holds this sweep
  bool goes_on_ = false;              // the same, and a part of it is left to be done
  bool moves_files_ = false;          // the recorded sweep names files at other paths
  RecordedSweep recorded_;            // content of sweep.textproto, existing or to be written
  SweepStates states_;                // the thread that runs a trial changes its state
  std::vector<int64_t> to_do_;        // trials that are left, for all processes of the executor
  std::vector<DataFile> data_files_;  // of the trials that are left, and what was known before
  Provenance provenance_;
  std::string earlier_;  // value for Provenance::earlier
  std::optional<SweepDirectory> directory_;
  std::optional<SweepLock> lock_;
  std::optional<SweepIndexWriter> index_;
  std::optional<SweepExperiments> experiments_;
};

}  // namespace

absl::StatusOr<SweepResult> RunSweep(const SweepPlan& plan, const PluginRegistry& registry,
                                     const SweepOptions& options, Executor& executor,
                                     const std::atomic<bool>& stop, Progress& progress) {
  return SweepRun(plan, registry, options, executor, stop, progress).Run();
}

}  // namespace didact
