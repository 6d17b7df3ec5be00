#include "didact/framework/plugin/edit_plugin.h"

#include <memory>

#include "didact/framework/base/status.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/packed_config.h"
#include "google/protobuf/any.pb.h"

namespace didact {

absl::Status EditPlugin(const google::protobuf::FieldDescriptor& slot,
                        const PluginRegistry& registry, const FieldPath& path,
                        google::protobuf::Message& any,
                        absl::FunctionRef<absl::Status(google::protobuf::Message& config)> edit) {
  auto& packed = static_cast<google::protobuf::Any&>(any);
  DIDACT_ASSIGN_OR_RETURN(const PluginFactory* factory,
                          registry.Find(RulesOf(slot).plugin_kind(), packed.type_url(), path));
  DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<google::protobuf::Message> config,
                          UnpackNew(packed, *factory, path));
  const absl::Status status = edit(*config);
  Pack(*config, packed);
  return status;
}

}  // namespace didact
