// Compares what a metric writes with its description.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_METRIC_DESCRIPTIONS_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_METRIC_DESCRIPTIONS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/plugin/record.h"

namespace didact {

// The extents of the dimensions that framework/plugin/metric_key.h names, in one layer.
struct LayerExtents {
  int64_t teacher = 0;
  int64_t student = 0;
  int64_t input = 0;
};

// Returns true if two descriptions are equal.
bool AreSame(absl::Span<const MetricKey> keys, absl::Span<const MetricKey> others);

// Checks that `keys`, the metric's descriptions, match `record`, which it wrote: every key is
// described, as number or array; nothing else is; dimensions of the layers' nodes have the extents
// in `layers`, and dimensions with any other name are equally long everywhere; no array is a
// headline. Errors: INTERNAL, naming the key.
absl::Status CheckDescriptions(absl::Span<const MetricKey> keys, const Record& record,
                               const std::vector<LayerExtents>& layers);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_METRIC_DESCRIPTIONS_H_
