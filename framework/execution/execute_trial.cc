#include "didact/framework/execution/execute_trial.h"

#include <chrono>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"
#include "didact/framework/execution/thread_arena.h"
#include "didact/framework/io/file.h"
#include "didact/framework/results/checkpoint_files.h"
#include "didact/framework/results/metrics_reader.h"
#include "didact/framework/results/trial_status.h"
#include "didact/framework/results/trial_writer.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/run_trial.h"

namespace didact {
namespace {

// Passes evaluations on to the writer, writes checkpoints and counts steps.
class ProgressObserver final : public TrialObserver {
 public:
  ProgressObserver(const TrialTask& task, TrialWriter& writer, TrialProgress& progress,
                   TrialResult& result)
      : task_(task), writer_(writer), progress_(progress), result_(result) {}

  absl::Status OnEvaluation(const Trial& trial, int64_t epoch, const Record& record) override {
    progress_.SetEvaluation(trial.seed(), epoch, trial.step_loss(), trial.eval_loss());
    Flush();
    result_.numbers = record.numbers();
    return writer_.OnEvaluation(trial, epoch, record);
  }

  absl::Status OnCheckpoint(const Trial& trial) override {
    Flush();
    DIDACT_ASSIGN_OR_RETURN(const MetricsPosition position, writer_.Flush());
    return WriteCheckpoint(task_.directory, *task_.experiment, position, trial);
  }

  // Counts in portions, so that threads do not share a cache line at every step.
  void OnStep(const Trial&) override {
    if (++steps_ == kPortion) Flush();
  }

  void Flush() { progress_.steps_done += std::exchange(steps_, 0); }

 private:
  static constexpr int64_t kPortion = 64;

  const TrialTask& task_;
  TrialWriter& writer_;
  TrialProgress& progress_;
  TrialResult& result_;
  int64_t steps_ = 0;
};

// Removes the temporary files that a killed process left behind.
absl::Status RemoveLeftovers(const TrialDirectory& directory) {
  for (const std::string& folder :
       {directory.path(), directory.ArraysPath(), directory.WeightsPath()}) {
    if (IsDirectory(folder)) DIDACT_RETURN_IF_ERROR(RemoveTemporaries(folder));
  }
  return absl::OkStatus();
}

// Returns the numbers of the last line of metrics.jsonl.
absl::StatusOr<std::vector<std::pair<std::string, Record::Number>>> LastNumbers(
    const TrialDirectory& directory) {
  DIDACT_ASSIGN_OR_RETURN(MetricsReader metrics, MetricsReader::Open(directory.MetricsPath()));
  RecordedEvaluation evaluation;
  while (true) {
    RecordedEvaluation next;
    DIDACT_ASSIGN_OR_RETURN(const bool found, metrics.Next(next));
    if (!found) break;
    evaluation = std::move(next);
  }
  std::vector<std::pair<std::string, Record::Number>> numbers;
  for (MetricValue& value : evaluation.values) {
    numbers.emplace_back(std::move(value.key), value.number);
  }
  return numbers;
}

// Removes the checkpoints that a trial no longer needs after it has ended with `status`.
absl::Status RemoveNeedlessCheckpoints(const TrialTask& task, TrialStatus status) {
  const bool keeps =
      (*task.experiment)->output().keep_final_checkpoint() && status == TrialStatus::kFinished;
  return keeps ? RemovePreviousCheckpoint(task.directory) : RemoveCheckpoints(task.directory);
}

// Fails if a data file has changed since the first trials began: overwriting a file while a run is
// in progress must not give its trials different data.
absl::Status CheckDataFiles(const TrialTask& task, const Trial& trial) {
  if (task.data_files == nullptr) return absl::OkStatus();
  const std::vector<std::string> changes =
      DataFileChanges(*task.data_files, trial.data_files(), /*same_path=*/true);
  if (changes.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      absl::StrJoin(changes, "; "), " when the first trials began; put it back and go on"));
}

// Returns a writer for the trial's files. A trial that is resumed is first restored to the state at
// which the files are continued.
absl::StatusOr<TrialWriter> Begin(const TrialTask& task, Trial& trial, TrialProgress& progress,
                                  TrialResult& result) {
  const Output& output = (*task.experiment)->output();
  if (task.resume) {
    DIDACT_RETURN_IF_ERROR(RemoveLeftovers(task.directory));
    const std::optional<MetricsPosition> position = RestoreNewestCheckpoint(
        task.directory, *task.experiment, task.allowed_changes, trial, result.provenance.notes);
    DIDACT_RETURN_IF_ERROR(trial.failure());
    if (position) {
      result.provenance.resumed_at = trial.step();
      progress.steps -= trial.step();
      DIDACT_ASSIGN_OR_RETURN(TrialWriter writer,
                              TrialWriter::Resume(task.directory, output, *position));
      // The trial may end before another evaluation.
      DIDACT_ASSIGN_OR_RETURN(result.numbers, LastNumbers(task.directory));
      return writer;
    }
    // None of these checkpoints could be used.
    DIDACT_RETURN_IF_ERROR(RemoveCheckpoints(task.directory));
  }
  return TrialWriter::Create(task.directory, output);
}

// Trains the trial and fills `result`, except for its time. Errors: the reason why the trial
// failed, or CANCELLED.
absl::Status Train(const TrialTask& task, Trial& trial, const std::atomic<bool>& stop,
                   TrialProgress& progress, TrialResult& result) {
  DIDACT_RETURN_IF_ERROR(CheckDataFiles(task, trial));
  for (const Problem& warning : trial.warnings()) {
    const FieldPath field = FieldPath().Field(warning.path.path());
    result.provenance.warnings.push_back(Problem{field, warning.text, ""}.ToString());
    if (task.warn) task.warn(warning);
  }
  DIDACT_ASSIGN_OR_RETURN(TrialWriter writer, Begin(task, trial, progress, result));
  trial.UseWorkers(&ArenaWorkers());
  ProgressObserver observer(task, writer, progress, result);
  const CheckpointPolicy policy = {(*task.experiment)->output().checkpoint_every_epochs(),
                                   (*task.experiment)->output().checkpoint_every_seconds()};
  const absl::StatusOr<bool> has_ended = RunTrial(trial, observer, stop, policy);
  observer.Flush();
  result.provenance.steps = trial.step();
  result.uses_total_epochs = trial.uses_total_epochs();
  DIDACT_RETURN_IF_ERROR(has_ended.status());
  if (trial.diverged()) {
    result.provenance.message = absl::StrCat("the loss was not finite at step ", trial.step());
  }
  const TrialStatus status = !*has_ended        ? TrialStatus::kInterrupted
                             : trial.diverged() ? TrialStatus::kDiverged
                                                : TrialStatus::kFinished;
  if (status == TrialStatus::kFinished && (*task.experiment)->output().keep_final_checkpoint()) {
    DIDACT_RETURN_IF_ERROR(observer.OnCheckpoint(trial));
  }
  DIDACT_RETURN_IF_ERROR(writer.Close());
  result.provenance.status = status;
  if (status == TrialStatus::kInterrupted) return absl::OkStatus();
  DIDACT_RETURN_IF_ERROR(WriteOutcome(task.directory, result));
  return RemoveNeedlessCheckpoints(task, status);
}

// Trains the trial that `build` returns, measures the time, and describes the end. Errors of `build`
// are errors of the trial.
TrialResult Execute(const TrialTask& task, const std::atomic<bool>& stop, TrialProgress& progress,
                    absl::FunctionRef<absl::StatusOr<Trial*>()> build) {
  TrialResult result;
  result.provenance.seed = task.seed;
  const auto start = std::chrono::steady_clock::now();
  const absl::StatusOr<Trial*> trial = build();
  const absl::Status status =
      trial.ok() ? Train(task, **trial, stop, progress, result) : trial.status();
  result.provenance.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (absl::IsCancelled(status)) {
    result.provenance.status = TrialStatus::kInterrupted;
  } else if (!status.ok()) {
    result.provenance.status = TrialStatus::kFailed;
    result.provenance.message = std::string(status.message());
  }
  return result;
}

}  // namespace

std::optional<TrialResult> EndedTrial(const TrialTask& task, std::vector<std::string>& notes) {
  if (!IsDirectory(task.directory.path())) return std::nullopt;
  absl::StatusOr<TrialResult> result = ReadOutcome(task.directory);
  if (!result.ok()) {
    if (result.status().code() != absl::StatusCode::kNotFound) {
      notes.push_back(absl::StrCat("not used: ", result.status().message()));
    }
    return std::nullopt;
  }
  // The process may have been killed before it did this. A failure here does no harm.
  FlushDirectory(task.directory.path()).IgnoreError();
  RemoveNeedlessCheckpoints(task, result->provenance.status).IgnoreError();
  result->provenance.seed = task.seed;
  result->provenance.seconds = -1;
  return *std::move(result);
}

TrialResult ExecuteTrial(const TrialTask& task, std::unique_ptr<Trial> trial,
                         const PluginRegistry& registry, const std::atomic<bool>& stop,
                         TrialProgress& progress) {
  return Execute(task, stop, progress, [&]() -> absl::StatusOr<Trial*> {
    if (trial == nullptr) {
      DIDACT_ASSIGN_OR_RETURN(trial, CreateTrial(*task.experiment, task.seed, registry, task.path,
                                                 &stop, task.teachers));
    }
    return trial.get();
  });
}

TrialResult ExecuteTrial(const TrialTask& task, Trial& trial, const std::atomic<bool>& stop,
                         TrialProgress& progress) {
  return Execute(task, stop, progress, [&]() -> absl::StatusOr<Trial*> { return &trial; });
}

}  // namespace didact
