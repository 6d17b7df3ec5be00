// Compares what a metric writes with what it says that it writes.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_METRIC_DESCRIPTIONS_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_METRIC_DESCRIPTIONS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "framework/plugin/metric_key.h"
#include "framework/plugin/record.h"

namespace didact {

// The lengths of the dimensions that framework/plugin/metric_key.h names, in one layer.
struct LayerExtents {
  int64_t teacher = 0;
  int64_t student = 0;
  int64_t input = 0;
};

// Returns true if two descriptions say the same.
bool AreSame(absl::Span<const MetricKey> keys, absl::Span<const MetricKey> others);

// Checks that `keys`, what the metric says, describe `record`, what it wrote: all of it, as number or array; with
// dimensions of the layers' nodes as long as `layers` says, and those of any other name equally long wherever they
// stand; nothing besides; and no array as a headline. Errors: INTERNAL, naming the key.
absl::Status CheckDescriptions(absl::Span<const MetricKey> keys, const Record& record,
                               const std::vector<LayerExtents>& layers);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_METRIC_DESCRIPTIONS_H_
