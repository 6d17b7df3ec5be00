#include "tests/parity/case_config.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/substitute.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npz.h"
#include "tests/parity/config_text.h"
#include "xtensor/xbuilder.hpp"

namespace didact {
namespace {

NamedArray Named(std::string name, const Array& array) { return {std::move(name), ToNpy(array)}; }

// Returns a matrix [out, in] as a layer whose biases are 0.
Array WithoutBias(const Array& weight) {
  return LayerOf(weight, xt::zeros<double>({weight.shape(0)}));
}

absl::Status WriteData(const RecordedCase& recorded, const std::string& folder) {
  std::vector<NamedArray> arrays;
  for (const std::string name : {"X_train", "X_eval", "batch_idx"}) {
    arrays.push_back({name, recorded.Recorded(name)});
  }
  return WriteNpz(JoinPath(folder, "data.npz"), arrays);
}

// Writes the networks' layers, which are in the reference's layout, as a file for NpzWeights.
absl::Status WriteWeights(const std::string& folder, const std::vector<Array>& teacher,
                          const std::vector<Array>& student) {
  std::vector<NamedArray> arrays;
  for (size_t l = 0; l < teacher.size(); ++l) {
    arrays.push_back(Named(absl::StrCat("teacher.", l, ".weight"), WeightOf(teacher[l])));
    arrays.push_back(Named(absl::StrCat("teacher.", l, ".bias"), BiasOf(teacher[l])));
    arrays.push_back(Named(absl::StrCat("student.", l, ".weight"), WeightOf(student[l])));
    arrays.push_back(Named(absl::StrCat("student.", l, ".bias"), BiasOf(student[l])));
  }
  return WriteNpz(JoinPath(folder, "weights.npz"), arrays);
}

// Returns the common part of both configs. `*_initializers` follow the loading of the weights.
std::string DataAndNetworks(const RecordedCase& recorded, absl::string_view teacher_initializers,
                            absl::string_view student_initializers) {
  return absl::Substitute(
      R"(name: "parity"
precision: $0
seed { first: 1 last: 1 }
train_data { [didact/NpyDataset] { inputs: "data.npz:X_train" } }
eval_data { [didact/NpyDataset] { inputs: "data.npz:X_eval" } }
teacher {
  hidden { width: $1 activation { [didact/$2] {} } }
  outputs: $3
  initializer { [didact/NpzWeights] { path: "weights.npz" prefix: "teacher." } }
$4}
student {
  width_multiplier: $5
  initializer { [didact/NpzWeights] { path: "weights.npz" prefix: "student." } }
$6}
loss { [didact/HalfSquaredError] {} }
)",
      recorded.single_precision() ? "FLOAT" : "DOUBLE", recorded.Recorded("W1_t").shape[1],
      recorded.Setting("nonlinear") != 0 ? "Relu" : "Identity", recorded.Recorded("W2_t").shape[1],
      teacher_initializers, Exact(recorded.Setting("multi")), student_initializers);
}

// Returns the recorded rate: constant, or halved at regular intervals of epochs.
std::string LearningRateSchedule(const RecordedCase& recorded) {
  const double first = recorded["step_lr"].flat(0);
  const int64_t epochs = static_cast<int64_t>(recorded.Setting("lr_reduction"));
  if (epochs == 0) return ConstantRate(first);
  return absl::StrCat("[didact/StepDecay] { value: ", Exact(first),
                      " factor: 0.5 every_epochs: ", epochs, " }");
}

std::string OptimizerField(const RecordedCase& recorded) {
  return absl::StrCat("optimizer { [didact/Sgd] { learning_rate { ", LearningRateSchedule(recorded),
                      " } } }\n");
}

std::string ProjectionFields(const RecordedCase& recorded) {
  const bool feature_fixed = recorded.Setting("feature_fixed") != 0;
  std::string projections;
  if (feature_fixed) projections += ProjectionField("Freeze", "layer: 0");
  if (recorded.Setting("top_layer_fixed") != 0)
    projections += ProjectionField("Freeze", "layer: 1");
  // The reference normalizes only layers that it trains.
  if (recorded.Setting("normalize") != 0 && !feature_fixed) {
    projections += ProjectionField("UnitFanIn", "layer: 0");
  }
  if (recorded.Setting("no_bias") != 0) projections += ProjectionField("ZeroBias", "");
  return projections;
}

std::string MetricFields(const RecordedCase& recorded) {
  const auto append = [](std::string* text, double value) { text->append(Exact(value)); };
  return absl::Substitute(
      R"(metric { [didact/Loss] {} }
metric { [didact/Specialization] { threshold: [$0] absolute: false } }
metric { [didact/BoundaryObservability] {} }
metric { [didact/GradientNorm] { arrays: true } }
metric { [didact/PerSampleGradient] {} }
metric { [didact/ActivationProduct] {} }
metric { [didact/WeightChange] {} }
output { arrays: EVERY_EPOCH weights: EVERY_EPOCH }
)",
      absl::StrJoin(recorded["thresholds"].storage(), ", ", append));
}

// Returns the field with the recorded mini-batches.
std::string TrainingField(const RecordedCase& recorded) {
  return absl::Substitute(
      R"(training {
  epochs: $0
  replay { batches: "data.npz:batch_idx" steps_per_epoch: $1 }
}
)",
      recorded.epochs(), recorded.steps_per_epoch());
}

}  // namespace

absl::StatusOr<std::string> WriteTrajectoryConfig(const RecordedCase& recorded,
                                                  const std::string& folder) {
  DIDACT_RETURN_IF_ERROR(WriteData(recorded, folder));
  DIDACT_RETURN_IF_ERROR(WriteWeights(folder, {recorded["W1_t"], recorded["W2_t"]},
                                      {recorded["W1_s_init"], recorded["W2_s_init"]}));
  return WriteConfig(folder, absl::StrCat(DataAndNetworks(recorded, "", ""),
                                          OptimizerField(recorded), ProjectionFields(recorded),
                                          TrainingField(recorded), MetricFields(recorded)));
}

absl::StatusOr<std::string> WriteConstructionConfig(const RecordedCase& recorded,
                                                    const std::string& folder) {
  DIDACT_RETURN_IF_ERROR(WriteData(recorded, folder));
  DIDACT_RETURN_IF_ERROR(WriteWeights(
      folder, {WithoutBias(recorded["draw_enc_W1"]), WithoutBias(recorded["draw_enc_W2"])},
      {recorded["draw_W1_s"], recorded["draw_W2_s"]}));

  const std::string teacher = absl::StrCat(
      InitializerField("DecayFanOut",
                       "exponent: " + Exact(recorded.Setting("teacher_strength_decay"))),
      InitializerField("ConstantBias", "value: " + Exact(recorded.Setting("bias"))),
      InitializerField("NormalizeFanIn", "layer: 0"));

  std::string student = absl::StrCat(
      InitializerField("ScaleWeights", "factor: " + Exact(recorded.Setting("student_scale"))),
      InitializerField("ConstantBias", "value: 0"));
  const std::string orientation = recorded.Text("adv_init");
  if (orientation == "adv")
    student += InitializerField("OrientToTeacherNode", "direction: ADVERSARIAL");
  if (orientation == "help")
    student += InitializerField("OrientToTeacherNode", "direction: HELPFUL");
  if (recorded.Setting("normalize") != 0) student += InitializerField("NormalizeFanIn", "layer: 0");

  return WriteConfig(
      folder, absl::StrCat(DataAndNetworks(recorded, teacher, student), OptimizerField(recorded),
                           "training { epochs: 0 full_batch {} }\n"));
}

}  // namespace didact
