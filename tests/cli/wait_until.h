// Waits for an action of another process.

#ifndef DIDACT_TESTS_CLI_WAIT_UNTIL_H_
#define DIDACT_TESTS_CLI_WAIT_UNTIL_H_

#include <unistd.h>

#include <chrono>
#include <functional>

namespace didact {

// Waits until the condition holds and returns true; returns false if it does not within 100
// seconds.
inline bool WaitUntil(const std::function<bool()>& condition) {
  constexpr auto kLongest = std::chrono::seconds(100);
  constexpr useconds_t kPause = 1000;  // microseconds
  const auto start = std::chrono::steady_clock::now();
  while (!condition()) {
    if (std::chrono::steady_clock::now() - start > kLongest) return false;
    usleep(kPause);
  }
  return true;
}

}  // namespace didact

#endif  // DIDACT_TESTS_CLI_WAIT_UNTIL_H_
