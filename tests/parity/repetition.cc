#include "tests/parity/repetition.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "tests/parity/array.h"
#include "tests/parity/changed_runs.h"
#include "tests/parity/step_repetition.h"

namespace didact {
namespace {

class Repeater {
 public:
  Repeater(const RecordedCase& recorded, const std::string& config)
      : recorded_(recorded),
        folder_(DirectoryName(config)),
        runs_(config, recorded.Has("y_train")) {}

  absl::StatusOr<Repetition> Repeat();

 private:
  int64_t evaluation_batch() const {
    return static_cast<int64_t>(recorded_.Setting("eval_batchsize"));
  }
  int64_t evaluation_samples() const { return recorded_.Recorded("x_eval").shape[0]; }
  // Number of samples in the short batch of an evaluation; 0 if there is none.
  int64_t remainder() const { return evaluation_samples() % evaluation_batch(); }
  Changes OnlyShortBatch() const {
    return {absl::StrCat("eval_data.first=", evaluation_samples() - remainder())};
  }

  // Returns the results at all recorded states, of which a trial has the evaluations. `changes` are
  // those of the trial.
  absl::StatusOr<std::vector<EvaluationResults>> Snapshots(const std::string& trial,
                                                           const Changes& changes);
  std::vector<EvaluationResults> BatchMeans(const std::vector<EvaluationResults>& all,
                                            const std::vector<EvaluationResults>& last) const;

  const RecordedCase& recorded_;
  const std::string folder_;
  ChangedRuns runs_;
};

absl::StatusOr<std::vector<EvaluationResults>> Repeater::Snapshots(const std::string& trial,
                                                                   const Changes& changes) {
  std::vector<EvaluationResults> snapshots;
  std::vector<Changes> evaluations;
  for (int64_t epoch = -1; epoch < recorded_.epochs(); ++epoch) {
    DIDACT_ASSIGN_OR_RETURN(snapshots.emplace_back(), ReadEvaluation(trial, epoch));
    evaluations.push_back(EvaluationOf(WeightsOf(trial, epoch), changes));
  }
  DIDACT_RETURN_IF_ERROR(runs_.AddLabelLosses(std::move(evaluations), snapshots));
  return snapshots;
}

// Didact weights every sample equally. The mean over batches follows from the mean over all samples
// and that over the short batch.
std::vector<EvaluationResults> Repeater::BatchMeans(
    const std::vector<EvaluationResults>& all, const std::vector<EvaluationResults>& last) const {
  const int64_t full_batches = evaluation_samples() / evaluation_batch();
  std::vector<EvaluationResults> means(all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    for (const auto& [key, value] : all[i]) {
      if (!absl::StartsWith(key, "eval.") || value.dimension() > 0) continue;
      const Array& of_last = last[i].at(key);
      const Array of_full_batches =
          (value * evaluation_samples() - of_last * remainder()) / evaluation_batch();
      means[i][key] = (of_full_batches + of_last) / (full_batches + 1);
    }
  }
  return means;
}

absl::StatusOr<Repetition> Repeater::Repeat() {
  DIDACT_ASSIGN_OR_RETURN(const Changes step_by_step, StepByStep(recorded_));
  DIDACT_ASSIGN_OR_RETURN(
      const std::vector<std::string> trials,
      runs_.Run({{}, step_by_step, remainder() > 0 ? OnlyShortBatch() : Changes{}}));
  Repetition repetition;
  DIDACT_ASSIGN_OR_RETURN(repetition.snapshots, Snapshots(trials[0], {}));
  repetition.batch_means = repetition.snapshots;
  if (remainder() > 0) {
    DIDACT_ASSIGN_OR_RETURN(const std::vector<EvaluationResults> last,
                            Snapshots(trials[2], OnlyShortBatch()));
    repetition.batch_means = BatchMeans(repetition.snapshots, last);
  }
  DIDACT_ASSIGN_OR_RETURN(repetition.steps, RepeatSteps(recorded_, trials[1], folder_, runs_));
  return repetition;
}

}  // namespace

absl::StatusOr<Repetition> Repeat(const RecordedCase& recorded, const std::string& config) {
  return Repeater(recorded, config).Repeat();
}

}  // namespace didact
