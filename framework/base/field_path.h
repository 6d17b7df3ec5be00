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

// A file (or another origin) and a field path, such as
// `two_layer.textproto: student.hidden[1].activation.negative_slope`. Owns its text.
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

  // The file or other origin of the config; empty if none was given.
  std::string origin() const { return origin_; }
  // The field path alone.
  std::string path() const { return path_; }

  std::string ToString() const {
    if (origin_.empty()) return path_;
    return path_.empty() ? origin_ : absl::StrCat(origin_, ": ", path_);
  }

  // INVALID_ARGUMENT whose message is this path and `problem`, e.g. "must be > 0, got -2".
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

// Puts `path` before the message of a failure, unless the message begins with it already.
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
