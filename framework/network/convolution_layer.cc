#include "didact/framework/network/convolution_layer.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/kernels/gemm.h"
#include "didact/framework/kernels/reduction.h"
#include "didact/framework/network/parallel_gemm.h"

namespace didact {
namespace {

// Patches are made and multiplied in blocks that stay in a core's second-level cache.
constexpr int64_t kBlockBytes = int64_t{1} << 18;
constexpr int64_t kFewestBlockRows = 16;
// The work is divided into at most this many parts, each of which needs a block.
constexpr int64_t kMostParts = 4;
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
 public:
  ConvolutionPass(const ConvolutionLayer<T>& layer, int64_t capacity)
      : layer_(layer),
        patches_(layer.plan(), layer.input()),
        packed_(patches_.size(), layer.output().channels),
        packed_gradient_(patches_.size(), layer.output().channels),
        bias_gradient_(layer.output().channels),
        activations_(capacity * patches_.positions(), layer.output().channels),
        gradient_(activations_.rows(), layer.output().channels) {
    const int64_t row_bytes = patches_.size() * static_cast<int64_t>(sizeof(T));
    const int64_t rows =
        std::min(std::max(kBlockBytes / row_bytes, kFewestBlockRows), activations_.rows());
    for (int64_t part = 0; part < kMostParts; ++part) blocks_.emplace_back(rows, patches_.size());
  }

  void Forward(const SampleRows<T>& inputs, PassMode, Workers* workers) override {
    samples_ = layer_.reads_samples() ? inputs.rows : inputs.rows / layer_.input().positions();
    PackWeights();
    const ImageBatch<const T> images = ImagesOf(inputs);
    const T* const bias = layer_.has_bias() ? layer_.block().row(layer_.fan_in()).data() : nullptr;
    ForEachBlock(rows(), /*grain=*/1, workers,
                 [&](int64_t first, int64_t count, Matrix<T>& patches) {
                   patches_.Copy(images, first, count, patches);
                   GemmArguments<T> gemm;
                   gemm.rows = count;
                   gemm.columns = packed_.columns();
                   gemm.depth = packed_.rows();
                   gemm.a = patches.data();
                   gemm.a_row_stride = patches.stride();
                   gemm.b = packed_.data();
                   gemm.b_stride = packed_.stride();
                   gemm.c = activations_.row(first).data();
                   gemm.c_stride = activations_.stride();
                   gemm.initial_row = bias;
                   gemm.padded = true;
                   Gemm(gemm);
                 });
  }

  SampleRows<T> activations() const override { return SampleRows<T>(activations_, 0, rows()); }
  ArrayView<const T> node_activations() const override {
    return activations_.view().rows(0, rows());
  }
  Matrix<T>& gradient() override { return gradient_; }
  ArrayView<const T> pre_activation_gradient() const override {
    return gradient_.view().rows(0, rows());
  }
  std::optional<Gate<T>> gate() const override { return std::nullopt; }
  void PropagateToPreActivations() override {}

  void Backward(LayerPass<T>& below, Workers* workers) const override {
    assert(!layer_.reads_samples() && !below.gate());
    Matrix<T>& gradient_below = below.gradient();
    std::fill_n(gradient_below.data(),
                samples_ * layer_.input().positions() * gradient_below.stride(), T(0));
    const ImageBatch<T> images = patches_.OfOutputs(gradient_below.data(), gradient_below.stride());
    // A part has whole samples, so that no two parts add to the same image.
    ForEachBlock(rows(), /*grain=*/patches_.positions(), workers,
                 [&](int64_t first, int64_t count, Matrix<T>& patches) {
                   GemmArguments<T> gemm;
                   gemm.rows = count;
                   gemm.columns = packed_.rows();
                   gemm.depth = packed_.columns();
                   gemm.a = gradient_.row(first).data();
                   gemm.a_row_stride = gradient_.stride();
                   gemm.b = packed_.data();
                   gemm.b_stride = packed_.stride();
                   gemm.b_transposed = true;
                   gemm.c = patches.data();
                   gemm.c_stride = patches.stride();
                   gemm.padded = true;
                   Gemm(gemm);
                   patches_.Add(patches, first, count, images);
                 });
    below.PropagateToPreActivations();
  }

  void ParameterGradient(const SampleRows<T>& inputs, T factor, bool accumulate,
                         LayerParameters<T>& gradient, Workers* workers) const override {
    ComputePackedGradient(inputs, workers);
    Matrix<T>& block = gradient.blocks().front();
    for (int64_t k = 0; k < packed_gradient_.rows(); ++k) {
      const T* const from = packed_gradient_.row(k).data();
      T* const to = block.row(patches_.FanInOf(k)).data();
      accumulate ? Axpy(factor, from, to, block.columns())
                 : Scale(factor, from, to, block.columns());
    }
    if (!layer_.has_bias()) return;
    ComputeBiasGradient();
    T* const bias = block.row(layer_.fan_in()).data();
    for (int64_t o = 0; o < block.columns(); ++o) {
      bias[o] = (accumulate ? bias[o] : T(0)) + factor * static_cast<T>(bias_gradient_[o]);
    }
  }

  void ReadParameterGradient(const SampleRows<T>& inputs, LayerParameters<T>& gradient,
                             Workers* workers, ReadGradientPart<T> read) const override {
    ComputePackedGradient(inputs, workers);
    for (int64_t k = 0; k < packed_gradient_.rows(); ++k) {
      read(0, patches_.FanInOf(k), 0, std::as_const(packed_gradient_).view().rows(k, 1));
    }
    if (!layer_.has_bias()) return;
    ComputeBiasGradient();
    Matrix<T>& block = gradient.blocks().front();
    const int64_t bias_row = layer_.fan_in();
    for (int64_t o = 0; o < block.columns(); ++o) {
      block(bias_row, o) = static_cast<T>(bias_gradient_[o]);
    }
    read(0, bias_row, 0, std::as_const(block).view().rows(bias_row, 1));
  }

 private:
  // Number of rows of the last batch's outputs.
  int64_t rows() const { return samples_ * patches_.positions(); }

  // Computes the gradient with respect to the weights, in the order of the elements of a patch.
  void ComputePackedGradient(const SampleRows<T>& inputs, Workers* workers) const {
    const ImageBatch<const T> images = ImagesOf(inputs);
    Matrix<T>& patches = blocks_.front();
    for (int64_t first = 0; first < rows(); first += patches.rows()) {
      const int64_t count = std::min(patches.rows(), rows() - first);
      patches_.Copy(images, first, count, patches);
      GemmArguments<T> gemm;
      gemm.rows = packed_.rows();
      gemm.columns = packed_.columns();
      gemm.depth = count;
      gemm.a = patches.data();
      gemm.a_row_stride = 1;
      gemm.a_depth_stride = patches.stride();
      gemm.b = gradient_.row(first).data();
      gemm.b_stride = gradient_.stride();
      gemm.c = packed_gradient_.data();
      gemm.c_stride = packed_gradient_.stride();
      gemm.accumulate = first > 0;
      gemm.padded = true;
      ParallelGemm(gemm, workers);
    }
  }

  // In double, since there are many rows.
  void ComputeBiasGradient() const {
    std::fill(bias_gradient_.begin(), bias_gradient_.end(), 0.0);
    AccumulateColumnSums(gradient_.data(), gradient_.stride(), rows(), gradient_.columns(),
                         bias_gradient_.data());
  }

  ImageBatch<const T> ImagesOf(const SampleRows<T>& inputs) const {
    return layer_.reads_samples() ? patches_.OfSamples(inputs)
                                  : patches_.OfOutputs(inputs.data, inputs.stride);
  }

  // Copies the weights in the order of the elements of a patch.
  void PackWeights() {
    const Matrix<T>& block = layer_.block();
    for (int64_t k = 0; k < packed_.rows(); ++k) {
      std::copy_n(block.row(patches_.FanInOf(k)).data(), block.columns(), packed_.row(k).data());
    }
  }

  // Calls visit(first, count, block) for consecutive pieces of `rows` rows, each of which fits a
  // block, perhaps in several parts at once, which begin at multiples of `grain`. The pieces of a
  // part are visited in order.
  template <class Visit>
  void ForEachBlock(int64_t rows, int64_t grain, Workers* workers, const Visit& visit) const {
    const auto visit_part = [&](int64_t begin, int64_t end, Matrix<T>& block) {
      for (int64_t first = begin; first < end; first += block.rows()) {
        visit(first, std::min(block.rows(), end - first), block);
      }
    };
    const double flop = 2.0 * static_cast<double>(rows) * static_cast<double>(packed_.rows()) *
                        static_cast<double>(packed_.columns());
    if (workers == nullptr || workers->count() == 1 || flop < kWorthwhileFlop) {
      return visit_part(0, rows, blocks_.front());
    }
    const int64_t grains = rows / grain;
    const int64_t parts = std::min({kMostParts, int64_t{2} * workers->count(), grains});
    workers->Run(parts, [&](int64_t part) {
      visit_part(grains * part / parts * grain, grains * (part + 1) / parts * grain, blocks_[part]);
    });
  }

  const ConvolutionLayer<T>& layer_;
  const ImagePatches patches_;
  int64_t samples_ = 0;  // of the last batch
  Matrix<T> packed_;     // [elements of a patch, nodes]
  mutable Matrix<T> packed_gradient_;
  mutable std::vector<double> bias_gradient_;
  Matrix<T> activations_;
  Matrix<T> gradient_;
  mutable std::vector<Matrix<T>> blocks_;  // patches, for each part
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
std::unique_ptr<LayerPass<T>> ConvolutionLayer<T>::MakePass(int64_t capacity) const {
  return std::make_unique<ConvolutionPass<T>>(*this, capacity);
}

template <class T>
double ConvolutionLayer<T>::PassBytes(int64_t capacity) const {
  // Memory of the activations and of their gradient.
  return 2 * MatrixBytes<T>(static_cast<double>(capacity * output_.positions()),
                            static_cast<double>(output_.channels));
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
