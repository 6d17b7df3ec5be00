#include <cmath>
#include <cstdint>

#include "absl/status/status.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/training_time.h"
#include "didact/protos/plugins/schedule.pb.h"

namespace didact {
namespace {

// Multiplies by a factor at regular intervals: value * factor^floor(epoch / every_epochs).
//
// Config:   didact.StepDecay; value >= 0 (required), factor >= 0 (default 0.5), every_epochs >= 1.
// Shapes:   a number, in the unit that its user expects.
// Gradient: does not apply.
// Errors:   building fails with INVALID_ARGUMENT when a field is out of range.
// Threads:  immutable once built; may be called concurrently.
// Numerics: one power, not a chain of products; exact for powers of 2.
// Source:   `lr_reduction` of the two-layer reference of Tian, ICML 2020.
// Example:  learning_rate { [didact/StepDecay] { value: 0.1 factor: 0.5 every_epochs: 10 } }
class StepDecaySchedule final : public Schedule {
 public:
  explicit StepDecaySchedule(const StepDecay& config)
      : value_(config.value()), factor_(config.factor()), every_epochs_(config.every_epochs()) {}

  double Value(const TrainingTime& time) const override {
    return value_ * std::pow(factor_, static_cast<double>(time.epoch / every_epochs_));
  }

 private:
  double value_;
  double factor_;
  int64_t every_epochs_;
};

}  // namespace

absl::Status RegisterStepDecay(PluginRegistry& registry) {
  return registry.Add<StepDecay, StepDecaySchedule>();
}

}  // namespace didact
