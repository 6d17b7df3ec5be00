#include "didact/framework/plugin/configured_plugin.h"

namespace didact {

void RethrowAsPluginException(const FieldPath& path, absl::string_view plugin,
                              absl::string_view method) {
  throw PluginException(CaughtExceptionStatus(path, plugin, method));
}

absl::Status HandleReturnedError(const FieldPath& path, absl::string_view plugin,
                                 absl::string_view method, const absl::Status& error) {
  const absl::Status status = ReturnedErrorStatus(path, plugin, method, error);
  if (absl::IsCancelled(error)) throw PluginException(status);
  return status;
}

}  // namespace didact
