#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/array_view.h"
#include "framework/kernels/elementwise.h"
#include "framework/kernels/reduction.h"
#include "framework/plugin/loss.h"
#include "framework/plugin/registry.h"
#include "plugins/losses/losses.h"
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

  double Sum(const LossBatch<T>& batch) const override {
    const ArrayView<const T>& student = batch.student_outputs;
    double sum = 0;
    for (int64_t i = 0; i < student.shape(0); ++i) {
      sum += SumOfSquaredDifferences(student.row(i).data(), batch.teacher_outputs.row(i).data(),
                                     student.shape(1));
    }
    return sum / static_cast<double>(student.shape(1));
  }

  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    const ArrayView<const T>& student = batch.student_outputs;
    const T factor = T(2) / static_cast<T>(student.shape(0) * student.shape(1));
    for (int64_t i = 0; i < student.shape(0); ++i) {
      ScaledDifference(factor, student.row(i).data(), batch.teacher_outputs.row(i).data(),
                       gradient.row(i).data(), student.shape(1));
    }
    return Sum(batch);
  }
};

}  // namespace

absl::Status RegisterMeanSquaredError(PluginRegistry& registry) {
  return registry.Add<MeanSquaredError, MeanSquaredErrorLoss>();
}

}  // namespace didact
