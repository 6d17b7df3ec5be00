// Errors about plugins: that they throw, that they are null, and what they return.

#ifndef DIDACT_FRAMEWORK_PLUGIN_EXCEPTION_STATUS_H_
#define DIDACT_FRAMEWORK_PLUGIN_EXCEPTION_STATUS_H_

#include <exception>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "framework/base/field_path.h"

namespace didact {

// Carries the status of an exception that came out of a plugin up to the methods of the trial, which return it. It
// never leaves the framework.
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

// To be called where an exception is caught, whatever its type: what it says, on one line, with control characters and
// bytes that are not UTF-8 escaped and a long text shortened; or its type if it says nothing.
std::string CaughtWords();

// `returned CODE from FUNCTION, without a message` or `returned CODE from FUNCTION: WORDS`, of an error that a function
// returned.
std::string ReturnedWords(const absl::Status& error, absl::string_view function);

// To be called where an exception is caught, whatever its type.
//
// Returns UNKNOWN with `PATH: plugin NAME threw an exception in METHOD: WORDS`; the status of a PluginException, which
// a plugin within the plugin has caused. `path` and `plugin`: the place and the full name of the plugin's config; WORDS:
// CaughtWords().
absl::Status CaughtExceptionStatus(const FieldPath& path, absl::string_view plugin,
                                   absl::string_view method);

// UNKNOWN with `PATH: plugin NAME returned null from Build`.
absl::Status NullPluginStatus(const FieldPath& path, absl::string_view plugin);

// An error that a method of a plugin returned, as the framework hands it on: `error` with the plugin's place before its
// message, in which control characters other than newlines are escaped, and which is shortened if it is very long.
// Without a message it is `PATH: plugin NAME returned INTERNAL from METHOD, without a message`. CANCELLED, which in the
// framework means that the stop flag is set (framework/base/stop.h), becomes UNKNOWN with `PATH: plugin NAME returned
// CANCELLED from METHOD: WORDS`.
absl::Status ReturnedErrorStatus(const FieldPath& path, absl::string_view plugin,
                                 absl::string_view method, const absl::Status& error);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_EXCEPTION_STATUS_H_
