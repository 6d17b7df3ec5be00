// One thing that is wrong, as a value: where, and what. An absl::Status carries a list of them.

#ifndef DIDACT_FRAMEWORK_BASE_PROBLEM_H_
#define DIDACT_FRAMEWORK_BASE_PROBLEM_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "framework/base/field_path.h"

namespace didact {

struct Problem {
  FieldPath path;    // empty: of nothing in particular
  std::string text;  // "must be > 0, got -2"
  std::string
      plugin;  // the plugin at `path` if the text says what it does ("writes ..."), else empty

  // As users read it: `two_layer.textproto: metric[0]: must be ...`, with a plugin
  // `two_layer.textproto: metric[0] (didact.Loss) writes ...`.
  std::string ToString() const;

  friend bool operator==(const Problem&, const Problem&) = default;
};

// A status with these problems, at least one, and their texts, one per line, as its message. `code`
// must not be OK.
absl::Status StatusOf(absl::StatusCode code, const std::vector<Problem>& problems);

// The problems of a status that is not OK, at least one. A status that was not made of problems, or
// whose message was changed since, is one problem without a path. None for an OK status.
std::vector<Problem> ProblemsOf(const absl::Status& status);

// The status with `text` behind its message, which is the text of its last problem. OK stays OK.
absl::Status AppendText(const absl::Status& status, absl::string_view text);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_PROBLEM_H_
