// Writing to and flushing file descriptors, with errors as values.

#ifndef DIDACT_FRAMEWORK_IO_DESCRIPTOR_H_
#define DIDACT_FRAMEWORK_IO_DESCRIPTOR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace didact {

// Returns an error with the message `path: problem: description of the system error`, which is a
// Problem (framework/base/problem.h) with the origin `path`. `error`: the value of errno.
absl::Status SystemError(int error, absl::string_view path, absl::string_view problem);

// Returns true for the errors with which a file system says that it does not have an operation, as
// those of shared folders and of FUSE do for flushing directories and for locks. The operation
// can then only be left out, unlike one that failed.
bool IsUnsupported(int error);

// Writes all of `bytes` to an open file. Errors begin with `path`.
absl::Status WriteAll(int descriptor, absl::string_view bytes, absl::string_view path);

// Flushes the file to the disk. Does nothing for what cannot be flushed: pipes, terminals, and
// whatever a file system does not flush (IsUnsupported).
absl::Status FlushDescriptor(int descriptor, absl::string_view path);

// Flushes and closes. Closes the file even if flushing fails.
absl::Status FlushAndClose(int descriptor, absl::string_view path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_DESCRIPTOR_H_
