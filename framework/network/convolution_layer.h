// The linear map of a convolutional layer.

#ifndef DIDACT_FRAMEWORK_NETWORK_CONVOLUTION_LAYER_H_
#define DIDACT_FRAMEWORK_NETWORK_CONVOLUTION_LAYER_H_

#include <cstdint>
#include <memory>

#include "didact/framework/network/image_patches.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/sample_shape.h"

namespace didact {

// y = K * x + b, a two-dimensional cross-correlation, without a nonlinearity: the product of the
// patches of the image with the weights. ComposedLayer adds the rest of a hidden layer.
//
// Layout: one block [fan-in + 1, nodes]: the transpose of the weight [nodes, fan-in], whose fan-in
//         is in PyTorch's order (channel, kernel row, kernel column), with the bias as its last
//         row. Outputs are [batch * positions, nodes].
// Source: PyTorch's Conv2d.
template <class T>
class ConvolutionLayer final : public Layer<T> {
 public:
  // `input`: an image that `plan` fits into. `reads_samples`: true if the layer reads samples of a
  // data set, [batch, features] in the order channel, row, column; false if it reads the outputs of
  // a convolutional layer, [batch * positions, nodes]. All parameters are 0 at first.
  ConvolutionLayer(const ConvolutionPlan& plan, const SampleShape& input, int64_t nodes,
                   bool reads_samples);

  int64_t inputs() const override { return input_.features(); }
  int64_t outputs() const override { return output_.features(); }
  bool is_odd() const override { return true; }
  LayerParameters<T> MakeParameters() const override;
  std::unique_ptr<LayerPass<T>> MakePass(int64_t capacity) const override;
  double PassBytes(int64_t capacity) const override;
  void VisitState(StateVisitor& visitor) override;

  const Matrix<T>& block() const { return this->parameters().blocks().front(); }
  const ConvolutionPlan& plan() const { return plan_; }
  const SampleShape& input() const { return input_; }
  const SampleShape& output() const { return output_; }
  bool reads_samples() const { return reads_samples_; }
  // Number of fan-in weights of a node.
  int64_t fan_in() const { return block().rows() - 1; }

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
