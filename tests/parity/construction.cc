#include "tests/parity/construction.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/types/span.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npz.h"
#include "tests/cli/run_tool.h"
#include "tests/parity/config_text.h"

namespace didact {
namespace {

void AddWeights(const NetworkArrays& layers, const std::string& prefix,
                std::vector<NamedArray>& arrays) {
  for (size_t l = 0; l < layers.size(); ++l) {
    arrays.push_back({absl::StrCat(prefix, l, ".weight"), ToNpy(layers[l].weight)});
    arrays.push_back({absl::StrCat(prefix, l, ".bias"), ToNpy(layers[l].bias)});
  }
}

std::string HiddenFields(const NetworkArrays& network) {
  std::string text;
  for (size_t l = 0; l + 1 < network.size(); ++l) {
    const Array& weight = network[l].weight;
    absl::StrAppend(
        &text, "  hidden { width: ", weight.shape(0), " activation { [didact/Relu] {} }",
        weight.dimension() == 4 ? absl::StrCat(" conv { kernel: ", weight.shape(2), " }") : "",
        " }\n");
  }
  return text;
}

}  // namespace

NetworkArrays NetworkOf(const Recording& recording, const std::string& prefix) {
  NetworkArrays network;
  for (int l = 0;; ++l) {
    const auto weight = recording.find(absl::StrCat(prefix, "w", l));
    if (weight == recording.end()) return network;
    network.push_back(
        {ToArray(weight->second), ToArray(recording.at(absl::StrCat(prefix, "b", l)))});
  }
}

NetworkArrays NetworkOf(const EvaluationResults& results, const std::string& prefix,
                        size_t layers) {
  NetworkArrays network;
  for (size_t l = 0; l < layers; ++l) {
    network.push_back({results.at(absl::StrCat(prefix, l, ".weight")),
                       results.at(absl::StrCat(prefix, l, ".bias"))});
  }
  return network;
}

NpyArray OneSampleFor(const NetworkArrays& network) {
  std::vector<int64_t> shape = {1, static_cast<int64_t>(network[0].weight.shape(1))};
  if (network[0].weight.dimension() == 4) {
    const double positions = static_cast<double>(network.back().weight.shape(1)) /
                             static_cast<double>(network[network.size() - 2].bias.size());
    int64_t extent = std::llround(std::sqrt(positions));
    for (size_t l = 0; l + 1 < network.size(); ++l) {
      extent += static_cast<int64_t>(network[l].weight.shape(2)) - 1;
    }
    shape.insert(shape.end(), {extent, extent});
  }
  int64_t size = 1;
  for (const int64_t axis : shape) size *= axis;
  const std::vector<double> ones(size, 1);
  return MakeNpyArray(shape, absl::MakeConstSpan(ones));
}

absl::StatusOr<EvaluationResults> Construct(const Construction& construction) {
  const std::string folder = NewFolder();
  std::vector<NamedArray> weights;
  AddWeights(construction.teacher, "teacher.", weights);
  AddWeights(construction.student, "student.", weights);
  DIDACT_RETURN_IF_ERROR(WriteNpz(JoinPath(folder, "weights.npz"), weights));
  const std::vector<NamedArray> data = {{"x", construction.samples}};
  DIDACT_RETURN_IF_ERROR(WriteNpz(JoinPath(folder, "data.npz"), data));

  DIDACT_ASSIGN_OR_RETURN(
      const std::string config,
      WriteConfig(folder,
                  absl::Substitute(
                      R"(name: "construction"
precision: $0
train_data { [didact/NpyDataset] { inputs: "data.npz:x" } }
eval_data { [didact/NpyDataset] { inputs: "data.npz:x" } }
teacher {
$1  outputs: $2
  initializer { [didact/NpzWeights] { path: "weights.npz" prefix: "teacher." } }
$3}
student {
  initializer { [didact/NpzWeights] { path: "weights.npz" prefix: "student." } }
$4}
loss { [didact/HalfSquaredError] {} }
optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.1 } } } }
training { epochs: 0 full_batch {} }
)",
                      construction.single_precision ? "FLOAT" : "DOUBLE",
                      HiddenFields(construction.teacher), construction.teacher.back().bias.size(),
                      construction.teacher_initializers, construction.student_initializers)));
  DIDACT_ASSIGN_OR_RETURN(const std::string trial, RunTrialOf(config, "run"));
  return ReadEvaluation(trial, -1);
}

}  // namespace didact
