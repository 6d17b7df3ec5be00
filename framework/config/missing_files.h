// Says what to do about files that a config names and that are not where they were.

#ifndef DIDACT_FRAMEWORK_CONFIG_MISSING_FILES_H_
#define DIDACT_FRAMEWORK_CONFIG_MISSING_FILES_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "framework/base/field_path.h"
#include "framework/config/file_names.h"
#include "framework/plugin/registry.h"
#include "protos/experiment.pb.h"

namespace didact {

// The problems of a status (framework/base/problem.h) that show when the first trial of `experiment` is made: behind each that is about a file
// which is missing, and for each missing file that none is about in a problem of its own, stands what `remedy` says. `path`: where the
// experiment came from. OK stays OK.
absl::Status ExplainMissingFiles(const absl::Status& problems, const FieldPath& path,
                                 const Experiment& experiment, const PluginRegistry& registry,
                                 absl::FunctionRef<std::string(const FileName& file)> remedy);

// `if it was moved, say where it is now: didact resume runs/x --set=train_data.inputs=FILE`; DIR for the
// field `folder` of a sweep.
std::string HowToSayWhereItIs(const std::string& directory, const std::string& field);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_MISSING_FILES_H_
