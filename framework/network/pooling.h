// Pooling of the channels of images as an operation of a convolutional layer.

#ifndef DIDACT_FRAMEWORK_NETWORK_POOLING_H_
#define DIDACT_FRAMEWORK_NETWORK_POOLING_H_

#include <cstdint>
#include <type_traits>
#include <vector>

#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer_operation.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/sample_shape.h"

namespace didact {

// The largest or the mean value of each channel in each window of `kernel` rows and columns.
// Windows begin `stride` rows and columns apart, and none reaches beyond the image. The gradient of
// the largest value belongs to the first of several equal ones, row by row. NaN counts as largest.
//
// Source: PyTorch's MaxPool2d and AvgPool2d without padding.
template <class T>
class PoolingOperation final : public LayerOperation<T> {
 public:
  // `input`: the shape of an image before pooling; `samples`: the largest batch.
  PoolingOperation(const PoolingPlan& plan, const SampleShape& input, int64_t samples,
                   PassScope scope);

  void Forward(const SampleRows<T>& input, PassMode mode) override;
  SampleRows<T> output() const override;
  Matrix<T>* gradient() override { return &gradient_; }
  void Backward(const Matrix<T>& above, Matrix<T>& below) override;

 private:
  // The number of an element of a window, row by row; as wide as T, so that vectors of both have as
  // many elements.
  using Place = std::conditional_t<sizeof(T) == sizeof(int32_t), int32_t, int64_t>;

  // Calls visit(row of the output, first input row of its window) for all windows of the batch.
  template <class Visit>
  void ForEachWindow(const Visit& visit) const;
  // The input row of element (row, column) of a window that begins at input row `first`.
  int64_t RowOf(int64_t first, int64_t row, int64_t column) const {
    return first + row * input_shape_.columns + column;
  }
  void FindLargest(int64_t out, int64_t first);
  void Average(int64_t out, int64_t first);
  // Writes the gradient with respect to the elements of a window, or adds it to `below`.
  void PropagateToLargest(const Matrix<T>& above, int64_t out, int64_t first, bool accumulate,
                          Matrix<T>& below) const;
  void PropagateMean(const Matrix<T>& above, int64_t out, int64_t first, bool accumulate,
                     Matrix<T>& below) const;

  const PoolingPlan plan_;
  const SampleShape input_shape_;
  const SampleShape output_shape_;
  SampleRows<T> input_;
  int64_t samples_ = 0;  // of the last batch
  Matrix<T> output_;
  Matrix<T> gradient_;
  // For each element of gradient_, the place in its window that the element of output_ was taken
  // from; empty for averages. Without a backward pass, those of the last row alone.
  std::vector<Place> places_;
};

extern template class PoolingOperation<float>;
extern template class PoolingOperation<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_POOLING_H_
