// Relative file names in a config are relative to the config's folder; here they become absolute.

#ifndef DIDACT_FRAMEWORK_EXPERIMENT_FILE_NAMES_H_
#define DIDACT_FRAMEWORK_EXPERIMENT_FILE_NAMES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/plugin/registry.h"
#include "google/protobuf/message.h"

namespace didact {

// The absolute name of the folder that `path` lies in, links followed. The folder must exist.
// Errors begin with `path`.
absl::StatusOr<std::string> AbsoluteFolderOf(const std::string& path);

// Puts `folder`/ before every relative name in a field whose rules say `file`, in messages within and in plugin configs
// too. An array's name behind a colon is not touched. Configs that are unknown or do not parse stay as they
// are: ResolveConfig reports them.
void MakeFileNamesAbsolute(absl::string_view folder, const PluginRegistry& registry,
                           google::protobuf::Message& message);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPERIMENT_FILE_NAMES_H_
