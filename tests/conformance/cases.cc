#include "tests/conformance/cases.h"

#include <cstdint>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"

namespace didact {
namespace {

// DIR/ is replaced by the directory of the files.
const std::map<std::string, std::vector<std::string>>& Cases() {
  static const auto* const cases = new std::map<std::string, std::vector<std::string>>{
      // activations
      {"didact.LeakyRelu", {"", "negative_slope: 0.1", "negative_slope: 0"}},
      {"didact.Softplus", {"", "sharpness: 10", "sharpness: 0.01"}},
      // augmentations
      {"didact.GaussianNoise", {"stddev: 0", "stddev: 0.5"}},
      {"didact.Normalize", {"mean: 0.5 stddev: 2", "mean: [0.5, 0.4, 0.3] stddev: 0.25"}},
      {"didact.RandomCrop", {"padding: 0", "padding: 7"}},
      {"didact.RandomHorizontalFlip", {"", "probability: 0", "probability: 1"}},
      // data sets
      {"didact.BoundaryInputs",
       {"dimension: 6 size: 300",
        "dimension: 40 size: 100 stddev: 0.5 offset_mean: 2 offset_width: 0 stream_seed: 3"}},
      {"didact.Cifar10Dataset",
       {"file: \"DIR/cifar10.bin\"",
        "file: [\"DIR/cifar10.bin\", \"DIR/cifar10.bin\"] only_class: [DOG, CAT] first: 1 size: 2 "
        "mean: [0.5, 0.4, 0.3] stddev: 0.25"}},
      {"didact.GaussianInputs",
       {"dimension: 7 size: 50", "dimension: 100 size: 10000 stddev: 1.5 stream_seed: 3"}},
      {"didact.IdxDataset",
       {"images: \"DIR/images.idx\"",
        "images: \"DIR/images.idx\" labels: \"DIR/labels.idx\" first: 1 size: 3 mean: 0.5 stddev: "
        "0.25"}},
      {"didact.NpyDataset",
       {"inputs: \"DIR/data.npz:inputs\"",
        "inputs: \"DIR/data.npz:inputs\" labels: \"DIR/data.npz:labels\" first: 2 size: 5",
        "inputs: \"DIR/data.npz:images\"",
        "inputs: \"DIR/data.npz:inputs\" targets: \"DIR/data.npz:targets\" first: 2"}},
      {"didact.SphereInputs",
       {"dimension: 7 size: 50", "dimension: 20 size: 200 radius: 3 stream_seed: 3"}},
      {"didact.UniformInputs",
       {"dimension: 7 size: 50", "dimension: 20 size: 200 low: -3 high: -2 stream_seed: 3"}},
      // initializers
      {"didact.BalanceActivations",
       {"data { [type.googleapis.com/didact.GaussianInputs] { dimension: 6 size: 50 } }",
        "data { [type.googleapis.com/didact.NpyDataset] { inputs: \"DIR/data.npz:inputs\" } } "
        "layer: 1"}},
      {"didact.ConstantBias", {"value: 0", "value: -0.1 layer: [2, 0]"}},
      {"didact.CopyTeacher",
       {"", "perturbation: 0.1 add: true layer: [0, 2]", "part: DIRECTION", "part: SIGN"}},
      {"didact.DecayFanOut", {"exponent: 0", "exponent: 1.5", "exponent: 0.5 layer: 1"}},
      {"didact.GaussianWeights", {"", "stddev: 0.01 layer: 0"}},
      {"didact.NormalizeFanIn", {"", "layer: 0", "epsilon: 1e-5 rescale_bias: true"}},
      {"didact.NpzWeights", {"path: \"DIR/teacher.npz\"", "path: \"DIR/teacher.npz\" layer: 0"}},
      {"didact.OrientToTeacherNode", {"", "direction: HELPFUL teacher_node: 1"}},
      {"didact.OrthogonalWeights", {"", "gain: 2 layer: 1"}},
      {"didact.Prune", {"ratio: [0.5, 0.25]", "ratio: [0, 1]"}},
      {"didact.ScaleWeights", {"factor: 0.1", "factor: -3 biases: false layer: 2"}},
      {"didact.SeparatedWeights",
       {"choice: [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1]", "choice: [1, 2, 2] layer: 0"}},
      {"didact.StandardizeOutput",
       {"data { [type.googleapis.com/didact.GaussianInputs] { dimension: 6 size: 50 } }",
        "data { [type.googleapis.com/didact.BoundaryInputs] { dimension: 9 size: 30 } }"}},
      {"didact.UniformFanIn", {"", "layer: [0, 1]"}},
      // losses
      {"didact.CrossEntropy",
       {"", "teacher_argmax {}", "labels {}", "soft_targets { temperature: 0.5 }"}},
      {"didact.HalfSquaredError", {"", "target: TEACHER", "target: LABELS", "target: ARRAY"}},
      {"didact.MeanSquaredError", {"", "target: LABELS"}},
      // metrics
      {"didact.Accuracy", {"", "top: [1, 3]"}},
      {"didact.GradientNorm", {"", "arrays: true"}},
      {"didact.Specialization",
       {"", "threshold: [0, 0.3] epsilon: 1e-7 epsilon_placement: VARIANCE", "epsilon: 0"}},
      // optimizers
      {"didact.Adam",
       {"learning_rate { [type.googleapis.com/didact.Constant] { value: 0.01 } }",
        "learning_rate { [type.googleapis.com/didact.Cosine] { value: 0.05 warm_up_epochs: 2 } } "
        "beta1: 0.5 beta2: 0.9 weight_decay: 0.1 decay_biases: false",
        "learning_rate { [type.googleapis.com/didact.Constant] { value: 0.01 } } beta1: 0 "
        "epsilon: 0.01 weight_decay: 0.1 decoupled_weight_decay: true"}},
      {"didact.AdamW",
       {"learning_rate { [type.googleapis.com/didact.Constant] { value: 0.01 } }",
        "learning_rate { [type.googleapis.com/didact.StepDecay] { value: 0.1 every_epochs: 2 } } "
        "weight_decay: 0.5 decay_biases: false"}},
      {"didact.Sgd",
       {"learning_rate { [type.googleapis.com/didact.Constant] { value: 0.1 } }",
        "learning_rate { [type.googleapis.com/didact.StepDecay] { value: 0.1 every_epochs: 2 } } "
        "weight_decay: 0.01",
        "learning_rate { [type.googleapis.com/didact.Constant] { value: 0.1 } } momentum: 0.5",
        "learning_rate { [type.googleapis.com/didact.Constant] { value: 0.05 } } momentum: 0.9 "
        "nesterov: true weight_decay: 0.1"}},
      // projections
      {"didact.Freeze", {"layer: 0", "layer: [0, 1, 2]"}},
      {"didact.UnitFanIn", {"", "layer: 0", "epsilon: 1e-5 rescale_bias: true"}},
      // schedules
      {"didact.Constant", {"value: 0", "value: 0.01"}},
      {"didact.Cosine",
       {"value: 0", "value: 0.1", "value: 0.1 final_value: 0.2 warm_up_epochs: 1.5",
        "value: 0.1 warm_up_epochs: 20 warm_up_factor: 1 epochs: 30"}},
      {"didact.Piecewise",
       {"point { value: 0.1 }",
        "point { value: 0.1 } point { epoch: 5 value: 0.2 } point { epoch: 6 value: 0 }"}},
      {"didact.StepDecay", {"value: 1 every_epochs: 1", "value: 0.1 factor: 0.9 every_epochs: 30"}},
  };
  return *cases;
}

std::vector<double> Normals(int64_t count, uint64_t seed) {
  const RandomStream random(seed, "cases");
  std::vector<double> numbers;
  for (int64_t i = 0; i < count; ++i) numbers.push_back(random.Normal(static_cast<uint64_t>(i)));
  return numbers;
}

NamedArray Array(const std::string& name, std::vector<int64_t> shape) {
  int64_t size = 1;
  for (const int64_t extent : shape) size *= extent;
  return {name, MakeNpyArray<double>(std::move(shape), Normals(size, name.size()))};
}

// Returns an idx file of bytes: magic number, extents in big endian, elements.
std::string Idx(const std::vector<int>& shape) {
  std::string bytes = {0, 0, 8, static_cast<char>(shape.size())};
  int size = 1;
  for (const int extent : shape) {
    bytes += {0, 0, 0, static_cast<char>(extent)};
    size *= extent;
  }
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(37 * i % 11);
  return bytes;
}

// Returns two records of CIFAR-10: a dog and a cat.
std::string Cifar10() {
  std::string bytes;
  for (const int label : {5, 3}) {
    bytes += static_cast<char>(label);
    for (int pixel = 0; pixel < 3 * 32 * 32; ++pixel) {
      bytes += static_cast<char>(label * pixel % 251);
    }
  }
  return bytes;
}

}  // namespace

std::vector<std::string> ConformanceCases(const std::string& name, const std::string& directory) {
  const auto found = Cases().find(name);
  if (found == Cases().end()) return {};
  std::vector<std::string> cases;
  for (const std::string& text : found->second)
    cases.push_back(absl::StrReplaceAll(text, {{"DIR/", directory + "/"}}));
  return cases;
}

std::vector<std::string> NamesWithConformanceCases() {
  std::vector<std::string> names;
  for (const auto& [name, cases] : Cases()) names.push_back(name);
  return names;
}

absl::Status WriteConformanceFiles(const std::string& directory) {
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < 9; ++i) labels.push_back(i % 4);
  DIDACT_RETURN_IF_ERROR(
      WriteNpz(absl::StrCat(directory, "/data.npz"),
               std::vector<NamedArray>{Array("inputs", {9, 5}),
                                       Array("images", {4, 2, 3, 3}),
                                       Array("targets", {9, 2}),
                                       {"labels", MakeNpyArray<int64_t>({9}, labels)}}));
  // The archive has the sizes of the suite's teacher. The student, which is wider, is refused.
  DIDACT_RETURN_IF_ERROR(
      WriteNpz(absl::StrCat(directory, "/teacher.npz"),
               std::vector<NamedArray>{Array("0.weight", {5, 6}), Array("0.bias", {5}),
                                       Array("1.weight", {4, 5}), Array("1.bias", {4}),
                                       Array("2.weight", {3, 4}), Array("2.bias", {3})}));
  DIDACT_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(directory, "/cifar10.bin"), Cifar10()));
  DIDACT_RETURN_IF_ERROR(
      WriteFileAtomically(absl::StrCat(directory, "/images.idx"), Idx({6, 4, 3})));
  return WriteFileAtomically(absl::StrCat(directory, "/labels.idx"), Idx({6}));
}

}  // namespace didact
