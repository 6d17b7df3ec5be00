// Repeats a recorded multi-layer run with the tool.

#ifndef DIDACT_TESTS_PARITY_REPETITION_H_
#define DIDACT_TESTS_PARITY_REPETITION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/parity/finished_trial.h"
#include "tests/parity/recorded_case.h"

namespace didact {

// What Didact computes where the reference recorded something. Numbers and arrays have the keys of
// the files (finished_trial.h), and `eval.label_loss` is the cross entropy against the labels, if
// the recording has any.
struct Repetition {
  // The recorded states of the student, each with its evaluation on all evaluation data.
  std::vector<EvaluationResults> snapshots;

  // At each snapshot, the means over the batches of the evaluation data, of which the last may be
  // short, of the numbers with `eval.`.
  std::vector<EvaluationResults> batch_means;

  // For each step, the numbers with `eval.` on its mini-batch before the step, where normalizations
  // use the mini-batch's statistics; the gradient of the objective, `gradient.` and the parameter
  // (`gradient.0.weight`), without weight decay; and its Frobenius norm, `gradient_norm.0.weight`.
  std::vector<EvaluationResults> steps;
};

// `config`: the path of the config that WriteMultiLayerConfig wrote. All runs are those of this
// config with fields changed on the command line.
// Errors: those of the runs.
absl::StatusOr<Repetition> Repeat(const RecordedCase& recorded, const std::string& config);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_REPETITION_H_
