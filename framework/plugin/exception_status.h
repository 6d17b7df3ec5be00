// Errors about plugins that throw, or are null.

#ifndef DIDACT_FRAMEWORK_PLUGIN_EXCEPTION_STATUS_H_
#define DIDACT_FRAMEWORK_PLUGIN_EXCEPTION_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "framework/base/field_path.h"

namespace didact {

// To be called where an exception is caught, whatever its type.
//
// Returns UNKNOWN with `PATH: plugin NAME threw an exception in METHOD: WHAT`. `path` and `plugin`: the
// place and the full name of the plugin's config; WHAT: the exception's own words, or its type if it is no
// std::exception.
absl::Status CaughtExceptionStatus(const FieldPath& path, absl::string_view plugin,
                                   absl::string_view method);

// UNKNOWN with `PATH: plugin NAME returned null from Build`.
absl::Status NullPluginStatus(const FieldPath& path, absl::string_view plugin);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_EXCEPTION_STATUS_H_
