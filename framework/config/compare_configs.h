// Compares two configs as descriptions of the same work: names of files do not change what is computed, as long as the same
// bytes are in the files.

#ifndef DIDACT_FRAMEWORK_CONFIG_COMPARE_CONFIGS_H_
#define DIDACT_FRAMEWORK_CONFIG_COMPARE_CONFIGS_H_

#include <string>
#include <vector>

#include "framework/config/file_names.h"
#include "framework/plugin/registry.h"
#include "google/protobuf/message.h"

namespace didact {

struct ConfigComparison {
  // Where they differ besides names of files, `training.epochs: 3 -> 5; ...`, cut off where it gets long; empty: nowhere.
  std::string differences;
  // Which names of files differ, if nothing else does.
  std::vector<FileNameChange> file_names;
};

// Compares two messages of one type, configs of plugins included. A file that only one of them names is a difference.
ConfigComparison CompareConfigs(const google::protobuf::Message& before,
                                const google::protobuf::Message& now,
                                const PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_COMPARE_CONFIGS_H_
