// Gives each kind of warning about trials once, however many trials it applies to.

#ifndef DIDACT_FRAMEWORK_EXECUTION_FIRST_WARNINGS_H_
#define DIDACT_FRAMEWORK_EXECUTION_FIRST_WARNINGS_H_

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "didact/framework/base/problem.h"

namespace didact {

// Passes a warning on when it is added for the first time. Threads: Add may be called concurrently.
class FirstWarnings {
 public:
  // `tell` may be null.
  explicit FirstWarnings(std::function<void(const std::string& message)> tell)
      : tell_(std::move(tell)) {}

  // `warning`: in the words of the trial; `located`: the same with the place of its cause as its
  // path.
  void Add(const Problem& warning, const Problem& located) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (seen_.insert(warning.ToString()).second && tell_) tell_(located.ToString());
  }

 private:
  const std::function<void(const std::string& message)> tell_;
  std::mutex mutex_;
  std::set<std::string> seen_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_FIRST_WARNINGS_H_
