// Maps recorded arrays of a two-layer case to Didact's results.

#ifndef DIDACT_TESTS_PARITY_STATISTICS_H_
#define DIDACT_TESTS_PARITY_STATISTICS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tests/parity/array.h"

namespace didact {

// A statistic that the reference recorded for every recorded state of the student.
struct Statistic {
  // The recorded array; its first axis counts the recorded states.
  std::string recorded;
  // Didact's keys of it or of its parts.
  std::vector<std::string> keys;
  // Makes one entry of the recorded array from the values of `keys`.
  Array (*transform)(absl::Span<const Array> values);
  enum class Comparison { kRounded, kEqual } comparison = Comparison::kRounded;
  // Epoch of Didact after which the recorded array begins.
  int64_t first_epoch = -1;
};

const std::vector<Statistic>& TwoLayerStatistics();

// Returns true if a recorded array is not a statistic: an input, a setting, a random number, or a
// quantity that is tested elsewhere.
bool IsNoStatistic(absl::string_view recorded);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_STATISTICS_H_
