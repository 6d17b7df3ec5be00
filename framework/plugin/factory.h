// Factories build plugins from config messages for the registry. Plugin authors write a constructor
// or a `Build` function and never use these classes.
//
// 1. PluginRegistry::Add makes a factory from a config message and an implementation;
//    function_plugins.h makes one for a function.
// 2. Code that needs an empty config, such as a parser, calls NewConfig.
// 3. PluginRegistry::Create finds the factory by the message of a config and calls its Creator of
//    the precision. The Creator unpacks and resolves the config, and calls the plugin's `Build` or
//    constructor.
//
// Example, what PluginRegistry::Create does for an activation in double:
//
//   const NumericFactory<my::Logistic, Logistic> factory;
//   const auto& creator = *static_cast<const Creator<Activation<double>>*>(
//       factory.creator(kPrecisionIndex<double>));
//   DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<Activation<double>> activation,
//                           creator.Create(config, BuildContext(registry, path)));

#ifndef DIDACT_FRAMEWORK_PLUGIN_FACTORY_H_
#define DIDACT_FRAMEWORK_PLUGIN_FACTORY_H_

#include <memory>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/dataset_size.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace didact {

class PluginRegistry;

// The environment in which a plugin is built. A plugin must not use it after it has been built.
class BuildContext {
 public:
  // `registry` must outlive it.
  BuildContext(const PluginRegistry& registry, FieldPath path)
      : path(std::move(path)), registry_(registry) {}

  // Builds a plugin within the plugin, such as an optimizer's learning rate, whose config is at
  // `place`:
  //   context.Create<Schedule>(config.learning_rate(), context.path.Field("learning_rate"))
  // Call its methods by ConfiguredPlugin::Call, so that errors and exceptions name it and its path
  // instead of the outer plugin. Errors: those of PluginRegistry::Create. Defined in
  // framework/plugin/registry.h.
  template <class Interface>
  absl::StatusOr<ConfiguredPlugin<Interface>> Create(const google::protobuf::Any& config,
                                                     const FieldPath& place) const;

  // The path of the config, for error messages: context.path.Field("dimension").Invalid("must be
  // ...").
  const FieldPath path;

 private:
  friend class PluginRegistry;
  friend class ResolvedExperiment;
  template <class Config, class Implementation>
  friend class ConfigCreator;
  friend absl::Status UnpackConfig(const google::protobuf::Any& any, const BuildContext& context,
                                   google::protobuf::Message& config);

  // `resolved`, if not null, is a message that ResolveConfig has completed with `registry`. It must
  // not change while the context is used.
  BuildContext(const PluginRegistry& registry, FieldPath path,
               const google::protobuf::Message* resolved)
      : path(std::move(path)), registry_(registry), resolved_(resolved) {}

  const PluginRegistry& registry_;
  // Plugin configs that are part of this message have been resolved, so UnpackConfig does not
  // resolve them again. Null if there is no such message.
  const google::protobuf::Message* resolved_ = nullptr;
};

// Index of a precision in a factory: 0 for float and for plugins that do not depend on the
// precision, 1 for double.
template <class Scalar>
inline constexpr int kPrecisionIndex = std::is_same_v<Scalar, double> ? 1 : 0;

// Builds plugins of one interface.
template <class Interface>
class Creator {
 public:
  virtual ~Creator() = default;
  virtual absl::StatusOr<std::unique_ptr<Interface>> Create(const google::protobuf::Any& any,
                                                            const BuildContext& context) const = 0;
};

// One plugin: its kind, its config message and how it is built. Immutable.
class PluginFactory {
 public:
  virtual ~PluginFactory() = default;

  virtual absl::string_view kind() const = 0;
  virtual const google::protobuf::Descriptor& config() const = 0;
  // Returns an empty config message, which must not outlive the factory; null if its type is
  // neither compiled into the program nor made by the factory.
  virtual std::unique_ptr<google::protobuf::Message> NewConfig() const;
  // Returns the `const Creator<Interface>*` of a precision.
  virtual const void* creator(int precision_index) const = 0;

  // Returns the size of the data set that `any` configures, as far as the config determines it;
  // unknown for all other kinds of plugins. Throws: exceptions of the plugin.
  virtual DatasetSize SizeFromConfig(const google::protobuf::Any& any,
                                     const BuildContext& context) const {
    static_cast<void>(any);
    static_cast<void>(context);
    return {};
  }
};

// Unpacks `any` into `config`, and resolves it (resolve.h) unless `any` is part of a message that
// has been resolved. Resolving fills in defaults and refuses unknown fields and broken field rules.
// Errors: those of ResolveConfig; INVALID_ARGUMENT for bytes that do not parse.
absl::Status UnpackConfig(const google::protobuf::Any& any, const BuildContext& context,
                          google::protobuf::Message& config);

// Builds a plugin from its config in one of the ways listed at PluginRegistry::Add.
template <class Implementation, class Config>
absl::StatusOr<std::unique_ptr<typename Implementation::Interface>> BuildPlugin(
    const Config& config, const BuildContext& context) {
  // A function Build with other parameters is a mistake and must not compile.
  if constexpr (
      requires { Implementation::Build(config, context); } ||
      requires { &Implementation::Build; }) {
    return Implementation::Build(config, context);
  } else if constexpr (std::is_constructible_v<Implementation, const Config&,
                                               const BuildContext&>) {
    return std::make_unique<Implementation>(config, context);
  } else if constexpr (std::is_constructible_v<Implementation, const Config&>) {
    return std::make_unique<Implementation>(config);
  } else {
    static_assert(std::is_default_constructible_v<Implementation>,
                  "a plugin needs a function Build(config, context) or a constructor that takes "
                  "(config, context), (config) or nothing");
    return std::make_unique<Implementation>();
  }
}

// Unpacks `any` into a new config message of `plugin`, which must outlive it; checks no rules.
// Errors: INVALID_ARGUMENT at `path` for bytes that do not parse.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> UnpackNew(
    const google::protobuf::Any& any, const PluginFactory& plugin, const FieldPath& path);

template <class Config, class Implementation>
class ConfigCreator final : public Creator<typename Implementation::Interface> {
 public:
  absl::StatusOr<std::unique_ptr<typename Implementation::Interface>> Create(
      const google::protobuf::Any& any, const BuildContext& context) const override {
    Config config;
    DIDACT_RETURN_IF_ERROR(UnpackConfig(any, context, config));
    return BuildPlugin<Implementation>(config,
                                       BuildContext(context.registry_, context.path, &config));
  }
};

template <class Config, template <class> class Implementation>
class NumericFactory final : public PluginFactory {
 public:
  absl::string_view kind() const override { return Implementation<double>::kKind; }
  const google::protobuf::Descriptor& config() const override { return *Config::descriptor(); }
  const void* creator(int precision_index) const override {
    if (precision_index == 0) {
      return static_cast<const Creator<typename Implementation<float>::Interface>*>(
          &float_creator_);
    }
    return static_cast<const Creator<typename Implementation<double>::Interface>*>(
        &double_creator_);
  }
  DatasetSize SizeFromConfig(const google::protobuf::Any& any,
                             const BuildContext& context) const override {
    using Plugin = Implementation<double>;
    if constexpr (requires(const Config& config) { Plugin::SizeFromConfig(config, context); }) {
      Config config;
      if (UnpackConfig(any, context, config).ok()) return Plugin::SizeFromConfig(config, context);
    }
    return {};
  }

 private:
  ConfigCreator<Config, Implementation<float>> float_creator_;
  ConfigCreator<Config, Implementation<double>> double_creator_;
};

template <class Config, class Implementation>
class PlainFactory final : public PluginFactory {
 public:
  absl::string_view kind() const override { return Implementation::kKind; }
  const google::protobuf::Descriptor& config() const override { return *Config::descriptor(); }
  const void* creator(int) const override {
    return static_cast<const Creator<typename Implementation::Interface>*>(&creator_);
  }

 private:
  ConfigCreator<Config, Implementation> creator_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_FACTORY_H_
