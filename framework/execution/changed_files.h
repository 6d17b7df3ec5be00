// Keeps results of different data apart.

#ifndef DIDACT_FRAMEWORK_EXECUTION_CHANGED_FILES_H_
#define DIDACT_FRAMEWORK_EXECUTION_CHANGED_FILES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "framework/config/data_files.h"

namespace didact {

// Checks that a run or a sweep in `directory` that was computed from the files `before` (nothing: unknown)
// may go on with the files `now`. They are compared as HashBefore finds them. With `allow` it may in any
// case, and `notes` gets a line for each difference.
// Errors: FAILED_PRECONDITION with a line for each difference, which names field, file and both hashes;
// or because there are results and it is not known what they were computed from.
absl::Status CheckChangedFiles(const std::string& directory,
                               const std::optional<std::vector<DataFile>>& before,
                               absl::Span<const DataFile> now, bool same_path, bool allow,
                               std::vector<std::string>& notes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_CHANGED_FILES_H_
