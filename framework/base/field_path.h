// The path from a config file to one of its fields, as error messages show it.

#ifndef DIDACT_FRAMEWORK_BASE_FIELD_PATH_H_
#define DIDACT_FRAMEWORK_BASE_FIELD_PATH_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
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

  // True if `other` has the same origin, and is this field or lies within it.
  bool Contains(const FieldPath& other) const;

  // Returns the field path of `inner`, which this path contains, relative to this field:
  // `initializer[1].path` for `student.initializer[1].path` within `student`; empty for this field
  // itself.
  std::string PathWithin(const FieldPath& inner) const;

  // Returns a status with a Problem (problem.h) at this path, whose text is `problem`, e.g. "must be
  // > 0, got -2"; its message is the path and the text. `code` must not be OK.
  absl::Status Error(absl::StatusCode code, absl::string_view problem) const;
  // The same with INVALID_ARGUMENT.
  absl::Status Invalid(absl::string_view problem) const {
    return Error(absl::StatusCode::kInvalidArgument, problem);
  }

  friend bool operator==(const FieldPath&, const FieldPath&) = default;

 private:
  FieldPath(std::string origin, std::string path)
      : origin_(std::move(origin)), path_(std::move(path)) {}

  std::string origin_;
  std::string path_;
};

// Gives the status the place `path` unless it has one that is at least as exact: a status whose
// first problem lies within `path`, such as that of a plugin that names its own fields, is returned
// unchanged. Any other becomes a single Problem at `path`, whose text is the whole message. OK
// stays OK.
absl::Status AnnotateWithPath(const absl::Status& status, const FieldPath& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_FIELD_PATH_H_
