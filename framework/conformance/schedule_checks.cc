// Checks of schedules:
//
//   builds
//   values    finite and not negative at all times
//   pure      the same time has the same value, at every call
//   concurrent
//             two threads get the values that each of them would get alone

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/concurrent_calls.h"
#include "didact/framework/conformance/kind_checks.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/training_time.h"

namespace didact {
namespace {

// Returns the first and last steps of some epochs, of short and long trainings.
std::vector<TrainingTime> Times() {
  std::vector<TrainingTime> times;
  for (const int64_t epochs : {1, 2, 10, 1000}) {
    for (const int64_t steps_per_epoch : {1, 7, 1000}) {
      for (int64_t epoch = 0; epoch < epochs; epoch += 1 + epochs / 20) {
        for (const int64_t step : {int64_t{0}, steps_per_epoch - 1}) {
          times.push_back({.step = epoch * steps_per_epoch + step,
                           .epoch = epoch,
                           .steps_per_epoch = steps_per_epoch,
                           .total_epochs = epochs});
        }
      }
    }
  }
  return times;
}

std::string Describe(const TrainingTime& time) {
  return absl::StrCat("step ", time.step, " in epoch ", time.epoch, " of ", time.total_epochs(),
                      ", ", time.steps_per_epoch, " steps each");
}

absl::Status Values(const Schedule& schedule) {
  for (const TrainingTime& time : Times()) {
    const double value = schedule.Value(time);
    if (std::isfinite(value) && value >= 0) continue;
    return absl::InternalError(
        absl::StrCat("the value at ", Describe(time), " must be finite and >= 0, got ", value));
  }
  return absl::OkStatus();
}

absl::Status Pure(const Schedule& schedule, const Schedule& other) {
  const std::vector<TrainingTime> times = Times();
  std::vector<double> values;
  for (const TrainingTime& time : times) values.push_back(schedule.Value(time));
  for (size_t i = times.size(); i-- > 0;) {
    for (const Schedule* again : {&schedule, &other}) {
      if (again->Value(times[i]) == values[i]) continue;
      return absl::InternalError(absl::StrCat("the value at ", Describe(times[i]),
                                              " must always be the same, got ",
                                              again->Value(times[i]), " and ", values[i]));
    }
  }
  return absl::OkStatus();
}

absl::Status Concurrent(const Schedule& schedule) {
  const auto caller = [&schedule](std::vector<TrainingTime> times) {
    std::vector<double> values;
    for (const TrainingTime& time : times) values.push_back(schedule.Value(time));
    return [&schedule, times, values]() -> absl::Status {
      for (size_t i = 0; i < times.size(); ++i) {
        const double again = schedule.Value(times[i]);
        if (again == values[i]) continue;
        return absl::InternalError(
            absl::StrCat("the value at ", Describe(times[i]),
                         " must be the same while another thread uses the schedule, got ", again,
                         " for ", values[i], "; do const methods share a buffer?"));
      }
      return absl::OkStatus();
    };
  };
  const std::vector<TrainingTime> times = Times();
  return CallConcurrently(caller(times),
                          caller(std::vector<TrainingTime>(times.rbegin(), times.rend())));
}

}  // namespace

void CheckSchedule(const PluginRegistry& registry, const google::protobuf::Any& config,
                   CheckList& checks) {
  checks.Run("builds", [&] { return registry.Create<Schedule>(config, FieldPath()).status(); });
  if (checks.last_failed()) return;
  const std::unique_ptr<Schedule> schedule = registry.Create<Schedule>(config, FieldPath()).value();
  const std::unique_ptr<Schedule> other = registry.Create<Schedule>(config, FieldPath()).value();
  checks.Run("values", [&] { return Values(*schedule); });
  checks.Run("pure", [&] { return Pure(*schedule, *other); });
  if (!checks.last_failed()) checks.Run("concurrent", [&] { return Concurrent(*schedule); });
}

}  // namespace didact
