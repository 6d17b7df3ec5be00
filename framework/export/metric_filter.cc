#include "didact/framework/export/metric_filter.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace didact {

bool MatchesPattern(absl::string_view name, absl::string_view pattern) {
  const std::vector<absl::string_view> parts = absl::StrSplit(pattern, '*');
  if (parts.size() == 1) return name == pattern;
  if (!absl::StartsWith(name, parts.front())) return false;
  name.remove_prefix(parts.front().size());
  // Parts between stars match as early as possible, the last part at the end.
  for (size_t i = 1; i + 1 < parts.size(); ++i) {
    const size_t place = name.find(parts[i]);
    if (place == absl::string_view::npos) return false;
    name.remove_prefix(place + parts[i].size());
  }
  return absl::EndsWith(name, parts.back());
}

bool MetricFilter::Accepts(const std::string& name) {
  if (patterns_.empty()) return true;
  seen_.insert(name);
  bool accepts = false;
  for (size_t i = 0; i < patterns_.size(); ++i) {
    if (!MatchesPattern(name, patterns_[i])) continue;
    is_used_[i] = true;
    accepts = true;
  }
  return accepts;
}

absl::Status MetricFilter::Check() const {
  for (size_t i = 0; i < patterns_.size(); ++i) {
    if (is_used_[i]) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("no metric is called \"", patterns_[i],
                     "\"; there are: ", seen_.empty() ? "none" : absl::StrJoin(seen_, ", ")));
  }
  return absl::OkStatus();
}

}  // namespace didact
