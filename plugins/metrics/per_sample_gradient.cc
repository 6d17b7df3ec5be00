#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/reduction.h"
#include "didact/framework/kernels/xtensor_view.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/metric.pb.h"
#include "xtensor/xtensor.hpp"

namespace didact {
namespace {

// The square of each sample's own gradient with respect to the student's pre-activations, mean over
// samples, of which every position of a convolution is one. It is 0 exactly at interpolation, the
// starting point of the theory.
//
// Config:   didact.PerSampleGradient, e.g. `[didact/PerSampleGradient] {}`.
// Shapes:   per layer an array [width]; per hidden layer also a number, `.constant`, for a node
//           whose activation is 1 on every sample and whose fan-out weights are the biases b of the
//           next layer: the mean of (g.b)^2, g the gradient there. Without biases, there are no such
//           numbers.
// Units:    those of the objective divided by those of pre-activations, squared.
// Errors:   none.
// Threads:  never called concurrently.
// Numerics: sums of squares in double.
// Source:   Tian, "Student Specialization in Deep Rectified Networks With Finite Width and Input
//           Dimension", ICML 2020 (g_l(x)); the constant node as in its reference code.
template <class T>
class PerSampleGradientMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const PerSampleGradient&,
                                                          const BuildContext&) {
    return std::make_unique<PerSampleGradientMetric>();
  }

  std::vector<MetricKey> keys() const override {
    const std::string unit = "(objective / pre-activations)^2";
    return {{"per_sample_gradient.layer*", {"student"}, unit},
            {"per_sample_gradient.layer*.constant", {}, unit}};
  }

  bool needs_gradients() const override { return true; }

  absl::Status Prepare(const MetricContext<T>& context) override {
    for (const LayerView<const T>& weights : context.student) {
      Layer layer;
      layer.bias_view = weights.bias;
      layer.bias.resize(weights.bias.size());
      layer.squares.resize(weights.nodes);
      layer.batch_squares.resize(weights.nodes);
      layers_.push_back(std::move(layer));
    }
    return absl::OkStatus();
  }

  void Begin() override {
    for (Layer& layer : layers_) {
      for (size_t i = 0; i < layer.bias.size(); ++i) layer.bias[i] = layer.bias_view(i);
      std::fill(layer.squares.begin(), layer.squares.end(), 0.0);
      layer.rows = 0;
      layer.constant_square = 0;
    }
  }

  void Add(const EvaluationBatch<T>& batch) override {
    // The gradients are those of the batch's mean.
    const double factor = static_cast<double>(batch.size) * static_cast<double>(batch.size);
    for (size_t l = 0; l < layers_.size(); ++l) {
      Layer& layer = layers_[l];
      const ArrayView<const T>& gradients = batch.student_gradients[l];
      std::fill(layer.batch_squares.begin(), layer.batch_squares.end(), 0.0);
      AccumulateColumnSquares(gradients.data(), gradients.stride(0), gradients.shape(0),
                              gradients.shape(1), nullptr, layer.batch_squares.data());
      for (size_t i = 0; i < layer.squares.size(); ++i) {
        layer.squares[i] += factor * layer.batch_squares[i];
      }
      layer.rows += gradients.shape(0);
      for (int64_t i = 0; i < gradients.shape(0) && !layer.bias.empty(); ++i) {
        const double product = Dot(gradients.row(i).data(), layer.bias.data(), gradients.shape(1));
        layer.constant_square += factor * product * product;
      }
    }
  }

  void Finish(const EvaluationSummary<T>&, Record& record) override {
    for (size_t l = 0; l < layers_.size(); ++l) {
      const double samples = static_cast<double>(layers_[l].rows);
      const std::string key = absl::StrCat("per_sample_gradient.layer", l);
      const xt::xtensor<double, 1> means =
          AsTensor(absl::MakeConstSpan(layers_[l].squares)) / samples;
      record.Add(key, RecordArray{{static_cast<int64_t>(means.size())},
                                  std::vector<double>(means.begin(), means.end())});
      if (l + 1 < layers_.size() && !layers_[l + 1].bias.empty()) {
        record.Add(absl::StrCat(key, ".constant"),
                   layers_[l + 1].constant_square / static_cast<double>(layers_[l + 1].rows));
      }
    }
  }

 private:
  struct Layer {
    int64_t rows = 0;              // samples times positions so far
    ArrayView<const T> bias_view;  // view of the student's bias; empty if there is none
    std::vector<T> bias;           // a dense copy
    std::vector<double> squares;
    std::vector<double> batch_squares;
    double constant_square = 0;  // value for the constant node that feeds this layer
  };
  std::vector<Layer> layers_;
};

}  // namespace

absl::Status RegisterPerSampleGradient(PluginRegistry& registry) {
  return registry.Add<PerSampleGradient, PerSampleGradientMetric>();
}

}  // namespace didact
