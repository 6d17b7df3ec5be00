// The error of a plugin that needs a teacher in an experiment without one.

#ifndef DIDACT_FRAMEWORK_PLUGIN_NEEDS_TEACHER_H_
#define DIDACT_FRAMEWORK_PLUGIN_NEEDS_TEACHER_H_

#include "absl/status/status.h"
#include "didact/framework/base/field_path.h"

namespace didact {

// Returns INVALID_ARGUMENT at `path`, the path of the plugin's config.
inline absl::Status NeedsTeacherError(const FieldPath& path) {
  return path.Invalid(
      "needs a teacher, but the experiment has none; remove or replace it, or replace "
      "student.outputs by a teacher, such as teacher { hidden { width: 20 activation { "
      "[didact/Relu] {} } } outputs: 50 initializer { [didact/GaussianWeights] {} } }");
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_NEEDS_TEACHER_H_
