// Checks whether one experiment extends another: it has more seeds or epochs, and otherwise trains
// in the same way.

#ifndef DIDACT_FRAMEWORK_CONFIG_EXTENSION_H_
#define DIDACT_FRAMEWORK_CONFIG_EXTENSION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// Returns the experiment without the fields that an extension may change: name, seeds, epochs,
// settings of checkpoints, and plugin libraries.
Experiment UnextendedPart(const Experiment& experiment);

// Checks that `wanted` extends `done`, both resolved: it has all seeds of `done`, at least as many
// epochs, and the same UnextendedPart. `place` names the directory of `done` in messages.
// Errors: INVALID_ARGUMENT with a line for each field that differs, below `path`, the path of
// `wanted`: the required value, `place`, and the value found. Also if there are more epochs and a
// replay spreads its steps over their number.
absl::Status CheckExtension(const Experiment& done, const Experiment& wanted,
                            absl::string_view place, const FieldPath& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_EXTENSION_H_
