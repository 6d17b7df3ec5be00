#include <cstdint>

#include "absl/status/status.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/squared_error_loss.h"
#include "didact/plugins/losses/squared_error_targets.h"
#include "didact/protos/plugins/loss.pb.h"

namespace didact {
namespace {

// Half the squared error of a sample: 1/2 sum_k (s_k - t_k)^2, s the student's outputs and t the
// teacher's, the data's targets or the one-hot vector of the label.
//
// Config:   didact.HalfSquaredError; target (default: the first of TEACHER, ARRAY and LABELS that
//           there is).
// Shapes:   outputs, targets and gradient [batch, outputs].
// Gradient: of the mean over the batch, (s - t) / batch.
// Errors:   none; an experiment without the targets is refused.
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: differences and sums in double; row by row, so that batches may be split anywhere.
// Source:   Tian, ICML 2020; the objective of the two-layer reference, c/2 times mean squared error
//           for c outputs.
// Example:  loss { [didact/HalfSquaredError] {} }
template <class T>
class HalfSquaredErrorLoss final : public SquaredErrorLoss<T, HalfSquaredErrorLoss<T>> {
 public:
  explicit HalfSquaredErrorLoss(const HalfSquaredError& config)
      : SquaredErrorLoss<T, HalfSquaredErrorLoss>(SquaredErrorTargets(config)) {}

  static int64_t Divisor(int64_t) { return 2; }
};

}  // namespace

absl::Status RegisterHalfSquaredError(PluginRegistry& registry) {
  return registry.Add<HalfSquaredError, HalfSquaredErrorLoss>();
}

}  // namespace didact
