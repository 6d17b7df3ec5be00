#include "absl/status/status.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/training_time.h"
#include "didact/protos/plugins/schedule.pb.h"

namespace didact {
namespace {

// A constant value.
//
// Config:   didact.Constant; value >= 0 (required).
// Shapes:   a number, in the unit that its user expects.
// Gradient: does not apply.
// Errors:   building fails with INVALID_ARGUMENT when the value is out of range.
// Threads:  immutable once built; may be called concurrently.
// Numerics: exact.
// Source:   none.
// Example:  learning_rate { [didact/Constant] { value: 0.01 } }
class ConstantSchedule final : public Schedule {
 public:
  explicit ConstantSchedule(const Constant& config) : value_(config.value()) {}

  double Value(const TrainingTime&) const override { return value_; }

 private:
  double value_;
};

}  // namespace

absl::Status RegisterConstant(PluginRegistry& registry) {
  return registry.Add<Constant, ConstantSchedule>();
}

}  // namespace didact
