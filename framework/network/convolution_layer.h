// The linear map of a convolutional layer.

#ifndef DIDACT_FRAMEWORK_NETWORK_CONVOLUTION_LAYER_H_
#define DIDACT_FRAMEWORK_NETWORK_CONVOLUTION_LAYER_H_

#include <cstdint>
#include <memory>

#include "didact/framework/network/layer.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/sample_shape.h"

namespace didact {

// y = K * x + b, a two-dimensional cross-correlation, without a nonlinearity (ConvolutionProducts
// says how it is computed). Without biases, b is 0 and there is no such parameter.
// ComposedLayer adds the rest of a hidden layer.
//
// Layout: one block [fan-in + 1, nodes]: the transpose of the weight [nodes, fan-in], whose fan-in
//         is in PyTorch's order (channel, kernel row, kernel column), with the bias as its last
//         row; without biases, [fan-in, nodes]. Outputs are [batch * positions, nodes].
// Source: PyTorch's Conv2d.
template <class T>
class ConvolutionLayer final : public Layer<T> {
 public:
  // `input`: an image that `plan` fits into. `reads_samples`: true if the layer reads samples of a
  // data set, [batch, features] in the order channel, row, column; false if it reads the outputs of
  // a convolutional layer, [batch * positions, nodes]. All parameters are 0 at first.
  ConvolutionLayer(const ConvolutionPlan& plan, const SampleShape& input, int64_t nodes,
                   bool reads_samples, bool has_bias = true);

  int64_t inputs() const override { return input_.features(); }
  int64_t outputs() const override { return output_.features(); }
  bool is_odd() const override { return true; }
  LayerParameters<T> MakeParameters() const override;
  std::unique_ptr<LayerPass<T>> MakePass(int64_t capacity, PassScope scope) const override {
    return MakeLinearPass(capacity, /*negative_slope=*/T(1), scope);
  }
  std::unique_ptr<LayerPass<T>> MakeLinearPass(int64_t capacity, T negative_slope,
                                               PassScope scope) const override;
  double PassBytes(int64_t capacity, PassScope scope) const override;
  void VisitState(StateVisitor& visitor) override;

  const Matrix<T>& block() const { return this->parameters().blocks().front(); }
  const ConvolutionPlan& plan() const { return plan_; }
  const SampleShape& input() const { return input_; }
  const SampleShape& output() const { return output_; }
  bool reads_samples() const { return reads_samples_; }
  // Number of fan-in weights of a node.
  int64_t fan_in() const { return this->parameters().view().weight.shape(1); }
  bool has_bias() const { return fan_in() < block().rows(); }

 private:
  ConvolutionPlan plan_;
  SampleShape input_;
  SampleShape output_;
  bool reads_samples_;
};

extern template class ConvolutionLayer<float>;
extern template class ConvolutionLayer<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_CONVOLUTION_LAYER_H_
