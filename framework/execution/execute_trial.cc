#include "framework/execution/execute_trial.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "framework/base/status.h"
#include "framework/execution/thread_arena.h"
#include "framework/results/trial_writer.h"
#include "framework/training/run_trial.h"

namespace didact {
namespace {

// Hands evaluations on to the writer and counts steps.
class ProgressObserver final : public TrialObserver {
 public:
  ProgressObserver(TrialWriter& writer, RunProgress& progress, TrialResult& result)
      : writer_(writer), progress_(progress), result_(result) {}

  absl::Status OnEvaluation(const Trial& trial, int64_t epoch, const Record& record) override {
    progress_.epoch = epoch;
    progress_.step_loss = trial.step_loss();
    for (const auto& [key, number] : record.numbers()) {
      const double* const loss = std::get_if<double>(&number);
      if (key == "eval.loss" && loss != nullptr) progress_.eval_loss = *loss;
    }
    Flush();
    result_.numbers = record.numbers();
    return writer_.OnEvaluation(trial, epoch, record);
  }

  // Counts in portions, so that threads do not share a cache line at every step.
  void OnStep(const Trial&) override {
    if (++steps_ == kPortion) Flush();
  }

  void Flush() { progress_.steps_done += std::exchange(steps_, 0); }

 private:
  static constexpr int64_t kPortion = 64;

  TrialWriter& writer_;
  RunProgress& progress_;
  TrialResult& result_;
  int64_t steps_ = 0;
};

std::string StatusName(TrialOutcome outcome) {
  switch (outcome) {
    case TrialOutcome::kFinished:
      return "finished";
    case TrialOutcome::kDiverged:
      return "diverged";
    case TrialOutcome::kInterrupted:
      return "interrupted";
  }
  return "failed";
}

absl::StatusOr<TrialOutcome> Train(const TrialTask& task, std::unique_ptr<Trial> trial,
                                   const PluginRegistry& registry, const std::atomic<bool>& stop,
                                   RunProgress& progress, TrialResult& result) {
  if (trial == nullptr) {
    DIDACT_ASSIGN_OR_RETURN(trial, CreateTrial(task, registry));
  }
  DIDACT_ASSIGN_OR_RETURN(TrialWriter writer,
                          TrialWriter::Create(task.directory, task.experiment->output()));
  trial->UseWorkers(&ArenaWorkers());
  ProgressObserver observer(writer, progress, result);
  const absl::StatusOr<TrialOutcome> outcome = RunTrial(*trial, observer, stop);
  observer.Flush();
  result.provenance.steps = trial->step();
  if (trial->diverged()) {
    result.provenance.message = absl::StrCat("the loss was not finite at step ", trial->step());
  }
  return outcome;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Trial>> CreateTrial(const TrialTask& task,
                                                   const PluginRegistry& registry) {
  return Trial::Create(*task.experiment, task.seed, registry, task.path);
}

TrialResult ExecuteTrial(const TrialTask& task, std::unique_ptr<Trial> trial,
                         const PluginRegistry& registry, const std::atomic<bool>& stop,
                         RunProgress& progress) {
  TrialResult result;
  result.provenance.seed = task.seed;
  const absl::Time start = absl::Now();
  const absl::StatusOr<TrialOutcome> outcome =
      Train(task, std::move(trial), registry, stop, progress, result);
  result.provenance.seconds = absl::ToDoubleSeconds(absl::Now() - start);
  if (outcome.ok()) {
    result.provenance.status = StatusName(*outcome);
  } else {
    result.provenance.status = "failed";
    result.provenance.message = std::string(outcome.status().message());
  }
  if (result.provenance.status != "interrupted") ++progress.trials_done;
  return result;
}

}  // namespace didact
