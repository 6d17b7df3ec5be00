// Collects all failures of a request, so that one message can report them together.

#ifndef DIDACT_FRAMEWORK_BASE_PROBLEMS_H_
#define DIDACT_FRAMEWORK_BASE_PROBLEMS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"

namespace didact {

// A list of failures. The combined status has the first failure's code and one line per distinct
// failure.
class Problems {
 public:
  // Adds a failure; OK and exact repetitions are ignored.
  void Add(const absl::Status& status) {
    if (status.ok()) return;
    if (messages_.empty()) code_ = status.code();
    std::string message(status.message());
    for (const std::string& known : messages_) {
      if (known == message) return;
    }
    messages_.push_back(std::move(message));
  }

  bool empty() const { return messages_.empty(); }

  absl::Status ToStatus() const {
    return messages_.empty() ? absl::OkStatus()
                             : absl::Status(code_, absl::StrJoin(messages_, "\n"));
  }

 private:
  absl::StatusCode code_ = absl::StatusCode::kOk;
  std::vector<std::string> messages_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_PROBLEMS_H_
