#include "framework/experiment/trial_cost.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "framework/config/scaled_width.h"
#include "framework/plugin/factory.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/message.h"

namespace didact {
namespace {

// What the two-layer step of the benchmarks takes on a core with AVX2: a fixed part, and the rest
// at this rate.
constexpr double kSecondsPerStep = 3e-6;
constexpr double kOperationsPerSecond = 40e9;
// Building networks and data, writing files.
constexpr double kSecondsPerTrial = 3e-3;
// Where the data do not say: images of Fashion-MNIST.
constexpr int64_t kGuessedSamples = 60000;
constexpr int64_t kGuessedInputs = 784;

// The value of an integer field of a plugin's config, or `otherwise` if it has none of this name.
int64_t IntegerField(const google::protobuf::Any& plugin, const PluginRegistry& registry,
                     const char* name, int64_t otherwise) {
  const auto factory = registry.Find("dataset", plugin.type_url(), FieldPath());
  if (!factory.ok()) return otherwise;
  const auto config = UnpackNew(plugin, **factory, FieldPath());
  if (!config.ok()) return otherwise;
  const google::protobuf::Message& message = **config;
  const auto* const field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated()) return otherwise;
  switch (field->cpp_type()) {
    case google::protobuf::FieldDescriptor::CPPTYPE_INT32:
      return message.GetReflection()->GetInt32(message, field);
    case google::protobuf::FieldDescriptor::CPPTYPE_INT64:
      return message.GetReflection()->GetInt64(message, field);
    default:
      return otherwise;
  }
}

// 0 means "all there are" in data sets that read files.
int64_t SamplesOf(const google::protobuf::Any& data, const PluginRegistry& registry) {
  const int64_t samples = IntegerField(data, registry, "size", 0);
  return samples > 0 ? samples : kGuessedSamples;
}

// Multiplications and additions of one sample's forward pass.
double ForwardOperations(double inputs, const std::vector<double>& widths, double outputs) {
  double operations = 0;
  for (const double width : widths) {
    operations += 2 * inputs * width;
    inputs = width;
  }
  return operations + 2 * inputs * outputs;
}

}  // namespace

TrialCost EstimateTrialCost(const Experiment& experiment, const PluginRegistry& registry) {
  const Training& training = experiment.training();
  const int64_t train = SamplesOf(experiment.train_data(), registry);
  const int64_t eval = SamplesOf(experiment.eval_data(), registry);
  const int64_t inputs = std::max<int64_t>(
      IntegerField(experiment.train_data(), registry, "dimension", kGuessedInputs), 1);

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

  std::vector<double> teacher;
  std::vector<double> student;
  for (const HiddenLayer& layer : experiment.teacher().hidden()) {
    teacher.push_back(layer.width());
    student.push_back(
        static_cast<double>(ScaledWidth(layer.width(), experiment.student().width_multiplier())));
  }
  if (experiment.student().hidden_size() > 0) {
    student.clear();
    for (const HiddenLayer& layer : experiment.student().hidden()) student.push_back(layer.width());
  }
  const double outputs = experiment.teacher().outputs();
  const double forward = ForwardOperations(static_cast<double>(inputs), student, outputs);
  const double teacher_forward = ForwardOperations(static_cast<double>(inputs), teacher, outputs);
  const double per_operation = (experiment.precision() == FLOAT ? 0.5 : 1.0) / kOperationsPerSecond;

  TrialCost cost;
  cost.steps = training.epochs() * steps_per_epoch;
  // Backward takes twice what forward takes. Metrics compare activations of teacher and student.
  const double evaluation =
      static_cast<double>(train + eval) * 2 * (forward + teacher_forward) * per_operation;
  cost.seconds = kSecondsPerTrial +
                 static_cast<double>(cost.steps) *
                     (kSecondsPerStep + 3 * static_cast<double>(batch) * forward * per_operation) +
                 (training.epochs() + 1) * evaluation;
  return cost;
}

}  // namespace didact
