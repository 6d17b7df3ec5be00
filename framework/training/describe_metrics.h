// Descriptions of the keys that an experiment's metrics write, without building the rest of it.

#ifndef DIDACT_FRAMEWORK_TRAINING_DESCRIBE_METRICS_H_
#define DIDACT_FRAMEWORK_TRAINING_DESCRIBE_METRICS_H_

#include <vector>

#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// Returns the descriptions of all metrics of `experiment`, in the order of its metrics. `context`:
// builds the plugins of the experiment (ResolvedExperiment::context). A metric that cannot be built,
// or throws, is left out; creating a trial reports why.
std::vector<MetricKey> DescribeMetrics(const Experiment& experiment, const BuildContext& context);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_DESCRIBE_METRICS_H_
