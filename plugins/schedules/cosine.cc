#include <cmath>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/training_time.h"
#include "didact/protos/plugins/schedule.pb.h"

namespace didact {
namespace {

constexpr double kPi = 3.14159265358979323846;

// Half a cosine, a new value at each step, after a linear warm-up.
//
// Config:   didact.Cosine; value >= 0 (required), final_value >= 0, warm_up_epochs >= 0,
//           warm_up_factor in [0, 1], epochs >= 1 (all epochs of the training if left out).
// Shapes:   a number, in the unit that its user expects.
// Gradient: does not apply.
// Errors:   building fails with INVALID_ARGUMENT for fields out of range and for a warm-up that
//           leaves none of `epochs`.
// Threads:  immutable once built; may be called concurrently.
// Numerics: in double; the formula itself at each step, not a recurrence.
// Source:   Loshchilov and Hutter, ICLR 2017, without restarts; torch.optim.lr_scheduler.
// Example:  learning_rate { [didact/Cosine] { value: 0.1 warm_up_epochs: 5 } }
class CosineSchedule final : public Schedule {
 public:
  static absl::StatusOr<std::unique_ptr<Schedule>> Build(const Cosine& config,
                                                         const BuildContext& context) {
    if (config.has_epochs() && config.warm_up_epochs() >= config.epochs()) {
      return context.path.Field("warm_up_epochs")
          .Invalid(absl::StrCat("must be < epochs, ", config.epochs(), ", got ",
                                config.warm_up_epochs()));
    }
    return std::make_unique<CosineSchedule>(config);
  }

  explicit CosineSchedule(const Cosine& config)
      : value_(config.value()),
        final_value_(config.final_value()),
        warm_up_epochs_(config.warm_up_epochs()),
        warm_up_factor_(config.warm_up_factor()) {
    if (config.has_epochs()) epochs_ = config.epochs();
  }

  double Value(const TrainingTime& time) const override {
    const auto steps_per_epoch = static_cast<double>(time.steps_per_epoch);
    const auto step = static_cast<double>(time.step);
    const double warm_up = warm_up_epochs_ * steps_per_epoch;
    if (step < warm_up) {
      return value_ * (warm_up_factor_ + (1 - warm_up_factor_) * (step / warm_up));
    }
    const double epochs = epochs_ ? *epochs_ : static_cast<double>(time.total_epochs());
    const double steps = epochs * steps_per_epoch;
    if (step >= steps) return final_value_;
    const double progress = (step - warm_up) / (steps - warm_up);
    return final_value_ + (value_ - final_value_) * (0.5 * (1 + std::cos(kPi * progress)));
  }

 private:
  double value_;
  double final_value_;
  double warm_up_epochs_;
  double warm_up_factor_;
  std::optional<double> epochs_;
};

}  // namespace

absl::Status RegisterCosine(PluginRegistry& registry) {
  return registry.Add<Cosine, CosineSchedule>();
}

}  // namespace didact
