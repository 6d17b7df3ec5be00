// The path from a config file to one of its fields, as error messages show it.

#ifndef DIDACT_FRAMEWORK_BASE_FIELD_PATH_H_
#define DIDACT_FRAMEWORK_BASE_FIELD_PATH_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace didact {

// `two_layer.textproto: student.hidden[1].activation.negative_slope`: a file (or another origin)
// and a field path. A value that owns its text, so that a path kept in a variable never dangles.
class FieldPath {
 public:
  FieldPath() = default;
  explicit FieldPath(absl::string_view origin) : origin_(origin) {}

  FieldPath Field(absl::string_view name) const {
    return FieldPath(origin_, path_.empty() ? std::string(name) : absl::StrCat(path_, ".", name));
  }
  FieldPath Index(int64_t index) const {
    return FieldPath(origin_, absl::StrCat(path_, "[", index, "]"));
  }

  // Where the config came from; empty when nobody said.
  std::string origin() const { return origin_; }
  // The field path alone.
  std::string path() const { return path_; }

  std::string ToString() const {
    if (origin_.empty()) return path_;
    return path_.empty() ? origin_ : absl::StrCat(origin_, ": ", path_);
  }

  // INVALID_ARGUMENT with this path and `problem`, e.g. "must be > 0, got -2".
  absl::Status Invalid(absl::string_view problem) const {
    const std::string where = ToString();
    return absl::InvalidArgumentError(where.empty() ? std::string(problem)
                                                    : absl::StrCat(where, ": ", problem));
  }

 private:
  FieldPath(std::string origin, std::string path)
      : origin_(std::move(origin)), path_(std::move(path)) {}

  std::string origin_;
  std::string path_;
};

// The status with `path` before its message, unless the message says it already, as plugins that
// know their place do.
inline absl::Status AnnotateWithPath(const absl::Status& status, const FieldPath& path) {
  const std::string where = path.ToString();
  if (status.ok() || where.empty() || absl::StartsWith(status.message(), where + ": ") ||
      absl::StartsWith(status.message(), where + ".") ||
      absl::StartsWith(status.message(), where + "[")) {
    return status;
  }
  return absl::Status(status.code(), absl::StrCat(where, ": ", status.message()));
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_FIELD_PATH_H_
