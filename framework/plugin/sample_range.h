// The fields `first` and `size` of data sets that read files, which select samples of a file.

#ifndef DIDACT_FRAMEWORK_PLUGIN_SAMPLE_RANGE_H_
#define DIDACT_FRAMEWORK_PLUGIN_SAMPLE_RANGE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"

namespace didact {

// Samples first, first + 1, ..., first + size - 1 of a file.
struct SampleRange {
  int64_t first = 0;
  int64_t size = 0;
};

// Returns the range that `config` (with fields first >= 0 and size >= 1) selects of `available` >=
// 1 samples.
//   source: origin of the samples, e.g. `f.npz: array "x"`.
//   path: path of `config`.
// Errors: INVALID_ARGUMENT, naming field, source and sizes, if the range exceeds the samples.
template <class Config>
absl::StatusOr<SampleRange> SelectSamples(const Config& config, int64_t available,
                                          absl::string_view source, const FieldPath& path) {
  if (config.first() >= available) {
    return path.Field("first").Invalid(absl::StrCat("must be < ", available,
                                                    ", the number of samples, got ", config.first(),
                                                    " (", source, ")"));
  }
  const int64_t remaining = available - config.first();
  if (config.has_size() && config.size() > remaining) {
    return path.Field("size").Invalid(
        absl::StrCat("must be <= ", remaining, ", the number of samples from sample ",
                     config.first(), " on, got ", config.size(), " (", source, ")"));
  }
  return SampleRange{config.first(), config.has_size() ? config.size() : remaining};
}

// Removes all samples outside of `range`, which lies within the array, from an array of this shape.
// Its first dimension counts samples, and `values` has equally many elements or bytes for each.
template <class Values>
void KeepSamples(const SampleRange& range, std::vector<int64_t>& shape, Values& values) {
  const int64_t values_per_sample = static_cast<int64_t>(values.size()) / shape[0];
  const auto begin = values.begin();
  values.erase(begin + (range.first + range.size) * values_per_sample, values.end());
  values.erase(begin, begin + range.first * values_per_sample);
  shape[0] = range.size;
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_SAMPLE_RANGE_H_
