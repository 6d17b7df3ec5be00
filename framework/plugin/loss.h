// Plugin kind `loss`: the objective of training.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LOSS_H_
#define DIDACT_FRAMEWORK_PLUGIN_LOSS_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "framework/base/array_view.h"

namespace didact {

// The outputs for a mini-batch. All matrices are [batch, outputs] with dense rows.
template <class T>
struct LossBatch {
  ArrayView<const T> student_outputs;
  // The outputs that the student is trained towards, e.g. the teacher's; empty if there are none.
  ArrayView<const T> targets;
  // One class per sample; empty if the data set has no labels.
  absl::Span<const int64_t> labels;
};

// A sum over samples of a function of the student's outputs, the targets and the labels.
//
// Threads: immutable once built; all methods may run concurrently.
// Errors:  none; a loss that is not finite ends the trial as diverged.
template <class T>
class LossFunction {
 public:
  static constexpr absl::string_view kKind = "loss";
  using Scalar = T;
  using Interface = LossFunction;

  virtual ~LossFunction() = default;

  // Whether the samples' labels are needed.
  virtual bool needs_labels() const { return false; }

  // If the loss of a sample with `outputs` outputs is a multiple of its squared error, sum_k (s_k -
  // t_k)^2, the factor: evaluations then need not compute both. It must be the same at every call.
  virtual std::optional<double> SquaredErrorFactor(int64_t outputs) const {
    static_cast<void>(outputs);
    return std::nullopt;
  }

  // The loss, summed over the samples of the batch, in double.
  virtual double Sum(const LossBatch<T>& batch) const = 0;

  // Also writes to `gradient` [batch, outputs] the gradient of the MEAN over the batch with respect
  // to the student's outputs. `gradient` overlaps no input.
  virtual double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LOSS_H_
