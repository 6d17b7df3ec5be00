#include "tests/parity/multi_layer_config.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/strings/substitute.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npz.h"
#include "tests/parity/config_text.h"
#include "tests/parity/multi_layer_names.h"
#include "xtensor/xview.hpp"

namespace didact {
namespace {

// Settings that fields of the config stand for.
constexpr absl::string_view kWritten[] = {"kind",         "optim_method",  "momentum",
                                          "weight_decay", "cross_entropy", "normalize",
                                          "leaky_relu",   "bn_before_relu"};

// Settings whose effect is in the recorded arrays, from which the config is written: the networks'
// shapes and initial weights, the data, the mini-batches, the learning rates.
constexpr absl::string_view kInArrays[] = {"ks",
                                           "node_multi",
                                           "data_d",
                                           "d_output",
                                           "input_shape",
                                           "use_cnn",
                                           "bn",
                                           "bn_affine",
                                           "teacher_bn",
                                           "teacher_bn_affine",
                                           "no_bias",
                                           "teacher_bias_tune",
                                           "teacher_bias_last_layer_tune",
                                           "teacher_strength_decay",
                                           "student_scale_down",
                                           "perturb",
                                           "same_dir",
                                           "same_sign",
                                           "data_std",
                                           "dataset",
                                           "labels",
                                           "N_train",
                                           "N_eval",
                                           "batchsize",
                                           "eval_batchsize",
                                           "num_epoch",
                                           "lr",
                                           "lr_epochs",
                                           "lr_values",
                                           "stats_H",
                                           "seed"};

absl::Status CheckSettings(const RecordedCase& recorded) {
  for (const auto& [name, array] : recorded.arrays()) {
    absl::string_view setting = name;
    if (!absl::ConsumePrefix(&setting, "hp_") || absl::c_linear_search(kWritten, setting) ||
        absl::c_linear_search(kInArrays, setting)) {
      continue;
    }
    return absl::UnimplementedError(absl::StrCat(
        "the setting ", setting, " is unknown; say in multi_layer_config.cc what stands for it"));
  }
  return absl::OkStatus();
}

absl::Status WriteData(const RecordedCase& recorded, const std::string& folder) {
  std::vector<NamedArray> arrays;
  for (const std::string name : {"x_train", "x_eval", "y_train", "y_eval", "batch_idx"}) {
    if (recorded.Has(name)) arrays.push_back({name, recorded.Recorded(name)});
  }
  return WriteNpz(JoinPath(folder, "data.npz"), arrays);
}

// Returns an array of the student before training, and before its first normalization, if there is
// one.
Array InitialOf(const RecordedCase& recorded, const std::string& name) {
  const Array snapshots = recorded["student_" + name];
  const std::string raw = "student_raw_" + name;
  if (!recorded.Has(raw)) return xt::view(snapshots, 0);
  const Array array = recorded[raw];
  if (array.dimension() == snapshots.dimension()) return xt::view(array, 0);
  return array;
}

absl::Status WriteWeights(const RecordedCase& recorded, const std::string& folder) {
  std::vector<NamedArray> arrays;
  for (int64_t l = 0; l < recorded.layers(); ++l) {
    for (const ArrayNames& names : ArraysOfLayer(l)) {
      if (recorded.Has("teacher_" + names.recorded)) {
        arrays.push_back(
            {"teacher." + names.in_files, recorded.Recorded("teacher_" + names.recorded)});
      }
      if (recorded.Has("student_" + names.recorded)) {
        arrays.push_back({"student." + names.in_files, ToNpy(InitialOf(recorded, names.recorded))});
      }
    }
  }
  return WriteNpz(JoinPath(folder, "weights.npz"), arrays);
}

// Returns the shape of a weight without the axis of the snapshots.
std::vector<int64_t> WeightShape(const RecordedCase& recorded, const std::string& network,
                                 int64_t layer) {
  std::vector<int64_t> shape = recorded.Recorded(absl::StrCat(network, "_w", layer)).shape;
  if (network == "student") shape.erase(shape.begin());
  return shape;
}

std::string HiddenField(const RecordedCase& recorded, const std::string& network, int64_t layer) {
  const std::vector<int64_t> shape = WeightShape(recorded, network, layer);
  const double slope = recorded.Setting("leaky_relu");
  std::string text = absl::StrCat(
      "  hidden { width: ", shape[0], " activation { ",
      slope == 0 ? "[didact/Relu] {}"
                 : absl::StrCat("[didact/LeakyRelu] { negative_slope: ", Exact(slope), " }"),
      " }");
  if (shape.size() == 4) absl::StrAppend(&text, " conv { kernel: ", shape[2], " }");
  const std::string normalization = absl::StrCat(network, "_bn", layer);
  if (recorded.Has(normalization + "_rm")) {
    absl::StrAppend(
        &text, " batch_norm {", recorded.Has(normalization + "_g") ? "" : " affine: false",
        recorded.Setting("bn_before_relu") != 0 ? " before_activation: true" : "", " }");
  }
  return text + " }\n";
}

// Returns the fields of teacher or student, apart from other initializers than the recorded weights
// and the outputs.
std::string NetworkFields(const RecordedCase& recorded, const std::string& network) {
  std::string text;
  for (int64_t l = 0; l + 1 < recorded.layers(); ++l) text += HiddenField(recorded, network, l);
  if (!recorded.Has(network + "_b0")) text += "  bias: false\n";
  absl::StrAppend(
      &text, InitializerField("NpzWeights",
                              absl::Substitute("path: \"weights.npz\" prefix: \"$0.\"", network)));
  return text;
}

// The reference normalizes the student before the first evaluation and after each step.
constexpr absl::string_view kNormalization = "epsilon: 1e-5 rescale_bias: true";

std::string Networks(const RecordedCase& recorded) {
  return absl::StrCat(
      "teacher {\n", NetworkFields(recorded, "teacher"),
      "  outputs: ", WeightShape(recorded, "teacher", recorded.layers() - 1)[0], "\n}\nstudent {\n",
      NetworkFields(recorded, "student"),
      recorded.Has("student_raw_w0") ? InitializerField("NormalizeFanIn", kNormalization) : "",
      "}\n");
}

std::string DataField(const RecordedCase& recorded, const std::string& name) {
  return absl::StrCat(
      name, "_data { [didact/NpyDataset] { inputs: \"data.npz:x_", name, "\"",
      recorded.Has("y_" + name) ? absl::StrCat(" labels: \"data.npz:y_", name, "\"") : "",
      " } }\n");
}

std::string SpecializationField(const RecordedCase& recorded) {
  constexpr absl::string_view kVariance = "epsilon: 1e-7 epsilon_placement: VARIANCE";
  if (recorded.Text("kind") == "mlp") {
    return absl::Substitute("metric { [didact/Specialization] { $0 } }\n", kVariance);
  }
  // Convolutional layers were recorded with both definitions. The keys of the second are those of
  // pairs of layers.
  std::string pairs;
  for (int64_t l = 0; l + 1 < recorded.layers(); ++l) {
    absl::StrAppend(&pairs, " layer_pair { teacher: ", l, " student: ", l, " }");
  }
  return absl::Substitute(
      "metric { [didact/Specialization] { epsilon: 1e-10 } }\n"
      "metric { [didact/Specialization] { $0$1 } }\n",
      kVariance, pairs);
}

std::string MetricFields(const RecordedCase& recorded) {
  std::string text = "metric { [didact/Loss] {} }\n" + SpecializationField(recorded);
  if (recorded.Has("eval_top5_teacher")) {
    text += "metric { [didact/Accuracy] { top: [1, 2, 3, 4, 5] } }\n";
  }
  return text;
}

// Returns the learning rate of each epoch.
absl::StatusOr<Array> RatesOfEpochs(const RecordedCase& recorded) {
  const Array steps = recorded["step_lr"];
  if (static_cast<int64_t>(steps.size()) != recorded.epochs() * recorded.steps_per_epoch()) {
    return absl::InvalidArgumentError("step_lr must have as many steps as the recorded epochs");
  }
  Array rates = Array::from_shape({static_cast<size_t>(recorded.epochs())});
  for (size_t k = 0; k < steps.size(); ++k) {
    const size_t epoch = k / recorded.steps_per_epoch();
    if (k % recorded.steps_per_epoch() == 0) rates(epoch) = steps(k);
    if (rates(epoch) == steps(k)) continue;
    return absl::UnimplementedError(
        absl::StrCat("step_lr changes within an epoch, at step ", k,
                     "; say in multi_layer_config.cc which schedule stands for it"));
  }
  return rates;
}

}  // namespace

absl::StatusOr<std::string> OptimizerPlugin(const RecordedCase& recorded, const Array& rates) {
  const std::string method = recorded.Text("optim_method");
  const std::string common =
      absl::Substitute("learning_rate { $0 } weight_decay: $1", RateOfEachEpoch(rates),
                       Exact(recorded.Setting("weight_decay")));
  // The reference's Adam ignores the momentum.
  if (method == "adam") return absl::Substitute("[didact/Adam] { $0 }", common);
  if (method == "sgd") {
    return absl::Substitute("[didact/Sgd] { $0 momentum: $1 }", common,
                            Exact(recorded.Setting("momentum")));
  }
  return absl::UnimplementedError(
      absl::StrCat("hp_optim_method must be sgd or adam, got \"", method,
                   "\"; say in multi_layer_config.cc which optimizer stands for it"));
}

absl::StatusOr<std::string> WriteMultiLayerConfig(const RecordedCase& recorded,
                                                  const std::string& folder) {
  DIDACT_RETURN_IF_ERROR(CheckSettings(recorded));
  DIDACT_RETURN_IF_ERROR(WriteData(recorded, folder));
  DIDACT_RETURN_IF_ERROR(WriteWeights(recorded, folder));
  DIDACT_ASSIGN_OR_RETURN(const Array rates, RatesOfEpochs(recorded));
  DIDACT_ASSIGN_OR_RETURN(const std::string optimizer, OptimizerPlugin(recorded, rates));
  const bool classes = recorded.Setting("cross_entropy") != 0;
  const std::string training = absl::Substitute(
      R"(training {
  epochs: $0
  replay { batches: "data.npz:batch_idx" steps_per_epoch: $1 }
}
)",
      recorded.epochs(), recorded.steps_per_epoch());
  return WriteConfig(
      folder,
      absl::StrCat(
          "name: \"parity\"\nprecision: ", recorded.single_precision() ? "FLOAT" : "DOUBLE",
          "\nseed { first: 1 last: 1 }\n", DataField(recorded, "train"),
          DataField(recorded, "eval"), Networks(recorded), "loss { ",
          classes ? "[didact/CrossEntropy] { teacher_argmax {} }" : "[didact/MeanSquaredError] {}",
          " }\noptimizer { ", optimizer, " }\n",
          recorded.Setting("normalize") != 0 ? ProjectionField("UnitFanIn", kNormalization) : "",
          training, MetricFields(recorded),
          "output { arrays: EVERY_EPOCH weights: EVERY_EPOCH }\n"));
}

}  // namespace didact
