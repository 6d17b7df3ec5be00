// A schedule that asks for the total number of epochs, but only in some epochs.

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/library/manifest.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/training_time.h"
#include "tests/cli/annealing.pb.h"
#include "tests/cli/annealing_documentation.h"

namespace didact::annealing {
namespace {

class AnnealingSchedule final : public Schedule {
 public:
  static absl::StatusOr<std::unique_ptr<Schedule>> Build(const Annealing& config,
                                                         const BuildContext&) {
    return std::make_unique<AnnealingSchedule>(config.value(), config.from_epoch());
  }

  AnnealingSchedule(double value, int64_t from_epoch) : value_(value), from_epoch_(from_epoch) {}

  double Value(const TrainingTime& time) const override {
    if (time.epoch < from_epoch_) return value_;
    const auto left = static_cast<double>(time.total_epochs() - time.epoch);
    return value_ * left / static_cast<double>(time.total_epochs() - from_epoch_);
  }

 private:
  double value_;
  int64_t from_epoch_;
};

absl::Status RegisterAnnealing(PluginRegistry& registry) {
  DIDACT_RETURN_IF_ERROR((registry.Add<Annealing, AnnealingSchedule>()));
  return registry.AddDocumentation(AnnealingDocumentation());
}

}  // namespace
}  // namespace didact::annealing

DIDACT_PLUGIN_LIBRARY("annealing", "1.0", didact::annealing::RegisterAnnealing)
