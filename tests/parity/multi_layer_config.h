// Writes a recorded multi-layer case as a user of Didact would: a config and its files.

#ifndef DIDACT_TESTS_PARITY_MULTI_LAYER_CONFIG_H_
#define DIDACT_TESTS_PARITY_MULTI_LAYER_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "tests/parity/array.h"
#include "tests/parity/recorded_case.h"

namespace didact {

// Writes the recorded run into `folder`, which must exist: its initial weights, data, mini-batches
// and settings, and every metric that has a counterpart in the recording, at every epoch. Returns
// the path of the config. The data set's arrays are those of data.npz, with the recorded names.
// Errors: a setting that no field of a config stands for, or a value of it; a learning rate that
// changes within an epoch.
absl::StatusOr<std::string> WriteMultiLayerConfig(const RecordedCase& recorded,
                                                  const std::string& folder);

// Returns the plugin that optimizes with the recorded settings, but with `rates[i]` in epoch i.
// Errors: an optimizer that Didact does not have.
absl::StatusOr<std::string> OptimizerPlugin(const RecordedCase& recorded, const Array& rates);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_MULTI_LAYER_CONFIG_H_
