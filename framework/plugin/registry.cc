#include "didact/framework/plugin/registry.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/check_field_rules.h"
#include "didact/framework/plugin/example_config.h"
#include "didact/framework/plugin/plugin_kinds.h"
#include "didact/framework/plugin/this_program.h"
#include "didact/framework/plugin/type_url.h"
#include "google/protobuf/descriptor.pb.h"

namespace didact {
namespace {

std::pair<std::string, std::string> Key(const PluginFactory& factory) {
  return {std::string(factory.kind()), factory.config().full_name()};
}

// `library`: origin of the registered plugin; null for a part of the program.
absl::Status Duplicate(const std::pair<std::string, std::string>& key,
                       const PluginLibraryInfo* library) {
  return absl::AlreadyExistsError(absl::StrCat(
      "a plugin of kind ", key.first, " with config message ", key.second, " is registered already",
      library == nullptr ? "" : absl::StrCat(", by ", library->path)));
}

// Returns true if the plugin's config message was made at run time (function_config.h).
bool IsFunction(const PluginFactory& plugin) {
  return plugin.config().file()->pool() != google::protobuf::DescriptorPool::generated_pool();
}

// Removes from every line of a comment the blank that protoc keeps after the comment mark.
std::string CleanComment(absl::string_view comment) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(comment, '\n')) {
    if (absl::StartsWith(line, " ")) line.remove_prefix(1);
    lines.emplace_back(absl::StripTrailingAsciiWhitespace(line));
  }
  return std::string(absl::StripAsciiWhitespace(absl::StrJoin(lines, "\n")));
}

}  // namespace

absl::Status PluginRegistry::Add(std::unique_ptr<const PluginFactory> factory) {
  if (factory == nullptr) {
    return absl::InvalidArgumentError("a plugin's factory must not be null");
  }
  DIDACT_RETURN_IF_ERROR(CheckIsNew(*factory));
  // Programs may register plugins of their own kinds.
  std::vector<absl::string_view> kinds(std::begin(kPluginKinds), std::end(kPluginKinds));
  for (const auto& [known, other] : factories_) kinds.push_back(known.first);
  kinds.push_back(factory->kind());
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  DIDACT_RETURN_IF_ERROR(CheckFieldRules(factory->config(), kinds));
  auto key = Key(*factory);
  factories_.emplace(std::move(key), std::move(factory));
  return absl::OkStatus();
}

absl::Status PluginRegistry::CheckIsNew(const PluginFactory& factory) const {
  const auto [kind, name] = Key(factory);
  for (const auto& [key, other] : factories_) {
    // A name in a config must identify one message.
    if (key.second != name || (key.first != kind && &other->config() == &factory.config()))
      continue;
    return Duplicate(key, LibraryOf(*other));
  }
  return absl::OkStatus();
}

absl::Status PluginRegistry::Merge(PluginRegistry&& other) {
  for (const auto& [key, factory] : other.factories_) {
    DIDACT_RETURN_IF_ERROR(CheckIsNew(*factory));
  }
  factories_.merge(std::move(other.factories_));
  documentation_.merge(std::move(other.documentation_));
  for (PluginLibraryInfo& library : other.libraries_) libraries_.push_back(std::move(library));
  other.libraries_.clear();
  library_paths_.merge(std::move(other.library_paths_));
  return absl::OkStatus();
}

void PluginRegistry::AddLibrary(PluginLibraryInfo library) {
  for (const auto& [key, factory] : factories_) {
    library_paths_.try_emplace(factory.get(), library.canonical_path);
  }
  libraries_.push_back(std::move(library));
}

std::vector<PluginLibraryInfo> PluginRegistry::libraries() const {
  std::vector<PluginLibraryInfo> libraries = libraries_;
  const bool has_functions = absl::c_any_of(factories_, [this](const auto& entry) {
    return IsFunction(*entry.second) && !library_paths_.contains(entry.second.get());
  });
  if (has_functions) libraries.push_back(ThisProgram());
  return libraries;
}

const PluginLibraryInfo* PluginRegistry::LibraryOf(const PluginFactory& plugin) const {
  const auto path = library_paths_.find(&plugin);
  if (path == library_paths_.end()) return IsFunction(plugin) ? &ThisProgram() : nullptr;
  const auto library = absl::c_find_if(libraries_, [&path](const PluginLibraryInfo& candidate) {
    return candidate.canonical_path == path->second;
  });
  return library == libraries_.end() ? nullptr : &*library;
}

absl::StatusOr<const PluginFactory*> PluginRegistry::Find(absl::string_view kind,
                                                          absl::string_view type_url,
                                                          const FieldPath& path) const {
  const std::string name = MessageNameOfTypeUrl(type_url);
  const auto found = factories_.find({std::string(kind), name});
  if (found != factories_.end()) return found->second.get();

  std::string example = "didact/Name";
  std::vector<std::string> known;
  std::string elsewhere;
  for (const auto& [key, factory] : factories_) {
    if (key.first == kind && known.empty()) example = NameInConfig(factory->config());
    if (key.first == kind) known.push_back(key.second);
    if (key.second == name) absl::StrAppend(&elsewhere, " (", name, " is of kind ", key.first, ")");
  }
  const std::string there_are =
      absl::StrCat("; there are: ", known.empty() ? "none" : absl::StrJoin(known, ", "));
  if (name.empty()) {
    return path.Invalid(absl::StrCat("must name a plugin of kind ", kind, ", e.g. [", example,
                                     "] {}, got nothing", there_are));
  }
  return path.Error(
      absl::StatusCode::kNotFound,
      absl::StrCat("no plugin ", name, " of kind ", kind, elsewhere, there_are,
                   elsewhere.empty() ? "; " : "", elsewhere.empty() ? HowPluginsAreLoaded() : ""));
}

std::string PluginRegistry::HowPluginsAreLoaded() const {
  std::string text = kHowPluginsAreLoaded;
  if (!unloadable_.empty()) {
    absl::StrAppend(&text, "; not loaded: ", absl::StrJoin(unloadable_, "; "));
  }
  return text;
}

std::vector<const PluginFactory*> PluginRegistry::List() const {
  std::vector<const PluginFactory*> list;
  list.reserve(factories_.size());
  for (const auto& [key, factory] : factories_) list.push_back(factory.get());
  return list;
}

absl::Status PluginRegistry::AddDocumentation(absl::string_view file_descriptor_set) {
  google::protobuf::FileDescriptorSet set;
  if (!set.ParseFromArray(file_descriptor_set.data(),
                          static_cast<int>(file_descriptor_set.size()))) {
    return absl::InvalidArgumentError(
        "documentation: not a serialized google.protobuf.FileDescriptorSet");
  }
  // A separate pool maps source locations to names; imports missing from the set stay unresolved.
  google::protobuf::DescriptorPool pool;
  pool.AllowUnknownDependencies();
  for (const google::protobuf::FileDescriptorProto& file : set.file()) {
    const google::protobuf::FileDescriptor* descriptor = pool.BuildFile(file);
    if (descriptor == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("documentation: ", file.name(), " does not build"));
    }
    const auto add = [this](const auto& element) {
      google::protobuf::SourceLocation location;
      if (element.GetSourceLocation(&location) && !location.leading_comments.empty()) {
        documentation_[element.full_name()] = CleanComment(location.leading_comments);
      }
    };
    const auto add_enum = [&add](const google::protobuf::EnumDescriptor& type) {
      add(type);
      for (int v = 0; v < type.value_count(); ++v) add(*type.value(v));
    };
    const auto add_message = [&](const auto& self,
                                 const google::protobuf::Descriptor& message) -> void {
      add(message);
      for (int f = 0; f < message.field_count(); ++f) add(*message.field(f));
      for (int e = 0; e < message.enum_type_count(); ++e) add_enum(*message.enum_type(e));
      for (int n = 0; n < message.nested_type_count(); ++n) self(self, *message.nested_type(n));
    };
    for (int m = 0; m < descriptor->message_type_count(); ++m)
      add_message(add_message, *descriptor->message_type(m));
    for (int e = 0; e < descriptor->enum_type_count(); ++e) add_enum(*descriptor->enum_type(e));
  }
  return absl::OkStatus();
}

std::string PluginRegistry::Documentation(absl::string_view full_name) const {
  const auto found = documentation_.find(full_name);
  return found == documentation_.end() ? "" : found->second;
}

}  // namespace didact
