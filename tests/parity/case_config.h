// Writes a recorded two-layer case as a user of Didact would: a config and its files.

#ifndef DIDACT_TESTS_PARITY_CASE_CONFIG_H_
#define DIDACT_TESTS_PARITY_CASE_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "tests/parity/recorded_case.h"

namespace didact {

// Both functions write into `folder`, which must exist, and return the path of the config.

// Writes the recorded run: its initial weights, data, mini-batches and settings, and every metric
// that has a counterpart in the recording, at every epoch.
absl::StatusOr<std::string> WriteTrajectoryConfig(const RecordedCase& recorded,
                                                  const std::string& folder);

// The construction of the initial weights: the recorded random numbers (`draw_*`, which must be
// present) as weights, changed by initializers. Trains for no epoch.
absl::StatusOr<std::string> WriteConstructionConfig(const RecordedCase& recorded,
                                                    const std::string& folder);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_CASE_CONFIG_H_
