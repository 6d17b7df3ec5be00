// Plugin libraries whose registration fails in the way that the macro REGISTER names.

#include <stdexcept>

#include "absl/status/status.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/library/manifest.h"
#include "google/protobuf/wrappers.pb.h"
#include "tests/plugin/library/bend.h"

namespace didact::loader_test {

// Declared, but not defined.
absl::Status DefinedNowhere(PluginRegistry& registry);

namespace {

[[maybe_unused]] absl::Status CallUndefined(PluginRegistry& registry) {
  return DefinedNowhere(registry);
}

[[maybe_unused]] absl::Status ReturnError(PluginRegistry& registry) {
  DIDACT_RETURN_IF_ERROR((registry.Add<google::protobuf::StringValue, BendActivation>()));
  return absl::UnavailableError("the table of bends is out of reach");
}

[[maybe_unused]] absl::Status ReturnCancelled(PluginRegistry&) {
  return absl::CancelledError("no time");
}

[[maybe_unused]] absl::Status ReturnNoMessage(PluginRegistry&) {
  return absl::UnavailableError("");
}

[[maybe_unused]] absl::Status RegisterNull(PluginRegistry& registry) {
  return registry.Add(nullptr);
}

[[maybe_unused]] absl::Status Throw(PluginRegistry&) { throw std::runtime_error("bent too far"); }

[[maybe_unused]] absl::Status RegisterTwice(PluginRegistry& registry) {
  DIDACT_RETURN_IF_ERROR((registry.Add<google::protobuf::StringValue, BendActivation>()));
  return registry.Add<google::protobuf::StringValue, BendActivation>();
}

// Registers the plugin that the test has registered before.
[[maybe_unused]] absl::Status RegisterWhatIsThere(PluginRegistry& registry) {
  DIDACT_RETURN_IF_ERROR((registry.Add<google::protobuf::BytesValue, BendActivation>()));
  return registry.Add<google::protobuf::StringValue, BendActivation>();
}

}  // namespace
}  // namespace didact::loader_test

DIDACT_PLUGIN_LIBRARY("wrong", "1.0", didact::loader_test::REGISTER)
