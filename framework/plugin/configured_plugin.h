// A plugin together with the name and the path of its config, which appear in messages when one of
// its methods throws or returns an error.

#ifndef DIDACT_FRAMEWORK_PLUGIN_CONFIGURED_PLUGIN_H_
#define DIDACT_FRAMEWORK_PLUGIN_CONFIGURED_PLUGIN_H_

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/plugin/exception_status.h"

namespace didact {

// Throws a PluginException with the status of the exception that is being handled
// (exception_status.h).
[[noreturn, gnu::cold]] void RethrowAsPluginException(const FieldPath& path,
                                                      absl::string_view plugin,
                                                      absl::string_view method);

// Returns ReturnedErrorStatus, or throws it as a PluginException if `error` is CANCELLED.
[[gnu::cold]] absl::Status HandleReturnedError(const FieldPath& path, absl::string_view plugin,
                                               absl::string_view method, const absl::Status& error);

// Owns a plugin of an interface of this folder.
//
// Threads: as the plugin itself.
template <class Interface>
class ConfiguredPlugin {
 public:
  // An empty object, whose Call must not be used.
  ConfiguredPlugin() = default;

  // `name`: full name of the config message; `path`: path of the config.
  ConfiguredPlugin(std::unique_ptr<Interface> plugin, std::string name, FieldPath path)
      : plugin_(std::move(plugin)), name_(std::move(name)), path_(std::move(path)) {}

  // Calls a method of the plugin: `metric.Call("Finish", &Metric<T>::Finish, summary, record)`. As
  // fast as a direct call unless it fails.
  // Errors: of methods that return a status, the plugin's error with its path
  // (ReturnedErrorStatus); never CANCELLED, which is thrown.
  // Throws: only PluginException.
  template <class Method, class... Arguments>
  decltype(auto) Call(absl::string_view method_name, Method method,
                      Arguments&&... arguments) const {
    using Result = std::invoke_result_t<Method, Interface&, Arguments...>;
    try {
      if constexpr (std::is_same_v<Result, absl::Status>) {
        absl::Status status = std::invoke(method, *plugin_, std::forward<Arguments>(arguments)...);
        return status.ok() ? status : HandleReturnedError(path_, name_, method_name, status);
      } else {
        return std::invoke(method, *plugin_, std::forward<Arguments>(arguments)...);
      }
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
