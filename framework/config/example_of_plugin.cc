#include "didact/framework/config/example_of_plugin.h"

#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/plugin/example_config.h"
#include "didact/framework/plugin/type_url.h"

namespace didact {

absl::StatusOr<google::protobuf::Any> ExampleOfPlugin(const PluginFactory& plugin,
                                                      const PluginRegistry& registry,
                                                      const std::string& folder) {
  DIDACT_ASSIGN_OR_RETURN(const std::string text, ExampleText(plugin, registry, folder));
  google::protobuf::Any config;
  DIDACT_RETURN_IF_ERROR(ParseText(text, registry, FieldPath("example"), config));
  config.set_type_url(CanonicalTypeUrl(plugin.config().full_name()));
  return config;
}

}  // namespace didact
