#include <cstdint>

#include "absl/status/status.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/squared_error_loss.h"
#include "didact/plugins/losses/squared_error_targets.h"
#include "didact/protos/plugins/loss.pb.h"

namespace didact {
namespace {

// Mean squared error: 1/c sum_k (s_k - t_k)^2 per sample, s the student's c outputs and t the
// teacher's, the data's targets or the one-hot vector of the label.
//
// Config:   didact.MeanSquaredError; target (default: the first of TEACHER, ARRAY and LABELS that
//           there is).
// Shapes:   outputs, targets and gradient [batch, outputs].
// Gradient: of the mean over the batch, 2 (s - t) / (batch * c).
// Errors:   none; an experiment without the targets is refused.
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: differences and sums in double; row by row, so that batches may be split anywhere.
// Source:   PyTorch's MSELoss; the objective of the multi-layer reference of Tian, ICML 2020.
// Example:  loss { [didact/MeanSquaredError] {} }
template <class T>
class MeanSquaredErrorLoss final : public SquaredErrorLoss<T, MeanSquaredErrorLoss<T>> {
 public:
  explicit MeanSquaredErrorLoss(const MeanSquaredError& config)
      : SquaredErrorLoss<T, MeanSquaredErrorLoss>(SquaredErrorTargets(config)) {}

  static int64_t Divisor(int64_t outputs) { return outputs; }
};

}  // namespace

absl::Status RegisterMeanSquaredError(PluginRegistry& registry) {
  return registry.Add<MeanSquaredError, MeanSquaredErrorLoss>();
}

}  // namespace didact
