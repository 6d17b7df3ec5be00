// A plugin library with a loss that reads labels alone.

#include "tests/training/cross_entropy.h"

#include "absl/status/status.h"
#include "didact/framework/plugin/library/manifest.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/wrappers.pb.h"

namespace didact::test {
namespace {

absl::Status RegisterCrossEntropy(PluginRegistry& registry) {
  return registry.Add<google::protobuf::BoolValue, CrossEntropyLoss>();
}

}  // namespace
}  // namespace didact::test

DIDACT_PLUGIN_LIBRARY("cross-entropy", "1.0", didact::test::RegisterCrossEntropy)
