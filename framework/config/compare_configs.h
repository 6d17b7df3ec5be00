// Compares two configs as descriptions of the same computation. Names of files do not count,
// because a file may be moved without a change of its bytes.

#ifndef DIDACT_FRAMEWORK_CONFIG_COMPARE_CONFIGS_H_
#define DIDACT_FRAMEWORK_CONFIG_COMPARE_CONFIGS_H_

#include <string>
#include <vector>

#include "didact/framework/config/file_names.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/message.h"

namespace didact {

struct ConfigComparison {
  // The differences apart from names of files: `training.epochs: 3 -> 5; ...`, cut off after 300
  // characters. Empty if there are none.
  std::string differences;
  // The names of files that differ. Empty if `differences` is not.
  std::vector<FileNameChange> file_names;
};

// Compares two messages of one type, including the plugin configs in them. A field that names a
// file in only one of them counts among `differences`.
ConfigComparison CompareConfigs(const google::protobuf::Message& before,
                                const google::protobuf::Message& now,
                                const PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_COMPARE_CONFIGS_H_
