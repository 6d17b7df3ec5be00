#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/array_view.h"
#include "framework/kernels/reduction.h"
#include "framework/plugin/loss.h"
#include "framework/plugin/registry.h"
#include "protos/plugins/loss.pb.h"

namespace didact {
namespace {

// Half the squared error of a sample: 1/2 sum_k (s_k - t_k)^2, s and t the student's and the
// teacher's outputs.
//
// Config:   didact.HalfSquaredError, without fields.
// Shapes:   outputs and gradient [batch, outputs]; labels are not used.
// Gradient: of the mean over the batch, (s - t) / batch.
// Errors:   none.
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: differences and sums in double; row by row, so that batches may be split anywhere.
// Source:   Tian, ICML 2020; the objective of the two-layer reference, c/2 times mean squared error
//           for c outputs.
// Example:  loss { [didact/HalfSquaredError] {} }
template <class T>
class HalfSquaredErrorLoss final : public LossFunction<T> {
 public:
  static absl::StatusOr<std::unique_ptr<LossFunction<T>>> Build(const HalfSquaredError&,
                                                                const BuildContext&) {
    return std::make_unique<HalfSquaredErrorLoss>();
  }

  std::optional<double> SquaredErrorFactor(int64_t) const override { return 0.5; }

  double Sum(const LossBatch<T>& batch) const override {
    return 0.5 * SquaredErrors(batch, T(0), nullptr, 0);
  }

  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    const T factor = T(1) / static_cast<T>(batch.student_outputs.shape(0));
    return 0.5 * SquaredErrors(batch, factor, gradient.data(), gradient.stride(0));
  }

 private:
  static double SquaredErrors(const LossBatch<T>& batch, T factor, T* gradient,
                              int64_t gradient_stride) {
    const ArrayView<const T>& student = batch.student_outputs;
    const ArrayView<const T>& teacher = batch.teacher_outputs;
    return SquaredErrorAndGradient(factor, student.data(), student.stride(0), teacher.data(),
                                   teacher.stride(0), student.shape(0), student.shape(1), gradient,
                                   gradient_stride);
  }
};

}  // namespace

absl::Status RegisterHalfSquaredError(PluginRegistry& registry) {
  return registry.Add<HalfSquaredError, HalfSquaredErrorLoss>();
}

}  // namespace didact
