// A plugin as the framework holds it: with the name and the place of its config, which are told when one of its
// methods throws.

#ifndef DIDACT_FRAMEWORK_PLUGIN_CONFIGURED_PLUGIN_H_
#define DIDACT_FRAMEWORK_PLUGIN_CONFIGURED_PLUGIN_H_

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "framework/base/field_path.h"

namespace didact {

// Carries the status of an exception that came out of a plugin up to the methods of the trial, which return it. It
// never leaves the framework.
class PluginException final : public std::exception {
 public:
  explicit PluginException(absl::Status status) : status_(std::move(status)) {}

  const absl::Status& status() const& { return status_; }
  const absl::Status& status() const&& = delete;
  const char* what() const noexcept override { return "an exception came out of a plugin"; }

 private:
  absl::Status status_;
};

// Throws a PluginException with the status of the exception that is being handled (exception_status.h).
[[noreturn, gnu::cold]] void RethrowAsPluginException(const FieldPath& path,
                                                      absl::string_view plugin,
                                                      absl::string_view method);

// Owns a plugin of an interface of this folder.
//
// Threads: those of the plugin.
template <class Interface>
class ConfiguredPlugin {
 public:
  // Without a plugin: must not be called.
  ConfiguredPlugin() = default;

  // `name`: the full name of its config message; `path`: the place of its config.
  ConfiguredPlugin(std::unique_ptr<Interface> plugin, std::string name, FieldPath path)
      : plugin_(std::move(plugin)), name_(std::move(name)), path_(std::move(path)) {}

  // Calls a method of the plugin: `metric.Call("Finish", &Metric<T>::Finish, summary, record)`. As fast as
  // the call alone unless an exception comes out of it. Throws: PluginException, and nothing else.
  template <class Method, class... Arguments>
  decltype(auto) Call(absl::string_view method_name, Method method,
                      Arguments&&... arguments) const {
    try {
      return std::invoke(method, *plugin_, std::forward<Arguments>(arguments)...);
    } catch (...) {
      RethrowAsPluginException(path_, name_, method_name);
    }
  }

  const std::string& name() const& { return name_; }
  const std::string& name() const&& = delete;
  const FieldPath& path() const& { return path_; }
  const FieldPath& path() const&& = delete;

 private:
  std::unique_ptr<Interface> plugin_;
  std::string name_;
  FieldPath path_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_CONFIGURED_PLUGIN_H_
