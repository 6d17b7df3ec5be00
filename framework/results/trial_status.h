// How far a trial is, and what of it a sweep's index repeats.

#ifndef DIDACT_FRAMEWORK_RESULTS_TRIAL_STATUS_H_
#define DIDACT_FRAMEWORK_RESULTS_TRIAL_STATUS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "framework/results/provenance.h"

namespace didact {

// In ascending order of what is known about a trial: where two processes say different things of
// the same trial, the later one here holds.
enum class TrialStatus { kPending, kRunning, kInterrupted, kFailed, kDiverged, kFinished };

// "pending", "running", ...
std::string TrialStatusName(TrialStatus status);
// kPending for a name that is none.
TrialStatus TrialStatusOf(absl::string_view name);

// Whether the trial need not be run again: it would give the same.
inline bool IsDone(TrialStatus status) { return status >= TrialStatus::kDiverged; }

// The status of a trial of a sweep, and the headlines of its last evaluation (framework/plugin/metric_key.h), which
// tables show.
struct TrialState {
  TrialProvenance provenance;  // its status is a TrialStatus
  std::vector<std::pair<std::string, double>> numbers;

  TrialStatus status() const { return TrialStatusOf(provenance.status); }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_TRIAL_STATUS_H_
