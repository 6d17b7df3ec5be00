// Collects the damage that an export finds in the files of a run or a sweep.

#ifndef DIDACT_FRAMEWORK_RESULTS_DAMAGE_H_
#define DIDACT_FRAMEWORK_RESULTS_DAMAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace didact {

// Keeps the first messages and counts all. A value; one thread at a time.
class Damage {
 public:
  void Add(const absl::Status& status) {
    if (messages_.size() < kMaxMessages) messages_.emplace_back(status.message());
    ++count_;
  }

  int64_t count() const { return count_; }
  // The first ten messages, each `FILE: ...`.
  std::vector<std::string> messages() const { return messages_; }

 private:
  static constexpr size_t kMaxMessages = 10;

  int64_t count_ = 0;
  std::vector<std::string> messages_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_DAMAGE_H_
