#include "didact/framework/conformance/metric_descriptions.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "didact/framework/base/status.h"

namespace didact {
namespace {

// Returns the number of the layer in a key: 12 for "best.layer12.sum".
std::optional<size_t> LayerOf(absl::string_view key) {
  for (absl::string_view part : absl::StrSplit(key, '.')) {
    size_t layer = 0;
    if (absl::ConsumePrefix(&part, "layer") && absl::SimpleAtoi(part, &layer)) return layer;
  }
  return std::nullopt;
}

// The checks of one record.
class Comparison {
 public:
  Comparison(absl::Span<const MetricKey> keys, const std::vector<LayerExtents>& layers)
      : keys_(keys), layers_(layers) {}

  absl::Status Check(const std::string& key, const RecordArray* array) {
    const absl::Status status = CheckIsDescribed(keys_, key, array);
    if (!status.ok()) return absl::InternalError(status.message());
    const MetricKey& described = *FindMetricKey(keys_, key);
    found_.insert(&described);
    if (array == nullptr) return absl::OkStatus();
    if (described.is_headline)
      return absl::InternalError(absl::StrCat(key, " is an array and cannot be a headline"));
    for (size_t d = 0; d < array->shape.size(); ++d) {
      DIDACT_RETURN_IF_ERROR(CheckExtent(key, described.axes[d], array->shape[d]));
    }
    return absl::OkStatus();
  }

  absl::Status CheckAllWereWritten() const {
    for (const MetricKey& described : keys_) {
      if (!found_.contains(&described)) {
        return absl::InternalError(
            absl::StrCat("keys() has ", described.key, ", which is not written"));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status CheckExtent(const std::string& key, const std::string& axis, int64_t extent) {
    if (axis.empty())
      return absl::InternalError(absl::StrCat(key, " must have names for all axes"));
    const std::optional<size_t> layer = LayerOf(key);
    int64_t expected = 0;
    if (layer && *layer < layers_.size() && axis == "teacher") {
      expected = layers_[*layer].teacher;
    } else if (layer && *layer < layers_.size() && axis == "student") {
      expected = layers_[*layer].student;
    } else if (layer && *layer < layers_.size() && axis == "input") {
      expected = layers_[*layer].input;
    } else {
      expected = extents_.try_emplace(axis, extent).first->second;
    }
    if (extent == expected) return absl::OkStatus();
    return absl::InternalError(
        absl::StrCat(key, " must be ", expected, " long in its axis ", axis, ", got ", extent));
  }

  absl::Span<const MetricKey> keys_;
  const std::vector<LayerExtents>& layers_;
  std::set<const MetricKey*> found_;
  std::map<std::string, int64_t> extents_;
};

}  // namespace

bool AreSame(absl::Span<const MetricKey> keys, absl::Span<const MetricKey> others) {
  return std::equal(keys.begin(), keys.end(), others.begin(), others.end(),
                    [](const MetricKey& a, const MetricKey& b) {
                      return a.key == b.key && a.axes == b.axes && a.unit == b.unit &&
                             a.is_headline == b.is_headline;
                    });
}

absl::Status CheckDescriptions(absl::Span<const MetricKey> keys, const Record& record,
                               const std::vector<LayerExtents>& layers) {
  Comparison comparison(keys, layers);
  for (const auto& [key, number] : record.numbers()) {
    DIDACT_RETURN_IF_ERROR(comparison.Check(key, nullptr));
  }
  for (const auto& [key, array] : record.arrays()) {
    DIDACT_RETURN_IF_ERROR(comparison.Check(key, &array));
  }
  return comparison.CheckAllWereWritten();
}

}  // namespace didact
