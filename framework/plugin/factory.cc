#include "didact/framework/plugin/factory.h"

#include "absl/strings/str_cat.h"
#include "didact/framework/plugin/packed_config.h"

namespace didact {

std::unique_ptr<google::protobuf::Message> PluginFactory::NewConfig() const {
  const google::protobuf::Message* const prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&config());
  return std::unique_ptr<google::protobuf::Message>(prototype == nullptr ? nullptr
                                                                         : prototype->New());
}

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> UnpackNew(
    const google::protobuf::Any& any, const PluginFactory& plugin, const FieldPath& path) {
  std::unique_ptr<google::protobuf::Message> config = plugin.NewConfig();
  if (config == nullptr) {
    return path.Invalid(absl::StrCat("must be a message compiled into the program, got ",
                                     plugin.config().full_name()));
  }
  DIDACT_RETURN_IF_ERROR(UnpackBytes(any, path, *config));
  return config;
}

}  // namespace didact
