// Prevents results of different data from being mixed.

#ifndef DIDACT_FRAMEWORK_EXECUTION_CHANGED_FILES_H_
#define DIDACT_FRAMEWORK_EXECUTION_CHANGED_FILES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/config/data_files.h"

namespace didact {

// Checks that a run or a sweep in `directory`, computed from the files `before` (std::nullopt:
// unknown), may continue with the files `now`. DataFileChanges compares them. With `allow` it may
// continue in any case, and a line for each difference is added to `notes`.
// Errors: FAILED_PRECONDITION with a line for each difference, which names field, file and both
// hashes; also if there are results and the files from which they were computed are unknown.
absl::Status CheckChangedFiles(const std::string& directory,
                               const std::optional<std::vector<DataFile>>& before,
                               absl::Span<const DataFile> now, bool same_path, bool allow,
                               std::vector<std::string>& notes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_CHANGED_FILES_H_
