// The description of a key that a metric writes, for tables, exports and reports, which know no metric by name.

#ifndef DIDACT_FRAMEWORK_PLUGIN_METRIC_KEY_H_
#define DIDACT_FRAMEWORK_PLUGIN_METRIC_KEY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "framework/plugin/record.h"

namespace didact {

// The description of one key, or of one key for each layer.
struct MetricKey {
  // The key as the metric writes it, without `train.` or `eval.`. `*` stands for a whole number, such as that of a layer:
  // "specialization.layer*.best" describes "specialization.layer0.best". No key that is written is described twice.
  std::string key;
  // The name of each dimension of an array, e.g. {"teacher", "student"}; empty for a number. "teacher" and "student"
  // are the nodes of the layer that the key names, which are the outputs in the final layer, "input" is what this
  // layer of the student reads. Other names are the metric's own.
  std::vector<std::string> axes = {};
  // The unit, e.g. "samples"; empty if there is none. Units that depend on the experiment are said by what they come
  // from: "activations^2", "objective".
  std::string unit = {};
  // True for a number that tables of many trials show, measured on the evaluation set. The heading of its column leaves
  // out what all such keys have in common up to the layer, so that the rest of the key should say what the number is.
  bool is_headline = false;
};

// The description of `key`, as the metric writes it; null if there is none. Good as long as `keys`.
const MetricKey* FindMetricKey(absl::Span<const MetricKey> keys, absl::string_view key);

// The same for a key of a trial's record, e.g. "eval.loss", which begins with the name of a data set.
const MetricKey* FindRecordKey(absl::Span<const MetricKey> keys, absl::string_view record_key);

// Returns true if tables of trials show the number under this key of a trial's record.
bool IsHeadline(absl::Span<const MetricKey> keys, absl::string_view record_key);

// Checks that `keys` describe what a metric writes under `key`: `array`, or a number if it is null. Errors:
// INVALID_ARGUMENT with the key, what is written and what is described.
absl::Status CheckIsDescribed(absl::Span<const MetricKey> keys, absl::string_view key,
                              const RecordArray* array);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_METRIC_KEY_H_
