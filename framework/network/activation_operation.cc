#include "didact/framework/network/activation_operation.h"

#include <cassert>

#include "absl/types/span.h"
#include "didact/framework/kernels/elementwise.h"

namespace didact {

template <class T>
ActivationOperation<T>::ActivationOperation(const ConfiguredPlugin<Activation<T>>& activation,
                                            std::optional<T> slope, int64_t rows, int64_t columns)
    : activation_(activation), slope_(slope), output_(rows, columns) {}

// Rows are separate calls, so that the padding remains zero whatever f(0) is.
template <class T>
void ActivationOperation<T>::Forward(const SampleRows<T>& input, PassMode) {
  input_ = input;
  for (int64_t i = 0; i < input.rows; ++i) {
    const absl::Span<const T> x(input.data + i * input.stride, input.columns);
    if (slope_) {
      PiecewiseLinear(x.data(), output_.row(i).data(), input.columns, *slope_);
    } else {
      activation_.Call("Apply", &Activation<T>::Apply, x, output_.row(i));
    }
  }
}

template <class T>
void ActivationOperation<T>::Backward(const Matrix<T>& above, Matrix<T>& below) {
  assert(&above == &below);
  static_cast<void>(above);
  for (int64_t i = 0; i < input_.rows; ++i) {
    const absl::Span<T> gradient = below.row(i);
    if (slope_) {
      PiecewiseLinearGradient(output_.row(i).data(), gradient.data(), gradient.data(),
                              input_.columns, *slope_);
    } else {
      const absl::Span<const T> x(input_.data + i * input_.stride, input_.columns);
      activation_.Call("MultiplyByDerivative", &Activation<T>::MultiplyByDerivative, x,
                       output_.row(i), gradient);
    }
  }
}

template class ActivationOperation<float>;
template class ActivationOperation<double>;

}  // namespace didact
