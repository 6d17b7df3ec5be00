#include <cstdint>

#include "absl/status/status.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/squared_error_loss.h"
#include "didact/protos/plugins/loss.pb.h"

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
class MeanSquaredErrorLoss final : public SquaredErrorLoss<T, MeanSquaredErrorLoss<T>> {
 public:
  static int64_t Divisor(int64_t outputs) { return outputs; }
};

}  // namespace

absl::Status RegisterMeanSquaredError(PluginRegistry& registry) {
  return registry.Add<MeanSquaredError, MeanSquaredErrorLoss>();
}

}  // namespace didact
