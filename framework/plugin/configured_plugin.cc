#include "framework/plugin/configured_plugin.h"

#include "framework/plugin/exception_status.h"

namespace didact {

void RethrowAsPluginException(const FieldPath& path, absl::string_view plugin,
                              absl::string_view method) {
  throw PluginException(CaughtExceptionStatus(path, plugin, method));
}

}  // namespace didact
