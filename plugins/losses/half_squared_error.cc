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

  double Sum(const LossBatch<T>& batch) const override {
    const ArrayView<const T>& student = batch.student_outputs;
    double sum = 0;
    for (int64_t i = 0; i < student.shape(0); ++i) {
      sum += SumOfSquaredDifferences(student.row(i).data(), batch.teacher_outputs.row(i).data(),
                                     student.shape(1));
    }
    return 0.5 * sum;
  }

  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    const ArrayView<const T>& student = batch.student_outputs;
    const T factor = T(1) / static_cast<T>(student.shape(0));
    for (int64_t i = 0; i < student.shape(0); ++i) {
      ScaledDifference(factor, student.row(i).data(), batch.teacher_outputs.row(i).data(),
                       gradient.row(i).data(), student.shape(1));
    }
    return Sum(batch);
  }
};

}  // namespace

absl::Status RegisterHalfSquaredError(PluginRegistry& registry) {
  return registry.Add<HalfSquaredError, HalfSquaredErrorLoss>();
}

}  // namespace didact
