// The registry of all plugins of a program, which finds a plugin by its config message.
//
// 1. A program creates a registry and adds plugins: the built-in ones, its own, and those of plugin
//    libraries (framework/plugin/library/loader.h).
// 2. It passes the registry to functions that load configs and create trials, which call Create.
//
// Example:
//
//   PluginRegistry registry;
//   DIDACT_RETURN_IF_ERROR((registry.Add<my::Logistic, Logistic>()));
//   google::protobuf::Any config;
//   config.PackFrom(my::Logistic());
//   DIDACT_ASSIGN_OR_RETURN(
//       const std::unique_ptr<Activation<double>> activation,
//       registry.Create<Activation<double>>(config, FieldPath("example")));

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
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/exception_status.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/type_url.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// A shared library that plugins were loaded from (framework/plugin/library/loader.h), or the
// program itself if it registered plugins that are functions (framework/plugin/function_plugins.h).
struct PluginLibraryInfo {
  std::string path;            // absolute path under which it was loaded
  std::string canonical_path;  // without symbolic links
  std::string name;            // name and version are stated by the library; a program's
  std::string version;         // name is that of its file, and it has no version
  std::string sha256;          // of the file's bytes, 64 lower-case hexadecimal digits
};

// The ways in which unknown plugins become known, for error messages.
inline constexpr char kHowPluginsAreLoaded[] =
    "a plugin library is loaded with --plugin=FILE, plugin_library in the config, or "
    "DIDACT_PLUGIN_PATH; a plugin that a program registers is known to that program alone";

// All plugins of a program. A plugin is identified by its kind and the full name of its config
// message; both precisions of a numeric plugin are one entry.
//
// Ownership: an ordinary value of the embedding program; there is no global registry, and no plugin
//            registers itself.
// Threads:   adding excludes all other use; a registry that is no longer added to may be used
//            concurrently.
class PluginRegistry {
 public:
  PluginRegistry() = default;
  PluginRegistry(PluginRegistry&&) = default;
  PluginRegistry& operator=(PluginRegistry&&) = default;

  // Adds a numeric plugin. `Implementation<float>` and `Implementation<double>` derive from an
  // interface of framework/plugin and are built by the first of these that they have:
  //   static absl::StatusOr<std::unique_ptr<Interface<T>>> Build(const Config&,
  //                                                              const BuildContext&);
  //   Implementation(const Config&, const BuildContext&);
  //   Implementation(const Config&);
  //   Implementation();
  // A plugin needs Build if building can fail. The config that it receives parses, has no unknown
  // fields, satisfies its field rules and has its defaults filled in.
  // Errors: ALREADY_EXISTS; INVALID_ARGUMENT, naming the fields, if field rules of `Config` are
  // malformed (check_field_rules.h). The registry is then unchanged.
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

  // Adds any plugin. Errors: those above; ALREADY_EXISTS if a plugin of another kind has a
  // different config message of the same name; INVALID_ARGUMENT for null.
  absl::Status Add(std::unique_ptr<const PluginFactory> factory);

  // Adds all plugins of `other`, or none. Errors: ALREADY_EXISTS; both registries are then
  // unchanged.
  absl::Status Merge(PluginRegistry&& other);

  // Builds the plugin that `config` names, as an `Interface` such as Activation<double>; never
  // null.
  // Errors: NOT_FOUND with the known names, and with the kind of that name or how libraries are
  // loaded; INVALID_ARGUMENT with the path of each wrong field; errors of Build, with `path`;
  // UNKNOWN if Build throws, or returns null or CANCELLED.
  template <class Interface>
  absl::StatusOr<std::unique_ptr<Interface>> Create(const google::protobuf::Any& config,
                                                    const FieldPath& path) const {
    return Create<Interface>(config, BuildContext(*this, path));
  }

  // Finds the plugin of a kind by the type URL of its config message: canonical
  // ("type.googleapis.com/didact.Relu"), a bare name ("didact.Relu") or the short form
  // ("didact/Relu").
  absl::StatusOr<const PluginFactory*> Find(absl::string_view kind, absl::string_view type_url,
                                            const FieldPath& path) const;

  // All plugins, sorted by kind and name. The pointers are valid as long as the registry.
  std::vector<const PluginFactory*> List() const;

  // Identifies this registry: the same object throughout the registry's life, also after moves, and
  // never that of another registry. ResolvedExperiment (framework/config/resolve_experiment.h)
  // keeps it to recognize the registry that it was resolved with.
  std::shared_ptr<const void> identity() const { return identity_; }

  // The libraries that plugins were loaded from, in the order of loading, followed by the program
  // itself if it registered plugins that are functions.
  std::vector<PluginLibraryInfo> libraries() const;

  // Attributes the plugins of this registry that belong to no library yet to `library`.
  void AddLibrary(PluginLibraryInfo library);

  // Returns the library of `plugin`, one of List(), valid until plugins are added: the program
  // itself for a function that no library registered, and null for other plugins that are part of
  // the program.
  const PluginLibraryInfo* LibraryOf(const PluginFactory& plugin) const;

  // Records why a library that might have been used could not be loaded, in one line. Errors about
  // plugins that are missing say so (HowPluginsAreLoaded).
  void AddUnloadable(std::string problem) { unloadable_.push_back(std::move(problem)); }
  const std::vector<std::string>& unloadable() const& { return unloadable_; }
  const std::vector<std::string>& unloadable() const&& = delete;

  // Returns kHowPluginsAreLoaded and the libraries that could not be loaded, for error messages.
  std::string HowPluginsAreLoaded() const;

  // Adds the comments of config messages: a serialized google.protobuf.FileDescriptorSet with
  // source info (in Bazel: embed_proto_documentation). Errors: INVALID_ARGUMENT if it does not
  // parse.
  absl::Status AddDocumentation(absl::string_view file_descriptor_set);

  // Returns the comment of a message, field or enum value (by its full name), without comment
  // marks; empty if there is none.
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

  // Errors: ALREADY_EXISTS if `factory` conflicts with a registered plugin.
  absl::Status CheckIsNew(const PluginFactory& factory) const;

  std::shared_ptr<const void> identity_ = std::make_shared<const char>('\0');
  // (kind, message full name), sorted, so that listings are stable.
  std::map<std::pair<std::string, std::string>, std::unique_ptr<const PluginFactory>> factories_;
  std::map<std::string, std::string, std::less<>> documentation_;
  std::vector<PluginLibraryInfo> libraries_;
  std::vector<std::string> unloadable_;
  // Canonical path of each plugin's library.
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
