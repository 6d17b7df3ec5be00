// What writing files needs of the system, with errors as values.

#ifndef DIDACT_FRAMEWORK_IO_DESCRIPTOR_H_
#define DIDACT_FRAMEWORK_IO_DESCRIPTOR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace didact {

// `path: problem: the system's words`, a Problem (framework/base/problem.h) of which `path` is the
// origin.
absl::Status SystemError(int error, absl::string_view path, absl::string_view problem);

// All of `bytes` to an open file, whose name errors begin with.
absl::Status WriteAll(int descriptor, absl::string_view bytes, absl::string_view path);

// Flushes to the disk; for pipes and terminals, which cannot be flushed, nothing.
absl::Status FlushDescriptor(int descriptor, absl::string_view path);

// Flushes and closes, closing in any case.
absl::Status FlushAndClose(int descriptor, absl::string_view path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_DESCRIPTOR_H_
