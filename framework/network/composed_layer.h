// A hidden layer that consists of a linear map and several operations on its outputs.

#ifndef DIDACT_FRAMEWORK_NETWORK_COMPOSED_LAYER_H_
#define DIDACT_FRAMEWORK_NETWORK_COMPOSED_LAYER_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/sample_shape.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/configured_plugin.h"

namespace didact {

// A linear map, fully connected or a convolution, followed by normalization and nonlinearity in
// either order, and by pooling.
//
// Layout: the blocks of the linear map, and a block [2, nodes] with gain and shift if the
//         normalization is affine.
template <class T>
class ComposedLayer final : public Layer<T> {
 public:
  // `linear`: the layer's linear map, which has no nonlinearity; `shape`: the shape of its outputs.
  // `flattens`: true if the layer above is fully connected. Gains and running variances are 1 at
  // first, shifts and running means 0. Throws: exceptions of the activation.
  ComposedLayer(std::unique_ptr<Layer<T>> linear, const SampleShape& shape, HiddenLayerPlan<T> plan,
                bool flattens);

  int64_t inputs() const override { return linear_->inputs(); }
  int64_t outputs() const override { return shape_.features(); }
  int64_t pre_activations() const override { return linear_shape_.features(); }
  int64_t least_training_batch() const override;
  bool is_odd() const override { return is_odd_; }
  LayerParameters<T> MakeParameters() const override;
  std::unique_ptr<LayerPass<T>> MakePass(int64_t capacity, PassScope scope) const override;
  std::unique_ptr<LayerPass<T>> MakeLinearPass(int64_t capacity, T negative_slope,
                                               PassScope scope) const override {
    return linear_->MakeLinearPass(capacity, negative_slope, scope);
  }
  double PassBytes(int64_t capacity, PassScope scope) const override;
  void VisitState(StateVisitor& visitor) override;

  const Layer<T>& linear() const { return *linear_; }
  const HiddenLayerPlan<T>& plan() const { return plan_; }
  bool flattens() const { return flattens_; }
  // The value of Activation::negative_slope.
  std::optional<T> negative_slope() const { return negative_slope_; }
  // Shapes of the outputs of the linear map and of the layer.
  const SampleShape& linear_shape() const { return linear_shape_; }
  const SampleShape& shape() const { return shape_; }

 private:
  std::unique_ptr<Layer<T>> linear_;
  HiddenLayerPlan<T> plan_;
  SampleShape linear_shape_;
  SampleShape shape_;
  bool flattens_;
  std::optional<T> negative_slope_;
  bool is_odd_;
  Matrix<T> statistics_;  // [2, nodes]: running mean and running variance
};

extern template class ComposedLayer<float>;
extern template class ComposedLayer<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_COMPOSED_LAYER_H_
