// Checks that the processes of a sweep have the same inputs before they begin.

#ifndef DIDACT_FRAMEWORK_EXECUTION_PROCESS_AGREEMENT_H_
#define DIDACT_FRAMEWORK_EXECUTION_PROCESS_AGREEMENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/execution/executor.h"
#include "didact/framework/plugin/registry.h"

namespace didact {

// All functions must be called by every process of `executor`, in the same order. Their errors
// include UNAVAILABLE, as in Executor::Share.

// Broadcasts the root's `flag`.
absl::Status ShareFlag(Executor& executor, bool& flag);

// Checks that this process, named `process`, has the same plugin libraries as the root, because
// libraries with one name may differ from machine to machine. `directory` is that of the sweep, for
// messages.
// Errors, in all processes: FAILED_PRECONDITION with the libraries of both.
absl::Status AgreeOnLibraries(Executor& executor, const std::string& directory,
                              const std::string& process,
                              absl::Span<const PluginLibraryInfo> libraries);

// Checks in the same way that this process finds the same data files as the root.
// Errors, in all processes: FAILED_PRECONDITION with the first file that differs.
absl::Status AgreeOnFiles(Executor& executor, const std::string& directory,
                          const std::string& process, absl::Span<const DataFile> files);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_PROCESS_AGREEMENT_H_
