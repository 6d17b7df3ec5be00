// Plugin kind `loss`: the objective of training.
//
// 1. The framework builds one loss for a trial, asks with what it can compare the student's outputs
//    (targets()), and chooses the first alternative of which the experiment has everything.
// 2. Each training step calls SumAndGradient for its mini-batch.
// 3. An evaluation calls Sum for each part of the data set, or SumAndGradient if a metric needs
//    gradients.
//
// Example, half the squared error:
//
//   template <class T>
//   class HalfSquared final : public LossFunction<T> {
//    public:
//     double Sum(const LossBatch<T>& batch) const override { return Compute(batch, {}); }
//     double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
//       return Compute(batch, gradient);
//     }
//
//    private:
//     static double Compute(const LossBatch<T>& batch, ArrayView<T> gradient) {
//       double sum = 0;
//       for (int64_t i = 0; i < batch.targets.shape(0); ++i) {
//         for (int64_t k = 0; k < batch.targets.shape(1); ++k) {
//           const T error = batch.student_outputs(i, k) - batch.targets(i, k);
//           sum += 0.5 * error * error;
//           if (!gradient.empty()) gradient(i, k) = error / batch.targets.shape(0);
//         }
//       }
//       return sum;
//     }
//   };

#ifndef DIDACT_FRAMEWORK_PLUGIN_LOSS_H_
#define DIDACT_FRAMEWORK_PLUGIN_LOSS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"

namespace didact {

// The things with which a loss compares the student's outputs. At most one of `teacher` and `array`
// is true, since both are in LossBatch::targets.
struct LossTargets {
  bool teacher = false;  // the teacher's outputs, in LossBatch::targets
  bool array = false;    // the targets of the data (Dataset::target_size), in LossBatch::targets
  bool labels = false;   // the classes of the samples, in LossBatch::labels

  friend bool operator==(const LossTargets&, const LossTargets&) = default;
};

// The outputs, targets and labels of a mini-batch. All matrices are [batch, outputs] with dense
// rows. Targets and labels are there if the chosen LossTargets name them, and otherwise empty.
template <class T>
struct LossBatch {
  ArrayView<const T> student_outputs;
  ArrayView<const T> targets;
  absl::Span<const int64_t> labels;  // one class per sample, >= 0 and below LossFunction::Classes
};

// A sum over samples of a function of the student's outputs, the targets and the labels.
//
// Threads: immutable once built; all methods may run concurrently.
// Errors:  none; a loss that is not finite ends the trial as diverged. It must not be finite if an
//          output is NaN, and must be finite unless it grows beyond the largest number: no
//          intermediate result overflows.
template <class T>
class LossFunction {
 public:
  static constexpr absl::string_view kKind = "loss";
  using Scalar = T;
  using Interface = LossFunction;

  virtual ~LossFunction() = default;

  // The alternatives of what the loss can compare the student's outputs with, at least one. The
  // framework chooses the first of which the experiment has everything; an experiment that has none
  // is refused. By default a loss reads LossBatch::targets, wherever they are from. Must return the
  // same at every call.
  virtual std::vector<LossTargets> targets() const { return {{.teacher = true}, {.array = true}}; }

  // The least number of outputs with which the loss makes sense; a student with fewer is refused.
  virtual int64_t least_outputs() const { return 1; }

  // The number of classes that the loss tells apart with so many outputs, for example 2 if the sign
  // of one output is the class. Data with a label that is not below it are refused before training,
  // so that the loss need not check labels. Called only if the loss reads labels.
  virtual int64_t Classes(int64_t outputs) const { return outputs; }

  // The factor c(outputs) if the loss of a sample that is compared with LossBatch::targets is c
  // times its squared error sum_k (s_k - t_k)^2. Where the targets are a teacher's outputs,
  // evaluations then divide the loss by c to obtain the squared error that metrics receive
  // (EvaluationBatch::squared_error_sum), instead of computing it too. Must return the same at
  // every call. std::nullopt for other losses.
  virtual std::optional<double> SquaredErrorFactor(int64_t outputs) const {
    static_cast<void>(outputs);
    return std::nullopt;
  }

  // Returns the loss, summed over the samples of the batch, in double.
  virtual double Sum(const LossBatch<T>& batch) const = 0;

  // Returns the same sum as Sum, and writes to `gradient` [batch, outputs] the gradient of the
  // loss's mean (not its sum) over the batch with respect to the student's outputs. `gradient`
  // overlaps no input.
  virtual double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LOSS_H_
