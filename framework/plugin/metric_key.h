// Descriptions of the keys that metrics write. Tables, exports and reports use them and depend on
// no particular metric.

#ifndef DIDACT_FRAMEWORK_PLUGIN_METRIC_KEY_H_
#define DIDACT_FRAMEWORK_PLUGIN_METRIC_KEY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/plugin/record.h"

namespace didact {

// Describes one key, or one key for each layer.
struct MetricKey {
  // The key as the metric writes it, without `train.` or `eval.`. `*` stands for a whole number,
  // such as that of a layer: "specialization.layer*.best" describes "specialization.layer0.best".
  // At most one description matches a key.
  std::string key;
  // The name of each dimension of an array, e.g. {"teacher", "student"}; empty for a number.
  // "teacher" and "student" are the nodes of the layer in the key (the outputs, for the final
  // layer), and "input" is the input of this layer of the student. The metric defines all other
  // names.
  std::vector<std::string> axes = {};
  // The unit, e.g. "samples"; empty if there is none. A unit that depends on the experiment is
  // given by its origin: "activations^2", "objective".
  std::string unit = {};
  // True for a number that tables of many trials show, as measured on the evaluation set. Column
  // headings omit the part up to the layer that all headlines share, so the rest of the key should
  // identify the number.
  bool is_headline = false;
};

// Returns the description of `key`, as the metric writes it; null if there is none. Valid as long
// as `keys`.
const MetricKey* FindMetricKey(absl::Span<const MetricKey> keys, absl::string_view key);

// Returns the description of a key in a trial's record, which begins with the name of a data set:
// "eval.loss".
const MetricKey* FindRecordKey(absl::Span<const MetricKey> keys, absl::string_view record_key);

// Returns true if tables of trials show the number under this key of a trial's record.
bool IsHeadline(absl::Span<const MetricKey> keys, absl::string_view record_key);

// Checks that `keys` describe what a metric writes under `key`: `array`, or a number if that is
// null. Errors: INVALID_ARGUMENT with the key, its value and its description.
absl::Status CheckIsDescribed(absl::Span<const MetricKey> keys, absl::string_view key,
                              const RecordArray* array);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_METRIC_KEY_H_
