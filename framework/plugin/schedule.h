// Plugin kind `schedule`: a number as a function of training time, e.g. a learning rate.
//
// 1. Another plugin, such as an optimizer, builds the schedule in one of its config fields
//    (BuildContext::Create).
// 2. It calls Value whenever it needs the number.
//
// Example, a rate that decreases with the epoch:
//
//   class Harmonic final : public Schedule {
//    public:
//     double Value(const TrainingTime& time) const override { return 1.0 / (1 + time.epoch); }
//   };

#ifndef DIDACT_FRAMEWORK_PLUGIN_SCHEDULE_H_
#define DIDACT_FRAMEWORK_PLUGIN_SCHEDULE_H_

#include "absl/strings/string_view.h"
#include "didact/framework/plugin/training_time.h"

namespace didact {

// A pure function of the training time, whose values are finite and not negative. Immutable once
// built; may be called concurrently.
class Schedule {
 public:
  static constexpr absl::string_view kKind = "schedule";
  // Schedules do not depend on the precision.
  using Scalar = void;
  using Interface = Schedule;

  virtual ~Schedule() = default;

  virtual double Value(const TrainingTime& time) const = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_SCHEDULE_H_
