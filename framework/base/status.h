// Macros that return failures to the caller, and a function that says where a failure happened.

#ifndef DIDACT_FRAMEWORK_BASE_STATUS_H_
#define DIDACT_FRAMEWORK_BASE_STATUS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace didact {

// Puts `prefix: ` before the message of a failure; OK stays OK.
inline absl::Status Annotate(const absl::Status& status, absl::string_view prefix) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(prefix, ": ", status.message()));
}

}  // namespace didact

// Returns the status of `expression` from the enclosing function unless it is OK.
#define DIDACT_RETURN_IF_ERROR(expression)                                \
  do {                                                                    \
    if (absl::Status didact_status = (expression); !didact_status.ok()) { \
      return didact_status;                                               \
    }                                                                     \
  } while (false)

// Declares or assigns `target` from the value of an absl::StatusOr; if it holds a failure, returns
// that status from the enclosing function.
#define DIDACT_ASSIGN_OR_RETURN(target, expression) \
  DIDACT_ASSIGN_OR_RETURN_(DIDACT_CONCATENATE_(didact_status_or_, __LINE__), target, expression)
#define DIDACT_ASSIGN_OR_RETURN_(status_or, target, expression) \
  auto status_or = (expression);                                \
  if (!status_or.ok()) return std::move(status_or).status();    \
  target = *std::move(status_or)
#define DIDACT_CONCATENATE_(a, b) DIDACT_CONCATENATE_INNER_(a, b)
#define DIDACT_CONCATENATE_INNER_(a, b) a##b

#endif  // DIDACT_FRAMEWORK_BASE_STATUS_H_
