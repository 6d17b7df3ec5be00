// Plugin kind `schedule`: a number as a function of training time, e.g. a learning rate.

#ifndef DIDACT_FRAMEWORK_PLUGIN_SCHEDULE_H_
#define DIDACT_FRAMEWORK_PLUGIN_SCHEDULE_H_

#include "absl/strings/string_view.h"
#include "framework/plugin/training_time.h"

namespace didact {

// A pure function of the time. Immutable once built; may be called concurrently.
class Schedule {
 public:
  static constexpr absl::string_view kKind = "schedule";
  // The same for both precisions.
  using Scalar = void;
  using Interface = Schedule;

  virtual ~Schedule() = default;

  virtual double Value(const TrainingTime& time) const = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_SCHEDULE_H_
