#include "tools/warning_summary.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

namespace didact {

void WarningSummary::Add(const std::vector<std::string>& warnings, absl::string_view trial) {
  for (const std::string& warning : warnings) {
    auto found = absl::c_find_if(
        counted_, [&warning](const Counted& counted) { return counted.warning == warning; });
    if (found == counted_.end()) {
      found = counted_.insert(found, {warning, std::string(trial), 0});
    }
    ++found->trials;
  }
}

std::vector<std::string> WarningSummary::Lines(int64_t trials) const {
  std::vector<std::string> lines;
  for (const Counted& counted : counted_) {
    if (counted.trials == 1) continue;
    lines.push_back(absl::StrCat(counted.warning, " (", counted.trials, " of ", trials,
                                 " trials, the first of them ", counted.first, ")"));
  }
  return lines;
}

}  // namespace didact
