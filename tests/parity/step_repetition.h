// Repeats the single steps of a recorded multi-layer run.

#ifndef DIDACT_TESTS_PARITY_STEP_REPETITION_H_
#define DIDACT_TESTS_PARITY_STEP_REPETITION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/parity/changed_runs.h"
#include "tests/parity/finished_trial.h"
#include "tests/parity/recorded_case.h"

namespace didact {

// Returns the changes for the recorded run with an epoch for each step, so that the student is
// written before each step. Errors: those of OptimizerPlugin.
absl::StatusOr<Changes> StepByStep(const RecordedCase& recorded);

// Returns `Repetition::steps`. `trial`: the folder of the trial with an epoch for each step.
// `folder`: for files that the runs read.
absl::StatusOr<std::vector<EvaluationResults>> RepeatSteps(const RecordedCase& recorded,
                                                           const std::string& trial,
                                                           const std::string& folder,
                                                           ChangedRuns& runs);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_STEP_REPETITION_H_
