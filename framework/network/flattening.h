// Rearranges the outputs of a convolutional layer for the fully connected layer above it.

#ifndef DIDACT_FRAMEWORK_NETWORK_FLATTENING_H_
#define DIDACT_FRAMEWORK_NETWORK_FLATTENING_H_

#include <cstdint>

#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer_operation.h"
#include "didact/framework/network/sample_shape.h"

namespace didact {

// From [batch * positions, channels] to [batch, channels * positions], in the order channel, row,
// column, as PyTorch's Flatten.
template <class T>
class FlatteningOperation final : public LayerOperation<T> {
 public:
  // `shape`: the shape of an image; `samples`: the largest batch.
  FlatteningOperation(const SampleShape& shape, int64_t samples, PassScope scope);

  void Forward(const SampleRows<T>& input, PassMode mode) override;
  SampleRows<T> output() const override { return SampleRows<T>(output_, 0, samples_); }
  Matrix<T>* gradient() override { return &gradient_; }
  void Backward(const Matrix<T>& above, Matrix<T>& below) override;

 private:
  const SampleShape shape_;
  int64_t samples_ = 0;  // of the last batch
  Matrix<T> output_;
  Matrix<T> gradient_;
};

extern template class FlatteningOperation<float>;
extern template class FlatteningOperation<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_FLATTENING_H_
