#include "didact/framework/network/flattening.h"

namespace didact {

template <class T>
FlatteningOperation<T>::FlatteningOperation(const SampleShape& shape, int64_t samples,
                                            PassScope scope)
    : shape_(shape),
      output_(samples, shape.features()),
      gradient_(scope == PassScope::kForward ? 0 : samples, shape.features()) {}

template <class T>
void FlatteningOperation<T>::Forward(const SampleRows<T>& input, PassMode) {
  const int64_t positions = shape_.positions();
  samples_ = input.rows / positions;
  for (int64_t s = 0; s < samples_; ++s) {
    T* const flat = output_.row(s).data();
    for (int64_t p = 0; p < positions; ++p) {
      const T* const nodes = input.data + (s * positions + p) * input.stride;
      for (int64_t c = 0; c < shape_.channels; ++c) flat[c * positions + p] = nodes[c];
    }
  }
}

template <class T>
void FlatteningOperation<T>::Backward(const Matrix<T>& above, Matrix<T>& below) {
  const int64_t positions = shape_.positions();
  for (int64_t s = 0; s < samples_; ++s) {
    const T* const flat = above.row(s).data();
    for (int64_t p = 0; p < positions; ++p) {
      T* const nodes = below.row(s * positions + p).data();
      for (int64_t c = 0; c < shape_.channels; ++c) nodes[c] = flat[c * positions + p];
    }
  }
}

template class FlatteningOperation<float>;
template class FlatteningOperation<double>;

}  // namespace didact
