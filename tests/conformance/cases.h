// The configs with which the built-in plugins are tested.

#ifndef DIDACT_TESTS_CONFORMANCE_CASES_H_
#define DIDACT_TESTS_CONFORMANCE_CASES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace didact {

// Returns configs, in text format, of the plugin with the config message `name`, e.g.
// "didact.LeakyRelu". If there are none, the example of its manual is used. Files that they name
// are in `directory`, in which WriteConformanceFiles has written them.
std::vector<std::string> ConformanceCases(const std::string& name, const std::string& directory);

// Returns the names of all plugins that have cases.
std::vector<std::string> NamesWithConformanceCases();

// Writes the small data files that the cases read.
absl::Status WriteConformanceFiles(const std::string& directory);

}  // namespace didact

#endif  // DIDACT_TESTS_CONFORMANCE_CASES_H_
