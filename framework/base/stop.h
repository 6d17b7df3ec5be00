// A request to stop, which whatever takes long looks at now and then.

#ifndef DIDACT_FRAMEWORK_BASE_STOP_H_
#define DIDACT_FRAMEWORK_BASE_STOP_H_

#include <atomic>

#include "absl/status/status.h"

namespace didact {

// Set once, from any thread or a signal handler. Null where nobody will ask.
using StopFlag = const std::atomic<bool>*;

inline bool IsSet(StopFlag stop) {
  return stop != nullptr && stop->load(std::memory_order_relaxed);
}

// What a function returns that gave up because of such a request.
inline absl::Status StoppedError() { return absl::CancelledError("stopped before it had begun"); }

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_STOP_H_
