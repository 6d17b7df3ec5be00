#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/initializer.pb.h"

namespace didact {
namespace {

struct Moments {
  double mean = 0;
  double stddev = 0;
};

// Returns the mean and the standard deviation, with N - 1 in the denominator, of a column with at
// least two rows. The standard deviation of equal elements is exactly 0.
template <class T>
Moments MomentsOf(const ArrayView<const T>& matrix, int64_t column) {
  const int64_t rows = matrix.shape(0);
  const auto element = [&](int64_t i) { return static_cast<double>(matrix(i, column)); };
  double sum = 0;
  for (int64_t i = 0; i < rows; ++i) sum += element(i);
  const double mean = sum / static_cast<double>(rows);
  double squares = 0;
  bool is_constant = true;
  for (int64_t i = 0; i < rows; ++i) {
    is_constant = is_constant && element(i) == element(0);
    squares += (element(i) - mean) * (element(i) - mean);
  }
  return {mean, is_constant ? 0 : std::sqrt(squares / static_cast<double>(rows - 1))};
}

// Gives each output mean 0 and standard deviation 1 over the samples of a data set: w <- w / s and
// b <- (b - m) / s, where m is the mean and s the standard deviation of the output.
//
// Config:   didact.StandardizeOutput; data: the data set.
// Shapes:   weight [out, in], bias [out] of the final layer.
// Gradient: does not apply.
// Errors:   building fails with INVALID_ARGUMENT when the data set cannot be built; Apply when it
//           has fewer than 2 samples, when the final layer has no biases, or when the standard
//           deviation of an output is 0 or not finite (all at once; nothing is then changed).
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: outputs are those of training, in the network's precision. Mean, standard deviation and
//           quotients in double, then rounded; the variance is a sum over deviations from the mean,
//           divided by N - 1.
// Source:   `tune_teacher_last_layer` of the multi-layer reference of Tian, ICML 2020.
// Example:  teacher {
//             initializer {
//               [didact/StandardizeOutput] {
//                 data { [didact/GaussianInputs] { dimension: 20 size: 1000 } }
//               }
//             }
//           }
template <class T>
class StandardizeOutputInitializer final : public Initializer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Initializer<T>>> Build(const StandardizeOutput& config,
                                                               const BuildContext& context) {
    DIDACT_ASSIGN_OR_RETURN(ConfiguredPlugin<Dataset<T>> data,
                            context.Create<Dataset<T>>(config.data(), context.path.Field("data")));
    return std::make_unique<StandardizeOutputInitializer>(std::move(data), context.path);
  }

  StandardizeOutputInitializer(ConfiguredPlugin<Dataset<T>> data, const FieldPath& path)
      : data_(std::move(data)), path_(path) {}

  const ConfiguredPlugin<Dataset<T>>* data() const override { return &data_; }

  absl::Status Apply(const InitializerContext<T>& context, NetworkView<T> weights) const override {
    const LayerView<T>& layer = weights.back();
    if (layer.bias.empty()) {
      return path_.Invalid(
          "needs biases, but the final layer has none; remove it, or bias: false of the network");
    }
    const ArrayView<const T> outputs =
        context.pre_activations->Compute(static_cast<int64_t>(weights.size()) - 1);
    DIDACT_ASSIGN_OR_RETURN(const std::vector<Moments> moments, MomentsOfColumns(outputs));
    for (int64_t k = 0; k < layer.weight.shape(0); ++k) {
      const auto [mean, stddev] = moments[k];
      for (int64_t j = 0; j < layer.weight.shape(1); ++j) {
        layer.weight(k, j) = static_cast<T>(layer.weight(k, j) / stddev);
      }
      layer.bias(k) = static_cast<T>((layer.bias(k) - mean) / stddev);
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<std::vector<Moments>> MomentsOfColumns(const ArrayView<const T>& outputs) const {
    const int64_t samples = outputs.shape(0);
    if (samples < 2) {
      return path_.Field("data").Invalid(
          absl::StrCat("must have at least 2 samples, got ", samples));
    }
    std::vector<Moments> moments;
    Problems problems;
    for (int64_t k = 0; k < outputs.shape(1); ++k) {
      const double stddev = moments.emplace_back(MomentsOf(outputs, k)).stddev;
      if (stddev > 0 && std::isfinite(stddev)) continue;
      problems.Add(path_.Invalid(absl::StrCat(
          "needs outputs whose standard deviation over the samples of data is positive and finite, "
          "got ",
          stddev, " for output ", k)));
    }
    DIDACT_RETURN_IF_ERROR(problems.ToStatus());
    return moments;
  }

  ConfiguredPlugin<Dataset<T>> data_;
  FieldPath path_;
};

}  // namespace

absl::Status RegisterStandardizeOutput(PluginRegistry& registry) {
  return registry.Add<StandardizeOutput, StandardizeOutputInitializer>();
}

}  // namespace didact
