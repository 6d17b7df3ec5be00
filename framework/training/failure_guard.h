// Keeps exceptions inside of a trial, and remembers that it failed.

#ifndef DIDACT_FRAMEWORK_TRAINING_FAILURE_GUARD_H_
#define DIDACT_FRAMEWORK_TRAINING_FAILURE_GUARD_H_

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"

namespace didact {

// Stands around everything that a trial does. Threads: one at a time.
class FailureGuard {
 public:
  // `experiment`, its name, and `seed` stand in messages.
  FailureGuard(std::string experiment, uint64_t seed)
      : experiment_(std::move(experiment)), seed_(seed) {}

  // Calls `call`, a function without arguments that returns an absl::Status or an absl::StatusOr, and
  // returns what it returned. Once it threw, the trial has failed. As fast as the call alone.
  // Errors: UNKNOWN for an exception of a plugin, RESOURCE_EXHAUSTED when memory did not suffice, INTERNAL
  // for other exceptions, each with experiment and seed; FAILED_PRECONDITION, and no call, for a trial that
  // had failed before.
  template <class Call>
  std::invoke_result_t<Call> Run(const Call& call) {
    if (!failure_.ok()) return Refusal();
    try {
      return call();
    } catch (...) {
      return Fail(CaughtStatus());
    }
  }

  // The trial has failed with this status from now on, which is returned.
  absl::Status Fail(absl::Status status) {
    failure_ = std::move(status);
    return failure_;
  }

  // The status that made the trial fail; OK while it has not failed.
  absl::Status failure() const { return failure_; }

 private:
  [[gnu::cold]] absl::Status Refusal() const;
  // The status of the exception that is being handled.
  [[gnu::cold]] absl::Status CaughtStatus() const;

  std::string experiment_;
  uint64_t seed_;
  absl::Status failure_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_FAILURE_GUARD_H_
