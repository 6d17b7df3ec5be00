// outcome.json: how a trial ended. Written when everything else of the trial is on the disk, so
// that a trial that has one is done and need not be looked at again.
//
//   {"status":"finished","steps":30,"evaluation":{"train.loss":0.25,...}}
//
// "evaluation" has the numbers of the last line of metrics.jsonl. A trial that diverged has a
// "message", one whose training depends on the total number of epochs "uses_total_epochs":true.

#ifndef DIDACT_FRAMEWORK_RESULTS_TRIAL_RESULT_H_
#define DIDACT_FRAMEWORK_RESULTS_TRIAL_RESULT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "framework/plugin/record.h"
#include "framework/results/provenance.h"
#include "framework/results/trial_directory.h"
#include "framework/results/trial_status.h"

namespace didact {

// How one trial ended, and the numbers of its last evaluation.
struct TrialResult {
  TrialProvenance provenance;
  std::vector<std::pair<std::string, Record::Number>> numbers;
  bool uses_total_epochs = false;  // as the trial says at its end
};

// The outcome of all these trials (CombineOutcomes).
TrialStatus OutcomeOf(absl::Span<const TrialResult> trials);

// Writes outcome.json into the trial's folder, durably. The trial is done (IsDone).
absl::Status WriteOutcome(const TrialDirectory& directory, const TrialResult& result);

// Removes it, so that the trial counts as unfinished; there may be none. Not durable before the
// folder is flushed.
absl::Status RemoveOutcome(const TrialDirectory& directory);

// What it says. Seed and wall time are not in it and left as they are by default.
// Errors: NOT_FOUND when the trial is not done; DATA_LOSS when the file is damaged.
absl::StatusOr<TrialResult> ReadOutcome(const TrialDirectory& directory);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_TRIAL_RESULT_H_
