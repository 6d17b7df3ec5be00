// Collects all failures of a request, so that one message can report them together.

#ifndef DIDACT_FRAMEWORK_BASE_PROBLEMS_H_
#define DIDACT_FRAMEWORK_BASE_PROBLEMS_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "didact/framework/base/problem.h"

namespace didact {

// A list of failures. The combined status has the code of the first failure and the problems of all
// failures, each once.
class Problems {
 public:
  // Adds the problems of a failure; OK and exact repetitions are ignored.
  void Add(const absl::Status& status) {
    if (status.ok()) return;
    if (problems_.empty()) code_ = status.code();
    for (Problem& problem : ProblemsOf(status)) {
      if (!absl::c_linear_search(problems_, problem)) problems_.push_back(std::move(problem));
    }
  }

  bool empty() const { return problems_.empty(); }
  size_t size() const { return problems_.size(); }

  absl::Status ToStatus() const {
    return problems_.empty() ? absl::OkStatus() : StatusOf(code_, problems_);
  }

 private:
  absl::StatusCode code_ = absl::StatusCode::kOk;
  std::vector<Problem> problems_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_PROBLEMS_H_
