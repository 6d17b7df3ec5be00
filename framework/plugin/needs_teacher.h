// The error of a plugin that needs a teacher in an experiment without one.

#ifndef DIDACT_FRAMEWORK_PLUGIN_NEEDS_TEACHER_H_
#define DIDACT_FRAMEWORK_PLUGIN_NEEDS_TEACHER_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"

namespace didact {

// A teacher that suits any data, for messages.
inline constexpr absl::string_view kExampleTeacher =
    "teacher { hidden { width: 20 activation { [didact/Relu] {} } } outputs: 50 initializer { "
    "[didact/GaussianWeights] {} } }";

// Returns INVALID_ARGUMENT at `path`, the path of the plugin's config.
inline absl::Status NeedsTeacherError(const FieldPath& path) {
  return path.Invalid(
      absl::StrCat("needs a teacher, but the experiment has none; remove or replace it, or replace "
                   "student.outputs by a teacher, such as ",
                   kExampleTeacher));
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_NEEDS_TEACHER_H_
