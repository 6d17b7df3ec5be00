// The status of a trial, with the only names for it in files, tables and the terminal.

#ifndef DIDACT_FRAMEWORK_RESULTS_TRIAL_STATUS_H_
#define DIDACT_FRAMEWORK_RESULTS_TRIAL_STATUS_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace didact {

// Values from kPending to kFinished are in the order of increasing knowledge: if two processes
// record different statuses of the same trial, the greater one is valid.
enum class TrialStatus : uint8_t {
  // No process has begun the trial, as far as is known.
  kPending,
  // The trial has left files and has not ended. Readers of results use this value, because a
  // trial's folder does not show whether the trial is running, or was interrupted or killed.
  kUnfinished,
  // A process has begun the trial. It may have been killed since.
  kRunning,
  // The trial was stopped before its end. It continues from its checkpoint, or starts over.
  kInterrupted,
  // An error outside of the training ended the trial, e.g. a full disk or an exception of a plugin.
  // The trial is tried again when its run or sweep is resumed.
  kFailed,
  // The loss was not finite. Training ended there, and would end there again.
  kDiverged,
  // The trial was trained to its last epoch.
  kFinished,
  // The trial has left files of which some are damaged. Only readers of results use this value.
  kDamaged,
};

inline constexpr int kTrialStatuses = 8;

// "pending", "unfinished", "running", ..., in the order of the values.
absl::string_view TrialStatusName(TrialStatus status);

// Returns the status with this name; kPending if there is none.
TrialStatus TrialStatusOf(absl::string_view name);

// Returns true if the trial need not be run again, because it would give the same result.
inline bool IsDone(TrialStatus status) {
  return status == TrialStatus::kDiverged || status == TrialStatus::kFinished;
}

// Returns true if the trial ended without success.
inline bool IsWrong(TrialStatus status) {
  return status == TrialStatus::kFailed || status == TrialStatus::kDiverged;
}

// Returns true if the trial ended by itself, with or without success, and was not stopped.
inline bool HasEnded(TrialStatus status) { return IsDone(status) || IsWrong(status); }

// Returns the outcome of several trials, where `outcome` is that of all but one and `trial` is the
// status of this one: kInterrupted if any has not ended, otherwise kFailed if any did not finish,
// otherwise kFinished. The outcome of no trial is kFinished.
TrialStatus CombineOutcomes(TrialStatus outcome, TrialStatus trial);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_TRIAL_STATUS_H_
