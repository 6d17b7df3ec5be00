#include "didact/framework/config/file_names.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/io/array_reference.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/edit_plugin.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/packed_config.h"

namespace didact {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

class FileNames {
 public:
  FileNames(const PluginRegistry& registry, FileNameFunction change)
      : registry_(registry), change_(change) {}

  void Visit(Message& message) {
    if (places_.size() > kMaxConfigDepth) return;
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < size; ++i) {
        places_.emplace_back(field, i);
        VisitValue(message, *field, i);
        places_.pop_back();
      }
    }
  }

 private:
  void VisitValue(Message& message, const FieldDescriptor& field, int index) {
    const Reflection& reflection = *message.GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Message& value = field.is_repeated()
                           ? *reflection.MutableRepeatedMessage(&message, &field, index)
                           : *reflection.MutableMessage(&message, &field);
      if (HoldsPlugins(field)) {
        // Errors of a plugin are reported by ResolveConfig.
        EditPlugin(field, registry_, FieldPath(), value, [&](Message& config) {
          Visit(config);
          return absl::OkStatus();
        }).IgnoreError();
      } else {
        Visit(value);
      }
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && RulesOf(field).file()) {
      if (field.is_repeated()) {
        reflection.SetRepeatedString(&message, &field, index,
                                     Change(reflection.GetRepeatedString(message, &field, index)));
      } else {
        reflection.SetString(&message, &field, Change(reflection.GetString(message, &field)));
      }
    }
  }

  std::string Change(const std::string& name) const {
    if (name.empty()) return name;
    FieldPath path;
    for (const auto& [field, index] : places_) {
      path = path.Field(field->name());
      if (field->is_repeated()) path = path.Index(index);
    }
    return change_(path.path(), name);
  }

  const PluginRegistry& registry_;
  FileNameFunction change_;
  std::vector<std::pair<const FieldDescriptor*, int>> places_;  // path to the visited field
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

void ChangeFileNames(const PluginRegistry& registry, google::protobuf::Message& message,
                     FileNameFunction change) {
  FileNames(registry, change).Visit(message);
}

bool MakeFileNamesAbsolute(absl::string_view folder, const PluginRegistry& registry,
                           google::protobuf::Message& message) {
  bool has_relative = false;
  ChangeFileNames(registry, message, [&](const std::string&, const std::string& name) {
    const std::string expanded = ExpandHome(name);
    std::string absolute = JoinPath(folder, expanded);
    has_relative = has_relative || absolute != expanded;
    return absolute;
  });
  return has_relative;
}

std::vector<FileName> FileNamesIn(const google::protobuf::Message& message,
                                  const PluginRegistry& registry) {
  std::vector<FileName> names;
  const std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  ChangeFileNames(registry, *copy, [&](const std::string& field, const std::string& name) {
    names.push_back({field, name});
    return name;
  });
  return names;
}

bool IsMissing(const FileName& file) {
  if (PathExists(file.name)) return false;
  const absl::StatusOr<ArrayReference> array = ParseArrayReference(file.name);
  return !array.ok() || !PathExists(array->path);
}

}  // namespace didact
