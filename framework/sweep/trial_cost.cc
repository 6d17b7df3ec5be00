#include "didact/framework/sweep/trial_cost.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/config/scaled_width.h"
#include "didact/framework/config/teacher_preparation.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/dataset_size.h"
#include "google/protobuf/any.pb.h"

namespace didact {
namespace {

// Time of the two-layer step of the benchmarks on a core with AVX2: a constant part, and a rate for
// the rest.
constexpr double kSecondsPerStep = 3e-6;
constexpr double kOperationsPerSecond = 40e9;
// Size of Fashion-MNIST, for data sets that do not tell their size.
constexpr int64_t kGuessedSamples = 60000;
constexpr int64_t kGuessedFeatures = 784;

// Returns the size of a data set, or a guess if its config does not tell it.
DatasetSize SizeOf(const google::protobuf::Any& data, const PluginRegistry& registry,
                   const BuildContext& context) {
  DatasetSize size;
  const auto factory = registry.Find(Dataset<double>::kKind, data.type_url(), FieldPath());
  try {
    if (factory.ok()) size = (*factory)->SizeFromConfig(data, context);
  } catch (...) {
    // The trial that builds the data set reports the error.
  }
  return {.samples = size.samples > 0 ? size.samples : kGuessedSamples,
          .features = size.features > 0 ? size.features : kGuessedFeatures};
}

// What determines the time that a hidden layer takes.
struct LayerSize {
  double nodes = 0;
  double kernel = 0;  // rows of a convolution's kernel; 0 for a fully connected layer
  double padding = 0;
  double stride = 1;       // of the convolution
  double pool_stride = 1;  // of the pooling
};

LayerSize SizeOfLayer(const HiddenLayer& layer, double multiplier) {
  LayerSize size;
  size.nodes = static_cast<double>(ScaledWidth(layer.width(), multiplier));
  if (!layer.has_conv()) return size;
  size.kernel = layer.conv().kernel();
  size.padding = layer.conv().padding();
  size.stride = std::max(layer.conv().stride(), 1);
  if (layer.has_pool()) {
    const Pooling& pool = layer.pool();
    size.pool_stride = std::max(pool.has_stride() ? pool.stride() : pool.kernel(), 1);
  }
  return size;
}

// Returns the number of multiplications and additions in one sample's forward pass. Images are
// assumed to be square, and those of a data set to have 3 channels if that gives whole pixels.
double ForwardOperations(double inputs, const std::vector<LayerSize>& layers, double outputs) {
  const double colour_side = std::sqrt(inputs / 3);
  double channels = colour_side == std::floor(colour_side) ? 3 : 1;
  double side = std::sqrt(inputs / channels);
  double operations = 0;
  for (const LayerSize& layer : layers) {
    if (layer.kernel == 0) {
      operations += 2 * inputs * layer.nodes;
      inputs = layer.nodes;
      continue;
    }
    side = std::max((side + 2 * layer.padding - layer.kernel) / layer.stride + 1, 1.0);
    operations += 2 * channels * layer.kernel * layer.kernel * side * side * layer.nodes;
    channels = layer.nodes;
    side = std::max(side / layer.pool_stride, 1.0);
    inputs = channels * side * side;
  }
  return operations + 2 * inputs * outputs;
}

}  // namespace

TrialCost EstimateTrialCost(const Experiment& experiment, const PluginRegistry& registry,
                            const BuildContext& context) {
  const Training& training = experiment.training();
  const auto [train, inputs] = SizeOf(experiment.train_data(), registry, context);
  const int64_t eval = SizeOf(experiment.eval_data(), registry, context).samples;

  int64_t batch = std::max(training.batch_size(), 1);
  int64_t steps_per_epoch = (train + batch - 1) / batch;
  if (training.has_with_replacement()) {
    steps_per_epoch = training.with_replacement().steps_per_epoch();
  } else if (training.has_full_batch()) {
    steps_per_epoch = training.full_batch().steps_per_epoch();
    batch = train;
  } else if (training.has_replay() && training.replay().steps_per_epoch() > 0) {
    steps_per_epoch = training.replay().steps_per_epoch();
  }

  std::vector<LayerSize> teacher;
  std::vector<LayerSize> student;
  const std::vector<int64_t> widths = PreparedWidths(experiment.teacher());
  for (int l = 0; l < experiment.teacher().hidden_size(); ++l) {
    HiddenLayer layer = experiment.teacher().hidden(l);
    layer.set_width(static_cast<int32_t>(widths[l]));
    teacher.push_back(SizeOfLayer(layer, 1));
    student.push_back(SizeOfLayer(layer, experiment.student().width_multiplier()));
  }
  if (experiment.student().hidden_size() > 0) {
    student.clear();
    for (const HiddenLayer& layer : experiment.student().hidden()) {
      student.push_back(SizeOfLayer(layer, 1));
    }
  }
  const double outputs = static_cast<double>(OutputsOf(experiment));
  const double forward = ForwardOperations(static_cast<double>(inputs), student, outputs);
  const double teacher_forward =
      experiment.has_teacher() ? ForwardOperations(static_cast<double>(inputs), teacher, outputs)
                               : 0;
  const double per_operation = (experiment.precision() == FLOAT ? 0.5 : 1.0) / kOperationsPerSecond;

  TrialCost cost;
  cost.steps = training.epochs() * steps_per_epoch;
  cost.trains_teacher = TrainsTeacher(experiment);
  // The backward pass takes twice the operations of the forward pass. Metrics compare activations
  // of teacher and student.
  cost.evaluation_seconds =
      static_cast<double>(train + eval) * 2 * (forward + teacher_forward) * per_operation;
  cost.seconds = kSecondsOfFiles +
                 static_cast<double>(cost.steps) *
                     (kSecondsPerStep + 3 * static_cast<double>(batch) * forward * per_operation) +
                 (training.epochs() + 1) * cost.evaluation_seconds;
  return cost;
}

}  // namespace didact
