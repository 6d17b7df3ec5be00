// Whether one experiment extends another: more seeds, more epochs, and otherwise the same training.

#ifndef DIDACT_FRAMEWORK_CONFIG_EXTENSION_H_
#define DIDACT_FRAMEWORK_CONFIG_EXTENSION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "framework/base/field_path.h"
#include "protos/experiment.pb.h"

namespace didact {

// The experiment without what an extension may change: name, seeds, epochs, checkpoints and plugin
// libraries.
Experiment UnextendedPart(const Experiment& experiment);

// Checks that `wanted` extends `done`, both resolved: it has all seeds of `done`, as many epochs or
// more, and is the same otherwise but for name, checkpoints and plugin libraries. `place` is what
// holds `done`, for messages.
// Errors: INVALID_ARGUMENT with a line for each field that differs, below `path`, the path of
// `wanted`: what it must be, as in `place`, and what it is.
absl::Status CheckExtension(const Experiment& done, const Experiment& wanted,
                            absl::string_view place, const FieldPath& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_EXTENSION_H_
