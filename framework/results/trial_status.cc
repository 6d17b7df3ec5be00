#include "didact/framework/results/trial_status.h"

#include <array>
#include <cstddef>

namespace didact {
namespace {

constexpr std::array<absl::string_view, kTrialStatuses> kNames = {
    "pending", "unfinished", "running", "interrupted", "failed", "diverged", "finished", "damaged"};

}  // namespace

absl::string_view TrialStatusName(TrialStatus status) {
  return kNames[static_cast<size_t>(status)];
}

TrialStatus TrialStatusOf(absl::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<TrialStatus>(i);
  }
  return TrialStatus::kPending;
}

TrialStatus CombineOutcomes(TrialStatus outcome, TrialStatus trial) {
  if (!HasEnded(outcome) || !HasEnded(trial)) return TrialStatus::kInterrupted;
  const bool have_finished = outcome == TrialStatus::kFinished && trial == TrialStatus::kFinished;
  return have_finished ? TrialStatus::kFinished : TrialStatus::kFailed;
}

}  // namespace didact
