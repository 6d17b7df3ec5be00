#include "tools/bench/experiments.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/create_trial.h"
#include "didact/plugins/builtin.h"

namespace didact {
namespace {

constexpr char kTwoLayer[] = R"pb(
  name: "bench"
  precision: $0
  train_data {
    [didact/GaussianInputs] { dimension: 100 size: 10000 stddev: 1.5 }
  }
  eval_data {
    [didact/GaussianInputs] { dimension: 100 size: 10000 stddev: 1.5 }
  }
  teacher {
    hidden {
      width: $1
      activation {
        [didact/Relu] {}
      }
    }
    outputs: 50
    initializer {
      [didact/SeparatedWeights] { choice: [ -1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1 ] }
    }
    initializer {
      [didact/DecayFanOut] { exponent: 1 }
    }
    initializer {
      [didact/ConstantBias] { value: -0.1 }
    }
    initializer {
      [didact/NormalizeFanIn] { layer: 0 }
    }
  }
  student {
    width_multiplier: $2
    initializer {
      [didact/GaussianWeights] { stddev: 0.005 }
    }
  }
  loss {
    [didact/HalfSquaredError] {}
  }
  optimizer {
    [didact/Sgd] {
      learning_rate {
        [didact/Constant] { value: 0.01 }
      }
    }
  }
  training {
    epochs: 1000000
    batch_size: 16
    with_replacement { steps_per_epoch: 1000 }
  }
  metric {
    [didact/Loss] {}
  }
  metric {
    [didact/Specialization] { threshold: [ 0.5, 0.6, 0.7, 0.8, 0.9, 0.95 ] }
  })pb";

constexpr double kInputs = 100;
constexpr double kOutputs = 50;
constexpr double kBatch = 16;
constexpr double kSamples = 10000;

// $0: precision, $1: hidden layers, $2: multiplier, $3: optimizer, $4: its rate, $5: other fields.
constexpr char kMultiLayer[] = R"pb(
  name: "bench"
  precision: $0
  train_data {
    [didact/GaussianInputs] { dimension: 20 size: 10000 }
  }
  eval_data {
    [didact/GaussianInputs] { dimension: 20 size: 1000 }
  }
  teacher {
    $1 outputs: 100
    initializer {
      [didact/UniformFanIn] {}
    }
  }
  student {
    width_multiplier: $2
    initializer {
      [didact/UniformFanIn] {}
    }
  }
  loss {
    [didact/MeanSquaredError] {}
  }
  optimizer {
    [didact/$3] {
      learning_rate {
        [didact/Constant] { value: $4 }
      } $5
    }
  }
  training {
    epochs: 1000000
    batch_size: 64
    shuffle {}
  })pb";

constexpr int64_t kHiddenWidths[] = {50, 75, 100, 125};
constexpr double kMultiLayerBatch = 64;

std::string PrecisionField(const std::string& precision) {
  return precision == "float" ? "FLOAT" : "DOUBLE";
}

}  // namespace

std::string TwoLayerConfig(const TwoLayer& setting, const std::string& precision) {
  return absl::Substitute(kTwoLayer, PrecisionField(precision), setting.teacher_nodes,
                          setting.multiplier);
}

double TwoLayerStepFlop(const TwoLayer& setting) {
  const double nodes = static_cast<double>(setting.student_nodes());
  const double first = kInputs * nodes;
  const double second = nodes * kOutputs;
  return 2 * kBatch * (2 * first + 2 * second + nodes * kOutputs);
}

double TwoLayerEvaluationFlop(const TwoLayer& setting) {
  const double nodes = static_cast<double>(setting.student_nodes());
  return 2 * kSamples *
         (kInputs * nodes + nodes * kOutputs + static_cast<double>(setting.teacher_nodes) * nodes);
}

std::string MultiLayerConfig(const std::string& precision, const BenchOptimizer& optimizer) {
  std::string hidden;
  for (const int64_t width : kHiddenWidths) {
    absl::StrAppend(&hidden, "hidden { width: ", width, " activation { [didact/Relu] {} } }\n");
  }
  return absl::Substitute(kMultiLayer, PrecisionField(precision), hidden, kMultiLayerMultiplier,
                          optimizer.plugin, optimizer.rate, optimizer.fields);
}

double MultiLayerStepFlop() {
  double widths[6] = {20, 0, 0, 0, 0, 100};
  for (int i = 0; i < 4; ++i) {
    widths[i + 1] = static_cast<double>(kHiddenWidths[i] * kMultiLayerMultiplier);
  }
  double products = 0;
  for (int i = 0; i < 5; ++i) {
    products += 2 * widths[i] * widths[i + 1];         // forward and update
    if (i > 0) products += widths[i] * widths[i + 1];  // backward
  }
  return 2 * kMultiLayerBatch * products;
}

absl::StatusOr<Experiment> MakeExperiment(const std::string& config) {
  PluginRegistry registry;
  DIDACT_RETURN_IF_ERROR(RegisterBuiltinPlugins(registry));
  Experiment experiment;
  DIDACT_RETURN_IF_ERROR(ParseText(config, registry, FieldPath("bench"), experiment));
  DIDACT_RETURN_IF_ERROR(ResolveExperiment(experiment, registry, FieldPath("bench")));
  return experiment;
}

absl::StatusOr<std::unique_ptr<Trial>> MakeTrial(const std::string& config) {
  PluginRegistry registry;
  DIDACT_RETURN_IF_ERROR(RegisterBuiltinPlugins(registry));
  Experiment experiment;
  DIDACT_RETURN_IF_ERROR(ParseText(config, registry, FieldPath("bench"), experiment));
  return CreateTrial(experiment, /*seed=*/1, registry, FieldPath("bench"));
}

}  // namespace didact
