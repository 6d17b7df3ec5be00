// The nonlinearity of a layer as an operation by itself.

#ifndef DIDACT_FRAMEWORK_NETWORK_ACTIVATION_OPERATION_H_
#define DIDACT_FRAMEWORK_NETWORK_ACTIVATION_OPERATION_H_

#include <cstdint>
#include <optional>

#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer_operation.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/configured_plugin.h"

namespace didact {

// y = f(x), elementwise.
template <class T>
class ActivationOperation final : public LayerOperation<T> {
 public:
  // `activation` must outlive this; `slope`: its negative_slope(). `rows`: the largest number of
  // rows of the input.
  ActivationOperation(const ConfiguredPlugin<Activation<T>>& activation, std::optional<T> slope,
                      int64_t rows, int64_t columns);

  void Forward(const SampleRows<T>& input, PassMode mode) override;
  SampleRows<T> output() const override { return SampleRows<T>(output_, 0, input_.rows); }
  void Backward(const Matrix<T>& above, Matrix<T>& below) override;

 private:
  const ConfiguredPlugin<Activation<T>>& activation_;
  const std::optional<T> slope_;
  SampleRows<T> input_;
  Matrix<T> output_;
};

extern template class ActivationOperation<float>;
extern template class ActivationOperation<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_ACTIVATION_OPERATION_H_
