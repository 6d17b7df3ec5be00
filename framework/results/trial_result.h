// outcome.json: how a trial ended. It is written after everything else of the trial is durable, so
// a trial that has one is done, and its other files need not be examined.
//
//   {"status":"finished","steps":30,"evaluation":{"train.loss":0.25,...}}
//
// "evaluation" has the numbers of the last line of metrics.jsonl. The object also has a "message"
// if the trial diverged, and "uses_total_epochs":true if the training depends on the total number
// of epochs.

#ifndef DIDACT_FRAMEWORK_RESULTS_TRIAL_RESULT_H_
#define DIDACT_FRAMEWORK_RESULTS_TRIAL_RESULT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/trial_directory.h"
#include "didact/framework/results/trial_status.h"

namespace didact {

// How one trial ended, and the numbers of its last evaluation.
struct TrialResult {
  TrialProvenance provenance;
  std::vector<std::pair<std::string, Record::Number>> numbers;
  bool uses_total_epochs = false;  // Trial::uses_total_epochs at the end
};

// Returns the combined outcome of the trials (CombineOutcomes).
TrialStatus OutcomeOf(absl::Span<const TrialResult> trials);

// Durably writes outcome.json into the trial's folder. The status of `result` must be that of a
// trial that is done (IsDone).
absl::Status WriteOutcome(const TrialDirectory& directory, const TrialResult& result);

// Removes outcome.json, if there is one, so that the trial counts as unfinished. Durable only once
// the folder is flushed.
absl::Status RemoveOutcome(const TrialDirectory& directory);

// Reads outcome.json. It does not contain seed and wall time, which keep their default values.
// Errors: NOT_FOUND if the trial is not done; DATA_LOSS if the file is damaged.
absl::StatusOr<TrialResult> ReadOutcome(const TrialDirectory& directory);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_TRIAL_RESULT_H_
