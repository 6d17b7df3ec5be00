// Selects the metrics to export.

#ifndef DIDACT_FRAMEWORK_EXPORT_METRIC_FILTER_H_
#define DIDACT_FRAMEWORK_EXPORT_METRIC_FILTER_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace didact {

// Accepts names by patterns, and remembers the names that it was given. Threads: one at a time.
class MetricFilter {
 public:
  // Names to accept, in which `*` stands for any characters; if empty, all.
  explicit MetricFilter(std::vector<std::string> patterns)
      : patterns_(std::move(patterns)), is_used_(patterns_.size()) {}

  bool Accepts(const std::string& name);

  // INVALID_ARGUMENT, with the names that were given, if one of the patterns accepted none.
  absl::Status Check() const;

 private:
  std::vector<std::string> patterns_;
  std::vector<bool> is_used_;
  std::set<std::string> seen_;
};

// Returns true if `name` is `pattern`, with any characters in place of each `*`.
bool MatchesPattern(absl::string_view name, absl::string_view pattern);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_METRIC_FILTER_H_
