// Turns exceptions within a trial into a status, and remembers that the trial failed.

#ifndef DIDACT_FRAMEWORK_TRAINING_FAILURE_GUARD_H_
#define DIDACT_FRAMEWORK_TRAINING_FAILURE_GUARD_H_

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "didact/framework/base/floating_point_control.h"

namespace didact {

// Runs the operations of a trial, each through Run. Threads: one at a time.
class FailureGuard {
 public:
  // `experiment` (its name) and `seed` appear in messages.
  FailureGuard(std::string experiment, uint64_t seed)
      : experiment_(std::move(experiment)), seed_(seed) {}

  // Calls `call`, a function without arguments that returns an absl::Status or an absl::StatusOr,
  // and returns its result. If it throws, the trial has failed. The call has the floating-point
  // control of StandardFloatingPoint. As fast as the call alone, but for a few cycles.
  // Errors: UNKNOWN for an exception of a plugin, RESOURCE_EXHAUSTED if memory runs out, INTERNAL
  // for other exceptions, each with experiment and seed; FAILED_PRECONDITION, without a call, if
  // the trial had failed before.
  template <class Call>
  std::invoke_result_t<Call> Run(const Call& call) {
    if (!failure_.ok()) return Refusal();
    const StandardFloatingPoint standard;
    try {
      return call();
    } catch (...) {
      return Fail(CaughtStatus());
    }
  }

  // Marks the trial as failed with this status, and returns the status.
  absl::Status Fail(absl::Status status) {
    failure_ = std::move(status);
    return failure_;
  }

  // The status with which the trial failed; OK if it has not failed.
  absl::Status failure() const { return failure_; }

 private:
  [[gnu::cold]] absl::Status Refusal() const;
  // Returns the status of the exception that is being handled.
  [[gnu::cold]] absl::Status CaughtStatus() const;

  std::string experiment_;
  uint64_t seed_;
  absl::Status failure_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_FAILURE_GUARD_H_
