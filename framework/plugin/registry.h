// The registry: every plugin that a program knows, found by the config message that configures it.

#ifndef DIDACT_FRAMEWORK_PLUGIN_REGISTRY_H_
#define DIDACT_FRAMEWORK_PLUGIN_REGISTRY_H_

#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/base/field_path.h"
#include "framework/base/status.h"
#include "framework/plugin/configured_plugin.h"
#include "framework/plugin/exception_status.h"
#include "framework/plugin/factory.h"
#include "framework/plugin/type_url.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// A shared library that plugins were loaded from (framework/plugin/library/loader.h), or the program itself
// if it registered plugins that are functions (framework/plugin/function_plugins.h).
struct PluginLibraryInfo {
  std::string path;            // absolute, as it was named when it was loaded
  std::string canonical_path;  // without symbolic links
  std::string name;            // name and version are the library's own words; a program's name is
  std::string version;         // that of its file, and it has no version
  std::string sha256;          // of the file's bytes, 64 lower-case hexadecimal digits
};

// How a plugin that is unknown may become known, for error messages.
inline constexpr char kHowPluginsAreLoaded[] =
    "a plugin library is loaded with --plugin=FILE, plugin_library in the config, or "
    "DIDACT_PLUGIN_PATH; a plugin that a program registers is known to that program alone";

// A plugin's identity is (kind, full name of its config message); both precisions of a numeric
// plugin are one entry.
//
// A registry is an ordinary value that whoever embeds Didact owns: there is no process-wide one,
// and nothing registers itself.
//
// Threads: adding excludes everything else; a registry that is no longer added to may be used
// concurrently.
class PluginRegistry {
 public:
  PluginRegistry() = default;
  PluginRegistry(PluginRegistry&&) = default;
  PluginRegistry& operator=(PluginRegistry&&) = default;

  // Adds a numeric plugin: `Implementation<float>` and `Implementation<double>` derive from an
  // interface of framework/plugin, and are built by the first of these that they have:
  //   static absl::StatusOr<std::unique_ptr<Interface<T>>> Build(const Config&, const BuildContext&);
  //   Implementation(const Config&, const BuildContext&);
  //   Implementation(const Config&);
  //   Implementation();
  // A plugin needs Build where building can fail. The config that it receives parses, has no unknown
  // fields, keeps its field rules and has its defaults filled in. Errors: ALREADY_EXISTS;
  // INVALID_ARGUMENT, naming the fields, if field rules of `Config` are malformed
  // (check_field_rules.h); the registry unchanged.
  template <class Config, template <class> class Implementation>
  absl::Status Add() {
    static_assert(
        std::is_base_of_v<typename Implementation<double>::Interface, Implementation<double>>);
    return Add(std::make_unique<NumericFactory<Config, Implementation>>());
  }

  // Adds a plugin that is the same for both precisions.
  template <class Config, class Implementation>
  absl::Status Add() {
    static_assert(std::is_base_of_v<typename Implementation::Interface, Implementation>);
    return Add(std::make_unique<PlainFactory<Config, Implementation>>());
  }

  // Adds any plugin. Errors: as above, and ALREADY_EXISTS if a plugin of another kind has another
  // config message of the same name; INVALID_ARGUMENT for null.
  absl::Status Add(std::unique_ptr<const PluginFactory> factory);

  // Adds all of `other`, or nothing. Errors: ALREADY_EXISTS, both registries unchanged.
  absl::Status Merge(PluginRegistry&& other);

  // Builds the plugin that `config` names, as an `Interface` such as Activation<double>; never null.
  // Errors: NOT_FOUND with the names there are, and the kind that the name has or how libraries are
  // loaded; INVALID_ARGUMENT with the path of each field that is wrong; what Build returns, with
  // `path`; UNKNOWN when it throws, or returns null or CANCELLED.
  template <class Interface>
  absl::StatusOr<std::unique_ptr<Interface>> Create(const google::protobuf::Any& config,
                                                    const FieldPath& path) const {
    return Create<Interface>(config, BuildContext(*this, path));
  }

  // The plugin of a kind whose config message `type_url` names: canonical
  // ("type.googleapis.com/didact.Relu"), a bare name
  // ("didact.Relu") or the short form ("didact/Relu").
  absl::StatusOr<const PluginFactory*> Find(absl::string_view kind, absl::string_view type_url,
                                            const FieldPath& path) const;

  // All plugins, sorted by kind and name. The pointers are good as long as the registry.
  std::vector<const PluginFactory*> List() const;

  // The same object as long as this registry lives, wherever it is moved, and none that another registry
  // has or had: what has been resolved (resolve.h) remembers by which registry.
  std::shared_ptr<const void> identity() const { return identity_; }

  // The libraries that plugins were loaded from, in the order of loading, and then the program itself
  // if it registered plugins that are functions.
  std::vector<PluginLibraryInfo> libraries() const;

  // Says that the plugins of this registry which belong to no library yet come from `library`.
  void AddLibrary(PluginLibraryInfo library);

  // The library that `plugin`, one of List(), comes from, good as long as nothing is added; the program
  // itself for a function that no library registered; null for other plugins that are part of the
  // program.
  const PluginLibraryInfo* LibraryOf(const PluginFactory& plugin) const;

  // Adds the comments of config messages: a serialized google.protobuf.FileDescriptorSet with
  // source info (in Bazel: embed_proto_documentation). Errors: INVALID_ARGUMENT if it does not
  // parse.
  absl::Status AddDocumentation(absl::string_view file_descriptor_set);

  // The comment of a message, field or enum value (by its full name), without comment marks; empty
  // if unknown.
  std::string Documentation(absl::string_view full_name) const;

 private:
  friend class BuildContext;

  template <class Interface>
  absl::StatusOr<std::unique_ptr<Interface>> Create(const google::protobuf::Any& config,
                                                    const BuildContext& context) const {
    absl::StatusOr<const PluginFactory*> factory =
        Find(Interface::kKind, config.type_url(), context.path);
    if (!factory.ok()) return factory.status();
    // The kind names the interface and the index its precision, so the cast needs no RTTI (which is
    // fragile across shared libraries).
    const void* creator = (*factory)->creator(kPrecisionIndex<typename Interface::Scalar>);
    const std::string& name = (*factory)->config().full_name();
    try {
      absl::StatusOr<std::unique_ptr<Interface>> plugin =
          static_cast<const Creator<Interface>*>(creator)->Create(config, context);
      if (!plugin.ok()) return ReturnedErrorStatus(context.path, name, "Build", plugin.status());
      if (*plugin == nullptr) return NullPluginStatus(context.path, name);
      return plugin;
    } catch (...) {
      return CaughtExceptionStatus(context.path, name, "Build");
    }
  }

  // Errors: ALREADY_EXISTS if `factory` cannot stand beside the plugins there are.
  absl::Status CheckIsNew(const PluginFactory& factory) const;

  std::shared_ptr<const void> identity_ = std::make_shared<const char>('\0');
  // (kind, message full name), sorted, so that listings are stable.
  std::map<std::pair<std::string, std::string>, std::unique_ptr<const PluginFactory>> factories_;
  std::map<std::string, std::string, std::less<>> documentation_;
  std::vector<PluginLibraryInfo> libraries_;
  // The canonical path of the library that a plugin comes from.
  std::map<const PluginFactory*, std::string> library_paths_;
};

template <class Interface>
absl::StatusOr<ConfiguredPlugin<Interface>> BuildContext::Create(
    const google::protobuf::Any& config, const FieldPath& place) const {
  DIDACT_ASSIGN_OR_RETURN(
      std::unique_ptr<Interface> plugin,
      registry_.Create<Interface>(config, BuildContext(registry_, place, resolved_)));
  return ConfiguredPlugin<Interface>(std::move(plugin), MessageNameOfTypeUrl(config.type_url()),
                                     place);
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_REGISTRY_H_
