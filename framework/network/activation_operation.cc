#include "didact/framework/network/activation_operation.h"

#include <cassert>

#include "absl/types/span.h"
#include "didact/framework/kernels/elementwise.h"

namespace didact {

template <class T>
ActivationOperation<T>::ActivationOperation(const ConfiguredPlugin<Activation<T>>& activation,
                                            int64_t rows, int64_t columns, Matrix<T>* in_place)
    : activation_(activation),
      own_output_(in_place == nullptr ? rows : 0, columns),
      output_(in_place == nullptr ? own_output_ : *in_place) {}

// Rows are separate calls, so that the padding remains zero whatever f(0) is.
template <class T>
void ActivationOperation<T>::Forward(const SampleRows<T>& input, PassMode) {
  input_ = input;
  for (int64_t i = 0; i < input.rows; ++i) {
    const absl::Span<const T> x(input.data + i * input.stride, input.columns);
    activation_.Call("Apply", &Activation<T>::Apply, x, output_.row(i));
  }
}

template <class T>
void ActivationOperation<T>::Backward(const Matrix<T>& above, Matrix<T>& below) {
  assert(&above == &below);
  static_cast<void>(above);
  for (int64_t i = 0; i < input_.rows; ++i) {
    const absl::Span<const T> x(input_.data + i * input_.stride, input_.columns);
    activation_.Call("MultiplyByDerivative", &Activation<T>::MultiplyByDerivative, x,
                     output_.row(i), below.row(i));
  }
}

template <class T>
void GateOperation<T>::Forward(const SampleRows<T>& input, PassMode) {
  input_ = input;
}

template <class T>
void GateOperation<T>::Backward(const Matrix<T>& above, Matrix<T>& below) {
  for (int64_t i = 0; i < input_.rows; ++i) {
    PiecewiseLinearGradient(input_.data + i * input_.stride, above.row(i).data(),
                            below.row(i).data(), input_.columns, negative_slope_);
  }
}

template class ActivationOperation<float>;
template class ActivationOperation<double>;
template class GateOperation<float>;
template class GateOperation<double>;

}  // namespace didact
