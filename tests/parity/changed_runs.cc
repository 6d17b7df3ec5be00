#include "tests/parity/changed_runs.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "didact/framework/base/status.h"

namespace didact {

std::string WeightsOf(const std::string& trial, int64_t epoch) {
  return absl::StrCat(trial, "/weights/", absl::StrFormat("epoch_%04d.npz", epoch));
}

Changes EvaluationOf(const std::string& weights, const Changes& others) {
  Changes changes = {
      "training.epochs=0",
      absl::Substitute(
          "student.initializer=[{ [didact/NpzWeights] { path: \"$0\" prefix: \"student.\" } }]",
          weights)};
  changes.insert(changes.end(), others.begin(), others.end());
  return changes;
}

absl::StatusOr<std::vector<std::string>> ChangedRuns::Run(const std::vector<Changes>& runs) {
  return RunTrialsOf(config_, absl::StrCat("runs", sweeps_++), runs);
}

absl::StatusOr<std::vector<EvaluationResults>> ChangedRuns::Evaluate(
    std::vector<Changes> evaluations) {
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> trials, Run(evaluations));
  std::vector<EvaluationResults> results;
  for (const std::string& trial : trials) {
    DIDACT_ASSIGN_OR_RETURN(results.emplace_back(), ReadEvaluation(trial, -1));
  }
  DIDACT_RETURN_IF_ERROR(AddLabelLosses(std::move(evaluations), results));
  return results;
}

absl::Status ChangedRuns::AddLabelLosses(std::vector<Changes> evaluations,
                                         std::vector<EvaluationResults>& results) {
  if (!has_labels_) return absl::OkStatus();
  for (Changes& changes : evaluations) {
    changes.push_back("loss=[didact/CrossEntropy] { labels {} }");
  }
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> trials, Run(evaluations));
  for (size_t i = 0; i < trials.size(); ++i) {
    DIDACT_ASSIGN_OR_RETURN(const EvaluationResults of_labels, ReadEvaluation(trials[i], -1));
    results[i]["eval.label_loss"] = of_labels.at("eval.loss");
  }
  return absl::OkStatus();
}

}  // namespace didact
