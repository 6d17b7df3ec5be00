// Writing to and flushing file descriptors, with errors as values.

#ifndef DIDACT_FRAMEWORK_IO_DESCRIPTOR_H_
#define DIDACT_FRAMEWORK_IO_DESCRIPTOR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace didact {

// Returns an error with the message `path: problem: description of the system error`, which is a
// Problem (framework/base/problem.h) with the origin `path`. `error`: the value of errno.
absl::Status SystemError(int error, absl::string_view path, absl::string_view problem);

// Writes all of `bytes` to an open file. Errors begin with `path`.
absl::Status WriteAll(int descriptor, absl::string_view bytes, absl::string_view path);

// Flushes the file to the disk. Does nothing for pipes and terminals, which cannot be flushed.
absl::Status FlushDescriptor(int descriptor, absl::string_view path);

// Flushes and closes. Closes the file even if flushing fails.
absl::Status FlushAndClose(int descriptor, absl::string_view path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_DESCRIPTOR_H_
