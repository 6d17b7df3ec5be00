// Runs of a config with changed fields.

#ifndef DIDACT_TESTS_PARITY_CHANGED_RUNS_H_
#define DIDACT_TESTS_PARITY_CHANGED_RUNS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/parity/finished_trial.h"

namespace didact {

// Changes of fields, as `--set` has them.
using Changes = std::vector<std::string>;

// Returns the changes for an evaluation, without training, of a student whose weights are in a
// file; `others` are appended.
Changes EvaluationOf(const std::string& weights, const Changes& others);

// Returns the file of the weights after an epoch of a trial; -1 is before the first.
std::string WeightsOf(const std::string& trial, int64_t epoch);

// Runs of one config. The errors of all methods are those of the runs and of their files.
class ChangedRuns {
 public:
  // `has_labels`: the data of the config has labels.
  ChangedRuns(std::string config, bool has_labels)
      : config_(std::move(config)), has_labels_(has_labels) {}

  // Makes a run for each element, and returns the folders of the trials.
  absl::StatusOr<std::vector<std::string>> Run(const std::vector<Changes>& runs);

  // Makes evaluations, and returns their results, with the losses against the labels.
  absl::StatusOr<std::vector<EvaluationResults>> Evaluate(std::vector<Changes> evaluations);

  // Adds the cross entropy against the labels, `eval.label_loss`, to the results of evaluations, if
  // there are labels.
  absl::Status AddLabelLosses(std::vector<Changes> evaluations,
                              std::vector<EvaluationResults>& results);

 private:
  const std::string config_;
  const bool has_labels_;
  int sweeps_ = 0;
};

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_CHANGED_RUNS_H_
