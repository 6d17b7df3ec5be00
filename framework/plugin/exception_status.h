// Errors about plugins that throw, are null, or return a failure.
//
// Three faults cannot be caught and end the process: an exception of a destructor; an exception of
// a static initializer of a library (the library's path is printed before); and a `Build` that
// returns absl::OkStatus() instead of a plugin, at which absl::StatusOr ends the process.

#ifndef DIDACT_FRAMEWORK_PLUGIN_EXCEPTION_STATUS_H_
#define DIDACT_FRAMEWORK_PLUGIN_EXCEPTION_STATUS_H_

#include <exception>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"

namespace didact {

// Carries the status of an exception of a plugin up to the methods of the trial, which return it.
// It never leaves the framework.
class PluginException final : public std::exception {
 public:
  explicit PluginException(absl::Status status)
      : status_(std::move(status)), words_(status_.message()) {}

  const absl::Status& status() const& { return status_; }
  const absl::Status& status() const&& = delete;
  const char* what() const noexcept override { return words_.c_str(); }

 private:
  absl::Status status_;
  std::string words_;
};

// Call it where an exception of any type is caught. Returns its message on one line, shortened if
// it is long, with control characters and bytes that are not UTF-8 escaped; or its type if it has
// no message.
std::string CaughtWords();

// Describes an error that a function returned: `returned CODE from FUNCTION, without a message` or
// `returned CODE from FUNCTION: WORDS`.
std::string ReturnedWords(const absl::Status& error, absl::string_view function);

// Call it where an exception of any type is caught. Returns UNKNOWN with `PATH: plugin NAME threw
// an exception in METHOD: WORDS`, or the status of a PluginException, which a plugin within the
// plugin has caused. `path` and `plugin`: the path and the full name of the plugin's config; WORDS:
// CaughtWords().
absl::Status CaughtExceptionStatus(const FieldPath& path, absl::string_view plugin,
                                   absl::string_view method);

// Returns UNKNOWN with `PATH: plugin NAME returned null from Build`.
absl::Status NullPluginStatus(const FieldPath& path, absl::string_view plugin);

// Returns an error of a plugin's method with the plugin's path before its message. Control
// characters other than newlines are escaped, and a very long message is shortened. An error
// without a message becomes `PATH: plugin NAME returned INTERNAL from METHOD, without a message`.
// CANCELLED, which in the framework means that the cancellation flag is set
// (framework/base/stop.h), becomes UNKNOWN with `PATH: plugin NAME returned CANCELLED from METHOD:
// WORDS`.
absl::Status ReturnedErrorStatus(const FieldPath& path, absl::string_view plugin,
                                 absl::string_view method, const absl::Status& error);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_EXCEPTION_STATUS_H_
