#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/reduction.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/metric.pb.h"

namespace didact {
namespace {

// The objective of training, and the mean squared error towards the teacher for any objective.
//
// Config:   didact.Loss, e.g. `[didact/Loss] {}`.
// Shapes:   two numbers: `loss`, the objective's mean over samples, and, if there is a teacher,
//           `mse`, the mean over samples and outputs of (y_student - y_teacher)^2.
// Units:    those of the objective; those of outputs, squared.
// Errors:   none.
// Threads:  never called concurrently.
// Numerics: sums in double. What is not finite stays so.
// Source:   Tian, "Student Specialization in Deep Rectified Networks With Finite Width and Input
//           Dimension", ICML 2020; its reference code reports `mse`.
template <class T>
class LossMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const Loss&, const BuildContext&) {
    return std::make_unique<LossMetric>();
  }

  std::vector<MetricKey> keys() const override {
    return {{"loss", {}, "objective", /*is_headline=*/true}, {"mse", {}, "outputs^2"}};
  }

  void Begin() override {
    loss_sum_ = 0;
    square_sum_ = 0;
    outputs_ = 0;
  }

  void Add(const EvaluationBatch<T>& batch) override {
    loss_sum_ += batch.loss_sum;
    if (batch.teacher_outputs.empty()) return;
    const ArrayView<const T>& student = batch.student_outputs;
    const ArrayView<const T>& teacher = batch.teacher_outputs;
    square_sum_ += batch.squared_error_sum.value_or(0);
    if (!batch.squared_error_sum) {
      square_sum_ += SquaredErrorAndGradient(T(0), student.data(), student.stride(0),
                                             teacher.data(), teacher.stride(0), student.shape(0),
                                             student.shape(1), static_cast<T*>(nullptr), 0);
    }
    outputs_ += student.size();
  }

  void Finish(const EvaluationSummary<T>& summary, Record& record) override {
    record.Add("loss", loss_sum_ / static_cast<double>(summary.samples));
    if (outputs_ > 0) record.Add("mse", square_sum_ / static_cast<double>(outputs_));
  }

 private:
  double loss_sum_ = 0;
  double square_sum_ = 0;
  int64_t outputs_ = 0;  // number of outputs over all samples; 0 without a teacher
};

}  // namespace

absl::Status RegisterLoss(PluginRegistry& registry) { return registry.Add<Loss, LossMetric>(); }

}  // namespace didact
