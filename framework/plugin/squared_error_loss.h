// Base class of losses that are multiples of the squared error.

#ifndef DIDACT_FRAMEWORK_PLUGIN_SQUARED_ERROR_LOSS_H_
#define DIDACT_FRAMEWORK_PLUGIN_SQUARED_ERROR_LOSS_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/reduction.h"
#include "didact/framework/plugin/loss.h"

namespace didact {

// The loss 1/d sum_k (s_k - t_k)^2 of a sample, where s are the outputs of the student and t its
// targets: those of LossBatch::targets, or, without them, 1 for the output with the number of the
// sample's label and 0 for all others. A derived class passes itself as `Derived` and defines d, at
// least 1, for samples with this many outputs:
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
  // Compares the student with its teacher if there is one, otherwise with the targets of the data,
  // otherwise with labels.
  SquaredErrorLoss() : SquaredErrorLoss({{.teacher = true}, {.array = true}, {.labels = true}}) {}

  // `targets`: the value of LossFunction::targets. No alternative may have labels and targets.
  explicit SquaredErrorLoss(std::vector<LossTargets> targets) : targets_(std::move(targets)) {}

  std::vector<LossTargets> targets() const final { return targets_; }

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
    const ArrayView<const T>& targets = batch.targets;
    const double squared_error =
        targets.empty()
            ? FromLabels(batch, gradient_factor, gradient, gradient_stride)
            : SquaredErrorAndGradient(gradient_factor, student.data(), student.stride(0),
                                      targets.data(), targets.stride(0), student.shape(0),
                                      student.shape(1), gradient, gradient_stride);
    return squared_error / static_cast<double>(DivisorOf(batch));
  }

  static double FromLabels(const LossBatch<T>& batch, T gradient_factor, T* gradient,
                           int64_t gradient_stride) {
    const int64_t outputs = batch.student_outputs.shape(1);
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      const T* const student = batch.student_outputs.row(i).data();
      const int64_t label = batch.labels[i];
      const double error = static_cast<double>(student[label]) - 1;
      sum += SumOfSquares(student, label) + error * error +
             SumOfSquares(student + label + 1, outputs - label - 1);
      if (gradient == nullptr) continue;
      T* const row = gradient + i * gradient_stride;
      for (int64_t k = 0; k < outputs; ++k) row[k] = gradient_factor * student[k];
      row[label] = gradient_factor * (student[label] - T(1));
    }
    return sum;
  }

  std::vector<LossTargets> targets_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_SQUARED_ERROR_LOSS_H_
