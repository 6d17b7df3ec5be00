#include "framework/training/describe_metrics.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "framework/base/field_path.h"
#include "framework/plugin/metric.h"
#include "google/protobuf/any.pb.h"

namespace didact {
namespace {

template <class T>
std::vector<MetricKey> Describe(const google::protobuf::Any& config,
                                const PluginRegistry& registry) {
  const absl::StatusOr<std::unique_ptr<Metric<T>>> metric =
      registry.Create<Metric<T>>(config, FieldPath());
  if (!metric.ok()) return {};
  try {
    return (*metric)->keys();
  } catch (...) {
    return {};
  }
}

}  // namespace

std::vector<MetricKey> DescribeMetrics(const Experiment& experiment,
                                       const PluginRegistry& registry) {
  std::vector<MetricKey> all;
  for (const google::protobuf::Any& config : experiment.metric()) {
    std::vector<MetricKey> keys = experiment.precision() == FLOAT
                                      ? Describe<float>(config, registry)
                                      : Describe<double>(config, registry);
    for (MetricKey& key : keys) all.push_back(std::move(key));
  }
  return all;
}

}  // namespace didact
