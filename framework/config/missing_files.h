// Adds to errors about missing files what the user can do.

#ifndef DIDACT_FRAMEWORK_CONFIG_MISSING_FILES_H_
#define DIDACT_FRAMEWORK_CONFIG_MISSING_FILES_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// Returns `problems`, the errors found when a trial of `experiment` was built, with an explanation
// for every file that `experiment` names and that does not exist (except plugin libraries). If some
// problems are at the field that names the file, `; ` and `remedy(file)` are appended to their
// texts; otherwise a problem at this field is added. `path` is the origin of the experiment. OK
// stays OK.
absl::Status ExplainMissingFiles(const absl::Status& problems, const FieldPath& path,
                                 const Experiment& experiment, const PluginRegistry& registry,
                                 absl::FunctionRef<std::string(const FileName& file)> remedy);

// Returns `if it was moved, say where it is now: didact resume runs/x
// --set=train_data.inputs=FILE`, with DIR instead of FILE for the field `folder` of a sweep.
std::string HowToSayWhereItIs(const std::string& directory, const std::string& field);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_MISSING_FILES_H_
