#include "didact/framework/base/field_path.h"

#include "absl/strings/match.h"
#include "didact/framework/base/problem.h"

namespace didact {

bool FieldPath::Contains(const FieldPath& other) const {
  if (origin_ != other.origin_ || !absl::StartsWith(other.path_, path_)) return false;
  return path_.empty() || other.path_.size() == path_.size() || other.path_[path_.size()] == '.' ||
         other.path_[path_.size()] == '[';
}

std::string FieldPath::PathWithin(const FieldPath& inner) const {
  const std::string rest = inner.path_.substr(path_.size());
  return absl::StartsWith(rest, ".") ? rest.substr(1) : rest;
}

absl::Status FieldPath::Error(absl::StatusCode code, absl::string_view problem) const {
  return StatusOf(code, {{*this, std::string(problem), ""}});
}

absl::Status AnnotateWithPath(const absl::Status& status, const FieldPath& path) {
  if (status.ok() || path == FieldPath()) return status;
  const FieldPath known = ProblemsOf(status).front().path;
  if (known != FieldPath() && path.Contains(known)) return status;
  return path.Error(status.code(), status.message());
}

}  // namespace didact
