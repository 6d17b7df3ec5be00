#include "didact/framework/training/describe_metrics.h"

#include <utility>

#include "absl/status/statusor.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/any.pb.h"

namespace didact {
namespace {

template <class T>
std::vector<MetricKey> Describe(const google::protobuf::Any& config, const BuildContext& context) {
  const absl::StatusOr<ConfiguredPlugin<Metric<T>>> metric =
      context.Create<Metric<T>>(config, context.path);
  if (!metric.ok()) return {};
  try {
    return metric->Call("keys", &Metric<T>::keys);
  } catch (const PluginException&) {
    return {};
  }
}

}  // namespace

std::vector<MetricKey> DescribeMetrics(const Experiment& experiment, const BuildContext& context) {
  std::vector<MetricKey> all;
  for (const google::protobuf::Any& config : experiment.metric()) {
    std::vector<MetricKey> keys = experiment.precision() == FLOAT
                                      ? Describe<float>(config, context)
                                      : Describe<double>(config, context);
    for (MetricKey& key : keys) all.push_back(std::move(key));
  }
  return all;
}

}  // namespace didact
