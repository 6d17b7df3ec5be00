#include "framework/results/trial_status.h"

#include <array>

namespace didact {
namespace {

constexpr std::array<absl::string_view, 6> kNames = {"pending", "running",  "interrupted",
                                                     "failed",  "diverged", "finished"};

}  // namespace

std::string TrialStatusName(TrialStatus status) {
  return std::string(kNames[static_cast<int>(status)]);
}

TrialStatus TrialStatusOf(absl::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<TrialStatus>(i);
  }
  return TrialStatus::kPending;
}

}  // namespace didact
