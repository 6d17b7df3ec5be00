#include "tools/bench/experiments.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/create_trial.h"
#include "didact/plugins/builtin.h"
#include "tools/bench/temporary_folder.h"

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

// $0: precision, $1: the teacher's hidden layers, $2: the student's or their multiplier, $3: optimizer, $4: its rate, $5: other fields.
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
    $2
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

// $0: precision, $1: inputs, $2 and $3: hidden layers of teacher and student.
constexpr char kConvolutional[] = R"pb(
  name: "bench"
  precision: $0
  train_data {
    [didact/NpyDataset] { inputs: "$1" }
  }
  eval_data {
    [didact/NpyDataset] { inputs: "$1" size: 64 }
  }
  teacher {
    $2 outputs: 10
    initializer {
      [didact/UniformFanIn] {}
    }
  }
  student {
    $3
    initializer {
      [didact/UniformFanIn] {}
    }
  }
  loss {
    [didact/MeanSquaredError] {}
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
    batch_size: 64
    shuffle {}
  })pb";

constexpr int64_t kImages = 256;
constexpr double kImageBatch = 64;
constexpr double kImageOutputs = 10;

// Returns one rectified hidden layer; `fields`: what it has besides.
std::string HiddenLayerText(int64_t width, const std::string& fields) {
  return absl::StrCat("hidden { width: ", width, " ", fields,
                      " activation { [didact/Relu] {} } }\n");
}

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
  for (const int64_t width : kHiddenWidths) absl::StrAppend(&hidden, HiddenLayerText(width, ""));
  return absl::Substitute(kMultiLayer, PrecisionField(precision), hidden,
                          absl::StrCat("width_multiplier: ", kMultiLayerMultiplier),
                          optimizer.plugin, optimizer.rate, optimizer.fields);
}

std::string NormalizedConfig(const std::string& precision) {
  std::string teacher;
  std::string student;
  for (const int64_t width : kHiddenWidths) {
    absl::StrAppend(&teacher, HiddenLayerText(width, ""));
    absl::StrAppend(&student, HiddenLayerText(width * kMultiLayerMultiplier, "batch_norm {}"));
  }
  const BenchOptimizer descent;
  return absl::Substitute(kMultiLayer, PrecisionField(precision), teacher, student, descent.plugin,
                          descent.rate, descent.fields);
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

const std::vector<SampleShape>& ConvolutionInputs() {
  static const auto& shapes = *new std::vector<SampleShape>{{3, 32, 32},
                                                            {kConvolutionChannels, 30, 30},
                                                            {kConvolutionChannels, 28, 28},
                                                            {kConvolutionChannels, 26, 26}};
  return shapes;
}

std::string ConvolutionalConfig(const std::string& precision, bool batch_norm,
                                const std::string& images) {
  const std::string convolution = absl::StrCat("conv { kernel: ", kConvolutionKernel, " }");
  std::string teacher;
  std::string student;
  for (size_t l = 0; l < ConvolutionInputs().size(); ++l) {
    absl::StrAppend(&teacher, HiddenLayerText(kConvolutionChannels, convolution));
    absl::StrAppend(&student,
                    HiddenLayerText(kConvolutionChannels,
                                    absl::StrCat(convolution, batch_norm ? " batch_norm {}" : "")));
  }
  return absl::Substitute(kConvolutional, PrecisionField(precision), images, teacher, student);
}

double ConvolutionalStepFlop() {
  const auto& inputs = ConvolutionInputs();
  const ConvolutionPlan plan = {.kernel = kConvolutionKernel};
  double products = 0;
  SampleShape outputs;
  for (size_t l = 0; l < inputs.size(); ++l) {
    outputs = ConvolvedShape(plan, kConvolutionChannels, inputs[l]);
    const double product = static_cast<double>(outputs.features() * inputs[l].channels *
                                               kConvolutionKernel * kConvolutionKernel);
    products += (l > 0 ? 3 : 2) * product;  // forward, update, and backward
  }
  products += 3 * static_cast<double>(outputs.features()) * kImageOutputs;
  return 2 * kImageBatch * products;
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

absl::StatusOr<std::unique_ptr<Trial>> MakeConvolutionalTrial(const std::string& precision,
                                                              bool batch_norm) {
  const TemporaryFolder folder;
  if (folder.name().empty()) return absl::InternalError("no temporary folder");
  const std::string file = absl::StrCat(folder.name(), "/images.npz");
  const SampleShape& shape = ConvolutionInputs().front();
  const RandomStream random(1, "images");
  std::vector<float> pixels(kImages * shape.features());
  for (size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<float>(random.Normal(static_cast<int64_t>(i)));
  }
  const std::vector<NamedArray> arrays = {
      {"x", MakeNpyArray<float>({kImages, shape.channels, shape.rows, shape.columns}, pixels)}};
  DIDACT_RETURN_IF_ERROR(WriteNpz(file, arrays));
  return MakeTrial(ConvolutionalConfig(precision, batch_norm, absl::StrCat(file, ":x")));
}

}  // namespace didact
