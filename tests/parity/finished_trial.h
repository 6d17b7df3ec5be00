// Runs the tool on a config with one trial, and reads its results by key.

#ifndef DIDACT_TESTS_PARITY_FINISHED_TRIAL_H_
#define DIDACT_TESTS_PARITY_FINISHED_TRIAL_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/parity/array.h"

namespace didact {

// Calls `didact run` on a config whose only seed is 1, with results in the folder `name` beside the
// config. Returns the trial's folder. Errors: INTERNAL with the tool's messages if its exit code is
// not 0.
absl::StatusOr<std::string> RunTrialOf(const std::string& config, const std::string& name,
                                       const std::vector<std::string>& overrides = {});

// Calls `didact sweep` with an experiment for each element of `overrides`: the config, changed by
// these. The sweep and its results are in the folder of the config, with the name `name`. Returns
// the trials' folders in the same order.
absl::StatusOr<std::vector<std::string>> RunTrialsOf(
    const std::string& config, const std::string& name,
    const std::vector<std::vector<std::string>>& overrides);

// All results of one evaluation of a trial, with the keys of the files: the numbers of
// metrics.jsonl ("train.loss"), the arrays ("train.specialization.layer0.correlation") and the
// weights ("student.0.weight").
using EvaluationResults = std::map<std::string, Array>;

// `trial`: the trial's folder. `epoch`: -1 for the evaluation before the first step.
// Errors: a file or the evaluation is missing, or cannot be read.
absl::StatusOr<EvaluationResults> ReadEvaluation(const std::string& trial, int64_t epoch);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_FINISHED_TRIAL_H_
