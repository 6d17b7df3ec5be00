#include "framework/experiment/file_names.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "framework/base/file.h"
#include "framework/plugin/edit_plugin.h"
#include "framework/plugin/field_rules.h"
#include "framework/plugin/packed_config.h"

namespace didact {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

class FileNames {
 public:
  FileNames(absl::string_view folder, const PluginRegistry& registry)
      : folder_(folder), registry_(registry) {}

  void Visit(Message& message, int depth) {
    if (depth > kMaxConfigDepth) return;
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < size; ++i) VisitValue(message, *field, i, depth);
    }
  }

 private:
  void VisitValue(Message& message, const FieldDescriptor& field, int index, int depth) {
    const Reflection& reflection = *message.GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Message& value = field.is_repeated()
                           ? *reflection.MutableRepeatedMessage(&message, &field, index)
                           : *reflection.MutableMessage(&message, &field);
      if (HoldsPlugins(field)) {
        // ResolveConfig reports what is wrong with a plugin.
        EditPlugin(field, registry_, FieldPath(), value, [&](Message& config) {
          Visit(config, depth + 1);
          return absl::OkStatus();
        }).IgnoreError();
      } else {
        Visit(value, depth + 1);
      }
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && RulesOf(field).file()) {
      if (field.is_repeated()) {
        reflection.SetRepeatedString(&message, &field, index,
                                     Join(reflection.GetRepeatedString(message, &field, index)));
      } else {
        reflection.SetString(&message, &field, Join(reflection.GetString(message, &field)));
      }
    }
  }

  std::string Join(const std::string& name) const {
    return name.empty() ? name : JoinPath(folder_, name);
  }

  absl::string_view folder_;
  const PluginRegistry& registry_;
};

}  // namespace

absl::StatusOr<std::string> AbsoluteFolderOf(const std::string& path) {
  const std::string folder = DirectoryName(path);
  std::error_code error;
  const auto absolute = std::filesystem::canonical(folder.empty() ? "." : folder, error);
  if (error) {
    return absl::NotFoundError(
        absl::StrCat(path, ": its folder cannot be found: ", error.message()));
  }
  return absolute.string();
}

void MakeFileNamesAbsolute(absl::string_view folder, const PluginRegistry& registry,
                           google::protobuf::Message& message) {
  FileNames(folder, registry).Visit(message, 0);
}

}  // namespace didact
