// One problem of a request, as a value: a place and a text. An absl::Status carries a list of them.

#ifndef DIDACT_FRAMEWORK_BASE_PROBLEM_H_
#define DIDACT_FRAMEWORK_BASE_PROBLEM_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"

namespace didact {

struct Problem {
  FieldPath path;    // the file or field that is wrong; empty if none is
  std::string text;  // "must be > 0, got -2"
  // Full name of the plugin at `path` if it is the subject of the text ("writes ..."), else empty.
  std::string plugin;

  // The line that users read: `two_layer.textproto: metric[0]: must be ...`, or, with a plugin,
  // `two_layer.textproto: metric[0] (didact.Loss) writes ...`.
  std::string ToString() const;

  friend bool operator==(const Problem&, const Problem&) = default;
};

// Returns a status that carries `problems`, at least one; its message has a line for each
// (Problem::ToString). `code` must not be OK.
absl::Status StatusOf(absl::StatusCode code, const std::vector<Problem>& problems);

// Returns the problems that a status carries. A status that was not made of problems, or whose
// message has been changed since, gives one problem without a path; an OK status gives none.
std::vector<Problem> ProblemsOf(const absl::Status& status);

// Returns the status with `text` appended to the text of its last problem, and so to its message.
// OK stays OK.
absl::Status AppendText(const absl::Status& status, absl::string_view text);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_PROBLEM_H_
