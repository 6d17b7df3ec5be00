#include <cstdint>

#include "absl/status/status.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/squared_error_loss.h"
#include "didact/protos/plugins/loss.pb.h"

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
class HalfSquaredErrorLoss final : public SquaredErrorLoss<T, HalfSquaredErrorLoss<T>> {
 public:
  static int64_t Divisor(int64_t) { return 2; }
};

}  // namespace

absl::Status RegisterHalfSquaredError(PluginRegistry& registry) {
  return registry.Add<HalfSquaredError, HalfSquaredErrorLoss>();
}

}  // namespace didact
