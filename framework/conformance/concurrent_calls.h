// Calls plugins from two threads at the same time.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_CONCURRENT_CALLS_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_CONCURRENT_CALLS_H_

#include <atomic>
#include <chrono>
#include <thread>

#include "absl/status/status.h"
#include "didact/framework/conformance/check_list.h"

namespace didact {

// Calls `first` and `second`, functions without arguments that return an absl::Status, again and
// again for about a fiftieth of a second, each in a thread of its own. Returns the first error, of
// `first` if there are two; an exception is an error. The two functions must share nothing but the
// plugin that they call.
template <class First, class Second>
absl::Status CallConcurrently(const First& first, const Second& second) {
  // Long enough for some turns of both threads on a machine with one processor.
  constexpr std::chrono::milliseconds kDuration{20};
  constexpr int kLeastCalls = 10;
  std::atomic<int> ready = 0;
  std::atomic<bool> failed = false;
  const auto repeat = [&](const auto& call) {
    ++ready;
    while (ready < 2) std::this_thread::yield();
    const auto end = std::chrono::steady_clock::now() + kDuration;
    absl::Status status;
    for (int calls = 0; status.ok() && !failed; ++calls) {
      if (calls >= kLeastCalls && std::chrono::steady_clock::now() >= end) break;
      status = StatusOfCheck(call);
    }
    if (!status.ok()) failed = true;
    return status;
  };
  absl::Status second_status;
  std::thread thread([&] { second_status = repeat(second); });
  absl::Status status = repeat(first);
  thread.join();
  status.Update(second_status);
  return status;
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_CONCURRENT_CALLS_H_
