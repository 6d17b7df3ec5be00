// The names of files in a config: the fields with the rule `file`, including those of inner
// messages and of plugin configs. A relative name is relative to the folder of the config;
// functions here make it absolute.

#ifndef DIDACT_FRAMEWORK_CONFIG_FILE_NAMES_H_
#define DIDACT_FRAMEWORK_CONFIG_FILE_NAMES_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/message.h"

namespace didact {

// Returns the absolute path, without symbolic links, of the folder that contains `path`. The folder
// must exist. Errors begin with `path`.
absl::StatusOr<std::string> AbsoluteFolderOf(const std::string& path);

// Calls change(field, name) for every file name in `message`, e.g. ("train_data.inputs",
// "/data/f.npz:x"), in the order of the fields, and replaces the name by the result. Plugin configs
// are packed again under their canonical names. Configs that are unknown or do not parse are left
// unchanged; ResolveConfig reports them.
using FileNameFunction =
    absl::FunctionRef<std::string(const std::string& field, const std::string& name)>;
void ChangeFileNames(const PluginRegistry& registry, google::protobuf::Message& message,
                     FileNameFunction change);

// Expands a home folder (ExpandHome) in every name and puts `folder`/ before every relative one; an
// array's name after a colon is no part of either.
// Returns true if there was a relative name.
bool MakeFileNamesAbsolute(absl::string_view folder, const PluginRegistry& registry,
                           google::protobuf::Message& message);

// The name of a file, and the path of the field that contains it.
struct FileName {
  std::string field;
  std::string name;  // may end with a colon and the name of an array
};

// A field that names a different file than before.
struct FileNameChange {
  std::string field;  // e.g. "train_data.inputs"
  std::string before;
  std::string now;
};

// Returns all file names in `message`, in the order of the fields.
std::vector<FileName> FileNamesIn(const google::protobuf::Message& message,
                                  const PluginRegistry& registry);

// Returns true if no file has this name, either as a whole or without the part after its last
// colon.
bool IsMissing(const FileName& file);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_FILE_NAMES_H_
