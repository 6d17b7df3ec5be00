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

// Mean squared error: 1/c sum_k (s_k - t_k)^2 per sample, s and t the student's and the teacher's c
// outputs.
//
// Config:   didact.MeanSquaredError, without fields.
// Shapes:   outputs and gradient [batch, outputs]; labels are not used.
// Gradient: of the mean over the batch, 2 (s - t) / (batch * c).
// Errors:   none.
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: differences and sums in double; row by row, so that batches may be split anywhere.
// Source:   PyTorch's MSELoss; the objective of the multi-layer reference of Tian, ICML 2020.
// Example:  loss { [didact/MeanSquaredError] {} }
template <class T>
class MeanSquaredErrorLoss final : public LossFunction<T> {
 public:
  static absl::StatusOr<std::unique_ptr<LossFunction<T>>> Build(const MeanSquaredError&,
                                                                const BuildContext&) {
    return std::make_unique<MeanSquaredErrorLoss>();
  }

  std::optional<double> SquaredErrorFactor(int64_t outputs) const override {
    return 1 / static_cast<double>(outputs);
  }

  double Sum(const LossBatch<T>& batch) const override {
    return SquaredErrors(batch, T(0), nullptr, 0) / Outputs(batch);
  }

  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    const T factor =
        T(2) / static_cast<T>(batch.student_outputs.shape(0) * batch.student_outputs.shape(1));
    return SquaredErrors(batch, factor, gradient.data(), gradient.stride(0)) / Outputs(batch);
  }

 private:
  static double Outputs(const LossBatch<T>& batch) {
    return static_cast<double>(batch.student_outputs.shape(1));
  }

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

absl::Status RegisterMeanSquaredError(PluginRegistry& registry) {
  return registry.Add<MeanSquaredError, MeanSquaredErrorLoss>();
}

}  // namespace didact
