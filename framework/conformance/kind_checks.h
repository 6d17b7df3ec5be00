// The checks of each kind: one function and one file per kind.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_KIND_CHECKS_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_KIND_CHECKS_H_

#include "didact/framework/conformance/check_list.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/any.pb.h"

namespace didact {

// Each function builds the plugin that `config` names, as often as needed, and adds its checks to
// `checks`.
void CheckActivation(const PluginRegistry& registry, const google::protobuf::Any& config,
                     CheckList& checks);
void CheckAugmentation(const PluginRegistry& registry, const google::protobuf::Any& config,
                       CheckList& checks);
void CheckDataset(const PluginRegistry& registry, const google::protobuf::Any& config,
                  CheckList& checks);
void CheckInitializer(const PluginRegistry& registry, const google::protobuf::Any& config,
                      CheckList& checks);
void CheckLoss(const PluginRegistry& registry, const google::protobuf::Any& config,
               CheckList& checks);
void CheckMetric(const PluginRegistry& registry, const google::protobuf::Any& config,
                 CheckList& checks);
void CheckOptimizer(const PluginRegistry& registry, const google::protobuf::Any& config,
                    CheckList& checks);
void CheckProjection(const PluginRegistry& registry, const google::protobuf::Any& config,
                     CheckList& checks);
void CheckSchedule(const PluginRegistry& registry, const google::protobuf::Any& config,
                   CheckList& checks);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_KIND_CHECKS_H_
