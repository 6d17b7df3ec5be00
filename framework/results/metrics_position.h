// A position in a trial's metrics.jsonl: the end of the file when a checkpoint was taken.

#ifndef DIDACT_FRAMEWORK_RESULTS_METRICS_POSITION_H_
#define DIDACT_FRAMEWORK_RESULTS_METRICS_POSITION_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace didact {

struct MetricsPosition {
  int64_t bytes = 0;
  uint32_t crc32 = 0;  // CRC-32 of these bytes

  // Moves the position past `text`, which was appended to the file.
  void Add(absl::string_view text);
};

// Checks that the file begins with the bytes up to `position`.
// Errors: DATA_LOSS if it is shorter or has other bytes; NOT_FOUND.
absl::Status CheckMetrics(const std::string& path, const MetricsPosition& position);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_METRICS_POSITION_H_
