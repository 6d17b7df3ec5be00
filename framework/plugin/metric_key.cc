#include "didact/framework/plugin/metric_key.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace didact {
namespace {

// Prefix of the data set that headlines are measured on.
constexpr absl::string_view kEvaluationPrefix = "eval.";

// Returns true if `pattern`, in which `*` stands for a whole number, describes `key`.
bool Describes(absl::string_view pattern, absl::string_view key) {
  while (!pattern.empty()) {
    if (key.empty()) return false;
    if (pattern.front() == '*') {
      if (!absl::ascii_isdigit(static_cast<unsigned char>(key.front()))) return false;
      key.remove_prefix(std::min(key.find_first_not_of("0123456789"), key.size()));
    } else {
      if (pattern.front() != key.front()) return false;
      key.remove_prefix(1);
    }
    pattern.remove_prefix(1);
  }
  return key.empty();
}

std::string Form(const std::vector<std::string>& axes) {
  return axes.empty() ? "a number" : absl::StrCat("an array [", absl::StrJoin(axes, ", "), "]");
}

}  // namespace

const MetricKey* FindMetricKey(absl::Span<const MetricKey> keys, absl::string_view key) {
  const auto found = std::find_if(keys.begin(), keys.end(), [key](const MetricKey& described) {
    return Describes(described.key, key);
  });
  return found == keys.end() ? nullptr : &*found;
}

const MetricKey* FindRecordKey(absl::Span<const MetricKey> keys, absl::string_view record_key) {
  const size_t stop = record_key.find('.');
  return stop == absl::string_view::npos ? nullptr
                                         : FindMetricKey(keys, record_key.substr(stop + 1));
}

bool IsHeadline(absl::Span<const MetricKey> keys, absl::string_view record_key) {
  if (!absl::StartsWith(record_key, kEvaluationPrefix)) return false;
  const MetricKey* const described = FindRecordKey(keys, record_key);
  return described != nullptr && described->is_headline;
}

absl::Status CheckIsDescribed(absl::Span<const MetricKey> keys, absl::string_view key,
                              const RecordArray* array) {
  const MetricKey* const described = FindMetricKey(keys, key);
  if (described == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("writes \"", key, "\", which is not among its keys()"));
  }
  const size_t dimensions = array == nullptr ? 0 : array->shape.size();
  if ((array == nullptr) == described->axes.empty() && dimensions == described->axes.size()) {
    return absl::OkStatus();
  }
  const std::string written =
      array == nullptr
          ? "a number"
          : absl::StrCat("an array of ", dimensions, " dimension", dimensions == 1 ? "" : "s");
  return absl::InvalidArgumentError(absl::StrCat("writes ", written, " under \"", key,
                                                 "\", which its keys() describe as ",
                                                 Form(described->axes)));
}

}  // namespace didact
