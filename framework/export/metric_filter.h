// Which metrics are exported.

#ifndef DIDACT_FRAMEWORK_EXPORT_METRIC_FILTER_H_
#define DIDACT_FRAMEWORK_EXPORT_METRIC_FILTER_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace didact {

// Remembers the names it was asked about. Threads: one at a time.
class MetricFilter {
 public:
  // Names to accept, in which `*` stands for any characters; none: all.
  explicit MetricFilter(std::vector<std::string> patterns)
      : patterns_(std::move(patterns)), is_used_(patterns_.size()) {}

  bool Accepts(const std::string& name);

  // INVALID_ARGUMENT if one of the patterns accepted nothing; says what there was.
  absl::Status Check() const;

 private:
  std::vector<std::string> patterns_;
  std::vector<bool> is_used_;
  std::set<std::string> seen_;
};

// Whether `name` is `pattern`, with any characters in place of each `*`.
bool MatchesPattern(absl::string_view name, absl::string_view pattern);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_METRIC_FILTER_H_
