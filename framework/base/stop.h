// The cancellation flag that long operations poll.

#ifndef DIDACT_FRAMEWORK_BASE_STOP_H_
#define DIDACT_FRAMEWORK_BASE_STOP_H_

#include <atomic>

#include "absl/status/status.h"

namespace didact {

// Points to a flag that is set once, from any thread or a signal handler. Null if the operation
// cannot be cancelled.
using StopFlag = const std::atomic<bool>*;

inline bool IsSet(StopFlag stop) {
  return stop != nullptr && stop->load(std::memory_order_relaxed);
}

// Returns the status of an operation that stops because the flag is set before training has begun,
// while data are prepared. CANCELLED has no other meaning in the framework.
inline absl::Status StoppedError() { return absl::CancelledError("stopped before it had begun"); }

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_STOP_H_
