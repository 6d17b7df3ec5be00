// The nonlinearity of a layer as an operation by itself.

#ifndef DIDACT_FRAMEWORK_NETWORK_ACTIVATION_OPERATION_H_
#define DIDACT_FRAMEWORK_NETWORK_ACTIVATION_OPERATION_H_

#include <cstdint>

#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer_operation.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/configured_plugin.h"

namespace didact {

// y = f(x), elementwise, computed by the activation's own functions.
template <class T>
class ActivationOperation final : public LayerOperation<T> {
 public:
  // `activation` must outlive this. `rows`: the largest number of rows of the input. `in_place`:
  // the matrix whose rows are the input, which the output then replaces; null if there is a
  // backward pass.
  ActivationOperation(const ConfiguredPlugin<Activation<T>>& activation, int64_t rows,
                      int64_t columns, Matrix<T>* in_place);

  void Forward(const SampleRows<T>& input, PassMode mode) override;
  SampleRows<T> output() const override { return SampleRows<T>(output_, 0, input_.rows); }
  void Backward(const Matrix<T>& above, Matrix<T>& below) override;

 private:
  const ConfiguredPlugin<Activation<T>>& activation_;
  SampleRows<T> input_;
  Matrix<T> own_output_;  // empty if in place
  Matrix<T>& output_;
};

// The derivative of a piecewise-linear activation that the linear map has applied: y = x, and
// Backward computes the gradient with respect to the arguments of the activation.
template <class T>
class GateOperation final : public LayerOperation<T> {
 public:
  explicit GateOperation(T negative_slope) : negative_slope_(negative_slope) {}

  void Forward(const SampleRows<T>& input, PassMode mode) override;
  SampleRows<T> output() const override { return input_; }
  void Backward(const Matrix<T>& above, Matrix<T>& below) override;

 private:
  const T negative_slope_;
  SampleRows<T> input_;
};

extern template class ActivationOperation<float>;
extern template class ActivationOperation<double>;
extern template class GateOperation<float>;
extern template class GateOperation<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_ACTIVATION_OPERATION_H_
