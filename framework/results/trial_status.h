// How far a trial is, or how it ended: one vocabulary for files, tables and the terminal.

#ifndef DIDACT_FRAMEWORK_RESULTS_TRIAL_STATUS_H_
#define DIDACT_FRAMEWORK_RESULTS_TRIAL_STATUS_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace didact {

// From kPending to kFinished, more is known about a trial: where two processes say different things of the
// same trial, the later value holds.
enum class TrialStatus : uint8_t {
  // Nothing is known about the trial: no process has begun it.
  kPending,
  // The trial has left files and has not ended. Its folder does not tell whether it is running, or was
  // interrupted or killed; readers of results know no more than this.
  kUnfinished,
  // A process has begun the trial. It may have been killed since.
  kRunning,
  // The trial was stopped before its end. It goes on from its checkpoint, or starts over.
  kInterrupted,
  // An error outside of the training ended the trial, e.g. a full disk or an exception of a plugin. It is
  // tried again when its run or sweep goes on.
  kFailed,
  // The loss was not finite. Training ended there, and would end there again.
  kDiverged,
  // The trial was trained to its last epoch.
  kFinished,
  // The trial has left files, some of which cannot be read as a whole. Only readers of results say so.
  kDamaged,
};

inline constexpr int kTrialStatuses = 8;

// "pending", "unfinished", "running", ..., in the order of the values.
absl::string_view TrialStatusName(TrialStatus status);

// The status of this name; kPending for a name that is none.
TrialStatus TrialStatusOf(absl::string_view name);

// Whether the trial need not be run again, since it would give the same.
inline bool IsDone(TrialStatus status) {
  return status == TrialStatus::kDiverged || status == TrialStatus::kFinished;
}

// Whether the trial ended otherwise than a user wants it to.
inline bool IsWrong(TrialStatus status) {
  return status == TrialStatus::kFailed || status == TrialStatus::kDiverged;
}

// Whether the trial came to an end by itself, without being stopped.
inline bool HasEnded(TrialStatus status) { return IsDone(status) || IsWrong(status); }

// The outcome of several trials from `outcome`, that of all but one of them, and `trial`, that of this one:
// kInterrupted if any has not ended, otherwise kFailed if any did not finish, otherwise kFinished.
// The outcome of no trial is kFinished.
TrialStatus CombineOutcomes(TrialStatus outcome, TrialStatus trial);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_TRIAL_STATUS_H_
