// Base class of losses that are multiples of the squared error.

#ifndef DIDACT_FRAMEWORK_PLUGIN_SQUARED_ERROR_LOSS_H_
#define DIDACT_FRAMEWORK_PLUGIN_SQUARED_ERROR_LOSS_H_

#include <cstdint>
#include <optional>

#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/reduction.h"
#include "didact/framework/plugin/loss.h"

namespace didact {

// The loss 1/d sum_k (s_k - t_k)^2 of a sample, where s and t are the outputs of student and
// teacher. A derived class passes itself as `Derived` and defines d, at least 1, for samples with
// this many outputs:
//
//   static int64_t Divisor(int64_t outputs);
//
// It is not virtual, because each step would call it.
//
// Gradient: 2 (s - t) / (batch * d), that of the mean over the batch.
// Numerics: differences and sums in double, row by row, so that batches may be split anywhere.
// Threads:  as in LossFunction.
// Errors:   none.
template <class T, class Derived>
class SquaredErrorLoss : public LossFunction<T> {
 public:
  std::optional<double> SquaredErrorFactor(int64_t outputs) const final {
    return 1 / static_cast<double>(Derived::Divisor(outputs));
  }

  double Sum(const LossBatch<T>& batch) const final { return SumOf(batch, T(0), nullptr, 0); }

  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const final {
    const int64_t divisor = batch.student_outputs.shape(0) * DivisorOf(batch);
    return SumOf(batch, T(2) / static_cast<T>(divisor), gradient.data(), gradient.stride(0));
  }

 private:
  static int64_t DivisorOf(const LossBatch<T>& batch) {
    return Derived::Divisor(batch.student_outputs.shape(1));
  }

  // Also writes gradient_factor (s - t) to `gradient` unless it is null.
  static double SumOf(const LossBatch<T>& batch, T gradient_factor, T* gradient,
                      int64_t gradient_stride) {
    const ArrayView<const T>& student = batch.student_outputs;
    const ArrayView<const T>& teacher = batch.targets;
    const double squared_error = SquaredErrorAndGradient(
        gradient_factor, student.data(), student.stride(0), teacher.data(), teacher.stride(0),
        student.shape(0), student.shape(1), gradient, gradient_stride);
    return squared_error / static_cast<double>(DivisorOf(batch));
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_SQUARED_ERROR_LOSS_H_
