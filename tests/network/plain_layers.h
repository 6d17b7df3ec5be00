// Deep networks computed by plain loops in long double, in PyTorch's order of arrays, and their
// gradients by finite differences: the truth for tests of layers.

#ifndef DIDACT_TESTS_NETWORK_PLAIN_LAYERS_H_
#define DIDACT_TESTS_NETWORK_PLAIN_LAYERS_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/network.h"
#include "didact/framework/network/sample_shape.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// The nonlinearity of a layer: smooth, or one that the framework fuses into its kernels.
enum class PlainActivation { kTanh, kLeaky };

// Describes a hidden layer.
struct PlainLayer {
  int64_t width = 0;
  std::optional<ConvolutionPlan> convolution = {};
  std::optional<BatchNormPlan> batch_norm = {};
  std::optional<PoolingPlan> pooling = {};
  PlainActivation activation = PlainActivation::kTanh;
};

inline constexpr double kLeakySlope = 0.125;

template <class T>
class TestedTanh final : public Activation<T> {
 public:
  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    for (size_t i = 0; i < activation.size(); ++i) activation[i] = std::tanh(pre_activation[i]);
  }
  void MultiplyByDerivative(absl::Span<const T>, absl::Span<const T> activation,
                            absl::Span<T> gradient) const override {
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] *= 1 - activation[i] * activation[i];
  }
  bool is_odd() const override { return true; }
};

template <class T>
class TestedLeaky final : public Activation<T> {
 public:
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    for (size_t i = 0; i < y.size(); ++i) y[i] = x[i] > 0 ? x[i] : T(kLeakySlope) * x[i];
  }
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T>,
                            absl::Span<T> gradient) const override {
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] *= x[i] > 0 ? T(1) : T(kLeakySlope);
  }
  std::optional<T> negative_slope() const override { return T(kLeakySlope); }
};

template <class T>
std::vector<HiddenLayerPlan<T>> PlansOf(const std::vector<PlainLayer>& layers) {
  std::vector<HiddenLayerPlan<T>> plans;
  for (const PlainLayer& layer : layers) {
    HiddenLayerPlan<T>& plan = plans.emplace_back();
    plan.width = layer.width;
    plan.convolution = layer.convolution;
    plan.batch_norm = layer.batch_norm;
    plan.pooling = layer.pooling;
    std::unique_ptr<Activation<T>> activation;
    if (layer.activation == PlainActivation::kTanh) {
      activation = std::make_unique<TestedTanh<T>>();
    } else {
      activation = std::make_unique<TestedLeaky<T>>();
    }
    plan.activation = {std::move(activation), "my.Activation", FieldPath()};
  }
  return plans;
}

// The layers, the shape of their inputs, and the number of outputs.
struct PlainPlan {
  std::string name;
  SampleShape input;
  std::vector<PlainLayer> hidden;
  int64_t outputs = 0;
  bool has_bias = true;
};

// Calls visit(element) for all parameters of a network, then for all statistics, in a fixed order
// that does not depend on the layout.
template <class T, class Visit>
void ForEachParameterElement(const LayerView<T>& layer, const Visit& visit) {
  for (int64_t i = 0; i < layer.weight.shape(0); ++i) {
    for (int64_t j = 0; j < layer.weight.shape(1); ++j) visit(layer.weight(i, j));
  }
  for (const ArrayView<T>* array : {&layer.bias, &layer.gain, &layer.shift}) {
    for (int64_t i = 0; i < array->size(); ++i) visit((*array)(i));
  }
}

// Returns a network whose weights, biases, gains, shifts and statistics are random; the same
// numbers in both precisions, up to rounding.
template <class T>
std::unique_ptr<Network<T>> MakePlainNetwork(const PlainPlan& plan) {
  auto network = std::make_unique<Network<T>>(plan.input, PlansOf<T>(plan.hidden), plan.outputs,
                                              plan.has_bias);
  const RandomStream random(1, "plain network");
  uint64_t index = 0;
  for (const LayerView<T>& layer : network->view()) {
    ForEachParameterElement(
        layer, [&](T& element) { element = static_cast<T>(0.5 * random.Normal(index++)); });
    for (int64_t i = 0; i < layer.gain.size(); ++i) {
      layer.gain(i) += layer.gain(i) < 0 ? T(-0.5) : T(0.5);
    }
    for (int64_t i = 0; i < layer.running_mean.size(); ++i) {
      layer.running_mean(i) = static_cast<T>(0.3 * random.Normal(index++));
      layer.running_variance(i) = static_cast<T>(0.2 + std::abs(random.Normal(index++)));
    }
  }
  return network;
}

template <class T>
Matrix<T> MakePlainInputs(const PlainPlan& plan, int64_t samples) {
  Matrix<T> inputs(samples, plan.input.features());
  const RandomStream random(2, "plain inputs");
  for (int64_t i = 0; i < samples; ++i) {
    for (int64_t j = 0; j < inputs.columns(); ++j) {
      inputs(i, j) = static_cast<T>(random.Normal(i * inputs.columns() + j));
    }
  }
  return inputs;
}

// The outputs of a layer for some samples: element (sample, channel, position).
struct PlainImages {
  SampleShape shape;
  std::vector<std::vector<long double>> samples;  // each channel by channel, row by row

  long double at(size_t n, int64_t c, int64_t y, int64_t x) const {
    return samples[n][(c * shape.rows + y) * shape.columns + x];
  }
  long double& at(size_t n, int64_t c, int64_t y, int64_t x) {
    return samples[n][(c * shape.rows + y) * shape.columns + x];
  }
};

inline PlainImages MakeImages(const SampleShape& shape, size_t samples) {
  return {shape, std::vector<std::vector<long double>>(samples,
                                                       std::vector<long double>(shape.features()))};
}

// The parameters of a network in long double.
struct PlainParameters {
  // Per layer: weight row by row, then bias, gain and shift.
  std::vector<std::vector<long double>> layers;
  std::vector<std::vector<long double>> means, variances;  // running statistics
};

template <class T>
PlainParameters ParametersOf(const Network<T>& network) {
  PlainParameters parameters;
  for (const LayerView<const T>& layer : network.view()) {
    std::vector<long double>& elements = parameters.layers.emplace_back();
    ForEachParameterElement(layer, [&](const T& element) { elements.push_back(element); });
    std::vector<long double>& mean = parameters.means.emplace_back();
    std::vector<long double>& variance = parameters.variances.emplace_back();
    for (int64_t i = 0; i < layer.running_mean.size(); ++i) {
      mean.push_back(layer.running_mean(i));
      variance.push_back(layer.running_variance(i));
    }
  }
  return parameters;
}

// Computes a network.
class PlainNetwork {
 public:
  explicit PlainNetwork(PlainPlan plan) : plan_(std::move(plan)) {}

  PlainParameters parameters;
  // Statistics of the last batch in training mode: per layer, mean and unbiased variance.
  std::vector<std::vector<long double>> batch_means, batch_variances;

  // Returns the outputs of all layers, the last of which is the final one.
  template <class T>
  std::vector<PlainImages> Layers(const Matrix<T>& inputs, bool training) {
    PlainImages below = MakeImages(plan_.input, inputs.rows());
    for (int64_t n = 0; n < inputs.rows(); ++n) {
      below.samples[n].assign(inputs.row(n).begin(), inputs.row(n).end());
    }
    batch_means.assign(plan_.hidden.size(), {});
    batch_variances.assign(plan_.hidden.size(), {});
    std::vector<PlainImages> layers;
    for (size_t l = 0; l < plan_.hidden.size(); ++l) {
      below = Hidden(l, below, training);
      layers.push_back(below);
    }
    layers.push_back(Linear(parameters.layers.back(), std::nullopt, plan_.outputs, below));
    return layers;
  }

  // Returns the outputs of the linear map of a layer, in evaluation mode.
  template <class T>
  PlainImages PreActivations(const Matrix<T>& inputs, size_t layer) {
    const std::vector<PlainImages> layers = Layers(inputs, /*training=*/false);
    if (layer == plan_.hidden.size()) return layers.back();
    PlainImages below = layer == 0 ? MakeImages(plan_.input, inputs.rows()) : layers[layer - 1];
    for (int64_t n = 0; n < inputs.rows() && layer == 0; ++n) {
      below.samples[n].assign(inputs.row(n).begin(), inputs.row(n).end());
    }
    const PlainLayer& plan = plan_.hidden[layer];
    return Linear(parameters.layers[layer], plan.convolution, plan.width, below);
  }

  // The objective of the tests: sum over samples and outputs of (k + 1) / 4 y + y^2 / 2, divided by
  // the number of samples.
  template <class T>
  long double Objective(const Matrix<T>& inputs, bool training) {
    const PlainImages outputs = Layers(inputs, training).back();
    long double sum = 0;
    for (const std::vector<long double>& sample : outputs.samples) {
      for (size_t k = 0; k < sample.size(); ++k) {
        sum += (k + 1) / 4.0L * sample[k] + sample[k] * sample[k] / 2;
      }
    }
    return sum / outputs.samples.size();
  }

 private:
  PlainImages Linear(const std::vector<long double>& parameters,
                     const std::optional<ConvolutionPlan>& plan, int64_t nodes,
                     const PlainImages& below) const {
    const int64_t kernel_rows = plan ? plan->kernel : below.shape.rows;
    const int64_t kernel_columns = plan ? plan->kernel : below.shape.columns;
    const int64_t padding = plan ? plan->padding : 0;
    const int64_t stride = plan ? plan->stride : 1;
    const int64_t rows = (below.shape.rows + 2 * padding - kernel_rows) / stride + 1;
    const int64_t columns = (below.shape.columns + 2 * padding - kernel_columns) / stride + 1;
    const int64_t fan_in = below.shape.channels * kernel_rows * kernel_columns;
    PlainImages out = MakeImages(SampleShape(nodes, rows, columns), below.samples.size());
    for (size_t n = 0; n < out.samples.size(); ++n) {
      for (int64_t o = 0; o < nodes; ++o) {
        for (int64_t y = 0; y < rows; ++y) {
          for (int64_t x = 0; x < columns; ++x) {
            long double sum = plan_.has_bias ? parameters[nodes * fan_in + o] : 0;
            for (int64_t c = 0; c < below.shape.channels; ++c) {
              for (int64_t i = 0; i < kernel_rows; ++i) {
                for (int64_t j = 0; j < kernel_columns; ++j) {
                  const int64_t from_y = y * stride + i - padding;
                  const int64_t from_x = x * stride + j - padding;
                  if (from_y < 0 || from_y >= below.shape.rows || from_x < 0 ||
                      from_x >= below.shape.columns) {
                    continue;
                  }
                  sum += parameters[((o * below.shape.channels + c) * kernel_rows + i) *
                                        kernel_columns +
                                    j] *
                         below.at(n, c, from_y, from_x);
                }
              }
            }
            out.at(n, o, y, x) = sum;
          }
        }
      }
    }
    return out;
  }

  static void Activate(PlainActivation activation, PlainImages& images) {
    for (std::vector<long double>& sample : images.samples) {
      for (long double& x : sample) {
        x = activation == PlainActivation::kTanh ? std::tanh(x) : x > 0 ? x : kLeakySlope * x;
      }
    }
  }

  void Normalize(size_t l, bool training, PlainImages& images) {
    const int64_t nodes = images.shape.channels;
    const int64_t positions = images.shape.positions();
    const long double count = static_cast<long double>(images.samples.size() * positions);
    const std::vector<long double>& elements = parameters.layers[l];
    for (int64_t c = 0; c < nodes; ++c) {
      long double mean = 0, variance = 0;
      for (const auto& sample : images.samples) {
        for (int64_t p = 0; p < positions; ++p) mean += sample[c * positions + p] / count;
      }
      for (const auto& sample : images.samples) {
        for (int64_t p = 0; p < positions; ++p) {
          const long double difference = sample[c * positions + p] - mean;
          variance += difference * difference / count;
        }
      }
      if (training) {
        batch_means[l].push_back(mean);
        batch_variances[l].push_back(variance * count / (count - 1));
      } else {
        mean = parameters.means[l][c];
        variance = parameters.variances[l][c];
      }
      const bool affine = plan_.hidden[l].batch_norm->affine;
      const long double gain = affine ? elements[elements.size() - 2 * nodes + c] : 1;
      const long double shift = affine ? elements[elements.size() - nodes + c] : 0;
      for (auto& sample : images.samples) {
        for (int64_t p = 0; p < positions; ++p) {
          long double& x = sample[c * positions + p];
          x = gain * (x - mean) / std::sqrt(variance + 1e-5L) + shift;
        }
      }
    }
  }

  static PlainImages Pool(const PoolingPlan& plan, const PlainImages& below) {
    const int64_t rows = (below.shape.rows - plan.kernel) / plan.stride + 1;
    const int64_t columns = (below.shape.columns - plan.kernel) / plan.stride + 1;
    PlainImages out =
        MakeImages(SampleShape(below.shape.channels, rows, columns), below.samples.size());
    for (size_t n = 0; n < out.samples.size(); ++n) {
      for (int64_t c = 0; c < below.shape.channels; ++c) {
        for (int64_t y = 0; y < rows; ++y) {
          for (int64_t x = 0; x < columns; ++x) {
            long double sum = 0;
            long double largest = below.at(n, c, y * plan.stride, x * plan.stride);
            for (int64_t i = 0; i < plan.kernel; ++i) {
              for (int64_t j = 0; j < plan.kernel; ++j) {
                const long double value = below.at(n, c, y * plan.stride + i, x * plan.stride + j);
                sum += value;
                if (value > largest) largest = value;
              }
            }
            out.at(n, c, y, x) = plan.is_maximum ? largest : sum / (plan.kernel * plan.kernel);
          }
        }
      }
    }
    return out;
  }

  PlainImages Hidden(size_t l, const PlainImages& below, bool training) {
    const PlainLayer& layer = plan_.hidden[l];
    PlainImages images = Linear(parameters.layers[l], layer.convolution, layer.width, below);
    const bool normalizes = layer.batch_norm.has_value();
    if (normalizes && layer.batch_norm->before_activation) Normalize(l, training, images);
    Activate(layer.activation, images);
    if (normalizes && !layer.batch_norm->before_activation) Normalize(l, training, images);
    return layer.pooling ? Pool(*layer.pooling, images) : images;
  }

  PlainPlan plan_;
};

}  // namespace didact

#endif  // DIDACT_TESTS_NETWORK_PLAIN_LAYERS_H_
