#include "didact/framework/network/convolution_layer.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/network/convolution_products.h"
#include "didact/framework/network/image_rows.h"

namespace didact {
namespace {

// The work is divided into at most this many parts, each of which needs memory of its own.
constexpr int64_t kMostParts = 8;
// Convolutions below this size take less time than waking another core.
constexpr double kWorthwhileFlop = 2e6;

template <class T>
LayerParameters<T> ConvolutionParameters(const ConvolutionPlan& plan, const SampleShape& input,
                                         const SampleShape& output, bool has_bias) {
  const int64_t area = plan.kernel * plan.kernel;
  const int64_t fan_in = input.channels * area;
  const int64_t nodes = output.channels;
  std::vector<Matrix<T>> blocks;
  Matrix<T>& block = blocks.emplace_back(fan_in + (has_bias ? 1 : 0), nodes);
  const int64_t stride = block.stride();
  LayerView<T> view(
      ArrayView<T>(block.data(), {nodes, fan_in}, {1, stride}),
      has_bias ? ArrayView<T>(block.data() + fan_in * stride, {nodes}) : ArrayView<T>());
  view.kernel = ArrayView<T>(block.data(), {nodes, input.channels, plan.kernel, plan.kernel},
                             {1, area * stride, plan.kernel * stride, stride});
  view.positions = output.positions();
  return LayerParameters<T>(std::move(blocks), view);
}

template <class T>
class ConvolutionPass final : public LayerPass<T> {
  using Scratch = typename ConvolutionProducts<T>::Scratch;

 public:
  ConvolutionPass(const ConvolutionLayer<T>& layer, int64_t capacity, T negative_slope,
                  PassScope scope)
      : layer_(layer),
        negative_slope_(negative_slope),
        products_(layer.plan(), layer.input(), layer.output()),
        packed_gradient_(products_.patch_size(), layer.output().channels),
        bias_gradient_(layer.output().channels),
        activations_(capacity * positions(), layer.output().channels),
        gradient_(scope == PassScope::kForward ? 0 : activations_.rows(), layer.output().channels),
        scratch_(kMostParts, Scratch(products_)) {}

  void Forward(const SampleRows<T>& inputs, PassMode, Workers* workers) override {
    samples_ = layer_.reads_samples() ? inputs.rows : inputs.rows / layer_.input().positions();
    products_.PackForForward(layer_.block());
    const ImageBatch<T> images = ImagesOf(inputs);
    const T* const bias = layer_.has_bias() ? layer_.block().row(layer_.fan_in()).data() : nullptr;
    ForEachPart(samples_, workers, [&](int64_t begin, int64_t end, Scratch& scratch) {
      for (int64_t s = begin; s < end; ++s) {
        products_.Forward(images, s, bias, negative_slope_,
                          activations_.row(s * positions()).data(), activations_.stride(), scratch);
      }
    });
  }

  SampleRows<T> activations() const override { return SampleRows<T>(activations_, 0, rows()); }
  ArrayView<const T> node_activations() const override {
    return activations_.view().rows(0, rows());
  }
  Matrix<T>* linear_outputs() override { return &activations_; }
  Matrix<T>& gradient() override { return gradient_; }
  ArrayView<const T> pre_activation_gradient() const override {
    return gradient_.view().rows(0, rows());
  }
  std::optional<Gate<T>> gate() const override { return std::nullopt; }
  void PropagateToPreActivations() override {}

  void Backward(LayerPass<T>& below, Workers* workers) const override {
    assert(!layer_.reads_samples() && !below.gate());
    Matrix<T>& gradient_below = below.gradient();
    products_.PackForBackward(layer_.block());
    const int64_t inputs = layer_.input().positions();
    ForEachPart(samples_, workers, [&](int64_t begin, int64_t end, Scratch& scratch) {
      for (int64_t s = begin; s < end; ++s) {
        products_.Backward(Gradients(), s, gradient_below.row(s * inputs).data(),
                           gradient_below.stride(), scratch);
      }
    });
    below.PropagateToPreActivations();
  }

  void ParameterGradient(const SampleRows<T>& inputs, T factor, bool accumulate,
                         LayerParameters<T>& gradient, Workers* workers) const override {
    ComputePackedGradient(inputs, workers);
    Matrix<T>& block = gradient.blocks().front();
    for (int64_t k = 0; k < packed_gradient_.rows(); ++k) {
      const T* const from = packed_gradient_.row(k).data();
      T* const to = block.row(products_.FanInOf(k)).data();
      accumulate ? Axpy(factor, from, to, block.columns())
                 : Scale(factor, from, to, block.columns());
    }
    if (!layer_.has_bias()) return;
    T* const bias = block.row(layer_.fan_in()).data();
    for (int64_t o = 0; o < block.columns(); ++o) {
      bias[o] = (accumulate ? bias[o] : T(0)) + factor * static_cast<T>(bias_gradient_[o]);
    }
  }

  void ReadParameterGradient(const SampleRows<T>& inputs, LayerParameters<T>& gradient,
                             Workers* workers, ReadGradientPart<T> read) const override {
    ComputePackedGradient(inputs, workers);
    for (int64_t k = 0; k < packed_gradient_.rows(); ++k) {
      read(0, products_.FanInOf(k), 0, std::as_const(packed_gradient_).view().rows(k, 1));
    }
    if (!layer_.has_bias()) return;
    Matrix<T>& block = gradient.blocks().front();
    const int64_t bias_row = layer_.fan_in();
    for (int64_t o = 0; o < block.columns(); ++o) {
      block(bias_row, o) = static_cast<T>(bias_gradient_[o]);
    }
    read(0, bias_row, 0, std::as_const(block).view().rows(bias_row, 1));
  }

 private:
  int64_t positions() const { return layer_.output().positions(); }
  // Number of rows of the last batch's outputs.
  int64_t rows() const { return samples_ * positions(); }

  // Computes the gradients with respect to the weights, in the order of the elements of a patch, and
  // to the biases.
  void ComputePackedGradient(const SampleRows<T>& inputs, Workers* workers) const {
    const ImageBatch<T> images = ImagesOf(inputs);
    std::fill(bias_gradient_.begin(), bias_gradient_.end(), 0.0);
    double* const bias = layer_.has_bias() ? bias_gradient_.data() : nullptr;
    // Each part sums over all samples, so that no sum depends on the number of parts.
    ForEachPart(products_.weight_parts(), workers,
                [&](int64_t begin, int64_t end, Scratch& scratch) {
                  products_.WeightGradient(images, Gradients(), samples_, begin, end,
                                           packed_gradient_, bias, scratch);
                });
  }

  ImageBatch<T> ImagesOf(const SampleRows<T>& inputs) const {
    return layer_.reads_samples() ? ImagesOfSamples(inputs, layer_.input())
                                  : ImagesOfOutputs(inputs.data, inputs.stride, layer_.input());
  }
  ImageBatch<T> Gradients() const {
    return ImagesOfOutputs<T>(gradient_.data(), gradient_.stride(), layer_.output());
  }

  // Calls visit(begin, end, scratch) for consecutive pieces of 0, ..., count - 1, perhaps several at
  // once.
  template <class Visit>
  void ForEachPart(int64_t count, Workers* workers, const Visit& visit) const {
    const double flop = 2.0 * static_cast<double>(rows()) *
                        static_cast<double>(packed_gradient_.rows() * packed_gradient_.columns());
    if (workers == nullptr || workers->count() == 1 || flop < kWorthwhileFlop) {
      return visit(0, count, scratch_.front());
    }
    const int64_t parts = std::min(kMostParts, count);
    workers->Run(parts, [&](int64_t part) {
      visit(count * part / parts, count * (part + 1) / parts, scratch_[part]);
    });
  }

  const ConvolutionLayer<T>& layer_;
  const T negative_slope_;  // of the map of the outputs
  mutable ConvolutionProducts<T> products_;
  int64_t samples_ = 0;                        // of the last batch
  mutable Matrix<T> packed_gradient_;          // [elements of a patch, nodes]
  mutable std::vector<double> bias_gradient_;  // in double, since there are many rows
  Matrix<T> activations_;
  Matrix<T> gradient_;
  mutable std::vector<Scratch> scratch_;  // of each part
};

}  // namespace

template <class T>
ConvolutionLayer<T>::ConvolutionLayer(const ConvolutionPlan& plan, const SampleShape& input,
                                      int64_t nodes, bool reads_samples, bool has_bias)
    : Layer<T>(ConvolutionParameters<T>(plan, input, ConvolvedShape(plan, nodes, input), has_bias)),
      plan_(plan),
      input_(input),
      output_(ConvolvedShape(plan, nodes, input)),
      reads_samples_(reads_samples) {}

template <class T>
LayerParameters<T> ConvolutionLayer<T>::MakeParameters() const {
  return ConvolutionParameters<T>(plan_, input_, output_, has_bias());
}

template <class T>
std::unique_ptr<LayerPass<T>> ConvolutionLayer<T>::MakeLinearPass(int64_t capacity,
                                                                  T negative_slope,
                                                                  PassScope scope) const {
  return std::make_unique<ConvolutionPass<T>>(*this, capacity, negative_slope, scope);
}

template <class T>
double ConvolutionLayer<T>::PassBytes(int64_t capacity, PassScope scope) const {
  const double nodes = static_cast<double>(output_.channels);
  const double channels = static_cast<double>(input_.channels);
  const double area = static_cast<double>(plan_.kernel * plan_.kernel);
  const double activations =
      MatrixBytes<T>(static_cast<double>(capacity * output_.positions()), nodes);
  const double weights = MatrixBytes<T>(area * channels, nodes);
  // A pass of either scope has the weights with their gradient, and once more for Backward.
  return (scope == PassScope::kForward ? 1 : 2) * activations + 2 * weights +
         MatrixBytes<T>(area * nodes, channels);
}

template <class T>
void ConvolutionLayer<T>::VisitState(StateVisitor& visitor) {
  const LayerView<T>& view = this->parameters().view();
  visitor.Visit("weight", view.shaped_weight());
  if (!view.bias.empty()) visitor.Visit("bias", view.bias);
}

template class ConvolutionLayer<float>;
template class ConvolutionLayer<double>;

}  // namespace didact
