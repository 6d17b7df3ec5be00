// A fully connected layer.

#ifndef DIDACT_FRAMEWORK_NETWORK_DENSE_LAYER_H_
#define DIDACT_FRAMEWORK_NETWORK_DENSE_LAYER_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "didact/framework/network/layer.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/configured_plugin.h"

namespace didact {

// A fully connected layer: y = f(W x + b), or y = W x + b without an activation; without biases,
// b is 0 and there is no such parameter.
//
// Layout: one block [inputs + 1, outputs]: the transpose of the weight [outputs, inputs] that
//         plugins and files see, with the bias as its last row; without biases, [inputs, outputs].
//         The forward pass and the gradient then stream over whole rows of it.
template <class T>
class DenseLayer final : public Layer<T> {
 public:
  // Sizes are >= 1; all parameters are 0 at first. Without an activation the layer is linear.
  // Throws: exceptions of the activation.
  DenseLayer(int64_t inputs, int64_t outputs,
             std::optional<ConfiguredPlugin<Activation<T>>> activation, bool has_bias = true);

  int64_t inputs() const override { return inputs_; }
  int64_t outputs() const override { return block().columns(); }
  bool is_odd() const override { return is_odd_; }
  LayerParameters<T> MakeParameters() const override;
  std::unique_ptr<LayerPass<T>> MakePass(int64_t capacity, PassScope scope) const override;
  std::unique_ptr<LayerPass<T>> MakeLinearPass(int64_t capacity, T negative_slope,
                                               PassScope scope) const override;
  double PassBytes(int64_t capacity, PassScope scope) const override;
  void VisitState(StateVisitor& visitor) override;

  const Matrix<T>& block() const { return this->parameters().blocks().front(); }
  bool has_bias() const { return inputs_ < block().rows(); }
  // Null for a linear layer.
  const ConfiguredPlugin<Activation<T>>* activation() const {
    return activation_ ? &*activation_ : nullptr;
  }
  // The value of Activation::negative_slope.
  std::optional<T> negative_slope() const { return negative_slope_; }

  // Lower bound on the bytes of the parameters of a layer of this size.
  static double ParameterBytes(double inputs, double outputs, bool has_bias = true);

 private:
  int64_t inputs_;
  std::optional<ConfiguredPlugin<Activation<T>>> activation_;
  std::optional<T> negative_slope_;
  bool is_odd_;
};

extern template class DenseLayer<float>;
extern template class DenseLayer<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_DENSE_LAYER_H_
