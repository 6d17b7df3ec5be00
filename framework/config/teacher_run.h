// Takes a teacher from the directory of a run.

#ifndef DIDACT_FRAMEWORK_CONFIG_TEACHER_RUN_H_
#define DIDACT_FRAMEWORK_CONFIG_TEACHER_RUN_H_

#include "absl/status/status.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/network.pb.h"

namespace didact {

// Replaces `run` and `run_seed` of `teacher`, whose path is `path`, by what they stand for: the
// layers of the student of that run, and a first initializer that reads the student's weights after
// the last epoch. Does nothing without `run`.
// Errors: at the fields, NOT_FOUND if there is no such run; INVALID_ARGUMENT for a run whose trial
// has not finished or has kept no weights, for a run of several trials without `run_seed`, for a
// seed that the run does not have, and for fields that the run determines; NOT_FOUND if `registry`
// lacks didact.NpzWeights.
absl::Status ResolveTeacherRun(Teacher& teacher, const PluginRegistry& registry,
                               const FieldPath& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_TEACHER_RUN_H_
