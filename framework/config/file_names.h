// The names of files in a config: fields whose rules say `file`, in messages within and in plugin configs too. Relative ones are
// relative to the config's folder; here they become absolute.

#ifndef DIDACT_FRAMEWORK_CONFIG_FILE_NAMES_H_
#define DIDACT_FRAMEWORK_CONFIG_FILE_NAMES_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/plugin/registry.h"
#include "google/protobuf/message.h"

namespace didact {

// The absolute name of the folder that `path` lies in, links followed. The folder must exist.
// Errors begin with `path`.
absl::StatusOr<std::string> AbsoluteFolderOf(const std::string& path);

// Calls change(field, name) for every name that is given, e.g. ("train_data.inputs", "/data/f.npz:x"), in the order of the
// fields, and puts what it returns in the name's place. Plugin configs are packed again under their canonical names; configs
// that are unknown or do not parse stay as they are: ResolveConfig reports them.
using FileNameFunction =
    absl::FunctionRef<std::string(const std::string& field, const std::string& name)>;
void ChangeFileNames(const PluginRegistry& registry, google::protobuf::Message& message,
                     FileNameFunction change);

// Puts `folder`/ before every relative name; whether there was one. An array's name behind a colon is not touched.
bool MakeFileNamesAbsolute(absl::string_view folder, const PluginRegistry& registry,
                           google::protobuf::Message& message);

// The name of a file, and the path of the field that has it.
struct FileName {
  std::string field;
  std::string name;  // perhaps with an array's name behind a colon
};

// A field that names another file than before.
struct FileNameChange {
  std::string field;  // e.g. "train_data.inputs"
  std::string before;
  std::string now;
};

// All names of files that are given in `message`, in the order of the fields.
std::vector<FileName> FileNamesIn(const google::protobuf::Message& message,
                                  const PluginRegistry& registry);

// Whether there is no such file, with or without what stands behind a colon.
bool IsMissing(const FileName& file);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_FILE_NAMES_H_
