// The errors of plugins that need a teacher where there is none.

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

// For both functions, `path` is that of the plugin's config, at which they return INVALID_ARGUMENT.

// The error in an experiment without a teacher.
inline absl::Status NeedsTeacherError(const FieldPath& path) {
  return path.Invalid(
      absl::StrCat("needs a teacher, but the experiment has none; remove or replace it, or replace "
                   "student.outputs by a teacher, such as ",
                   kExampleTeacher));
}

// The error of an initializer that changes the student by means of the teacher, if the teacher's
// list has it or the experiment has no teacher.
inline absl::Status NeedsTeacherOfStudentError(const FieldPath& path) {
  return path.Invalid("must be an initializer of the student, in an experiment with a teacher");
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_NEEDS_TEACHER_H_
