// The files of data that an experiment names, by their bytes: results of other bytes are not mixed
// with those that are there.

#ifndef DIDACT_FRAMEWORK_CONFIG_DATA_FILES_H_
#define DIDACT_FRAMEWORK_CONFIG_DATA_FILES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "framework/base/field_path.h"
#include "framework/base/stop.h"
#include "framework/config/file_names.h"
#include "framework/io/file_hash.h"
#include "framework/plugin/registry.h"
#include "google/protobuf/message.h"

namespace didact {

// A file that an experiment reads.
struct DataFile {
  std::string field;   // which names it, e.g. "train_data.inputs"
  std::string path;    // without the name of an array in it; empty: not recorded
  std::string sha256;  // of its bytes, 64 hexadecimal digits
  FileStamp stamp;     // when they were read, by this process
};

// True if `field`, which names a file, names a file of data: all such fields do, except those for plugin libraries.
bool NamesData(absl::string_view field);

// The names of files in an experiment, but for those of plugin libraries, which are known otherwise
// (framework/plugin/library/used_libraries.h).
std::vector<FileName> DataFileNames(const google::protobuf::Message& experiment,
                                    const PluginRegistry& registry);

// The files that an experiment names, in the order of its fields, with their hashes (HashFile says
// what these cost). Names of what is no regular file, or cannot be read, are left out: whatever needs
// them says what is wrong.
// Errors: ABORTED for a file that is being changed; CANCELLED soon after `stop` is set.
absl::StatusOr<std::vector<DataFile>> HashDataFiles(const google::protobuf::Message& experiment,
                                                    const PluginRegistry& registry,
                                                    StopFlag stop = nullptr);
absl::StatusOr<std::vector<DataFile>> HashDataFiles(absl::Span<const FileName> names,
                                                    StopFlag stop = nullptr);

// Checks that the files are still those that were hashed. Errors: FAILED_PRECONDITION with a line for
// each that is not, `CONFIG: train_data.inputs: FILE was changed while it was read`, below `path`.
absl::Status CheckUnchanged(absl::Span<const DataFile> files, const FieldPath& path);

// The hash of the bytes that the field of `file` had among `before`: at the same path if that is
// recorded, otherwise, unless `same_path`, at any, if there is but one. Nothing: it is not known.
std::optional<std::string> HashBefore(absl::Span<const DataFile> before, const DataFile& file,
                                      bool same_path);

// How the files `now` differ from those `before`, found as HashBefore does: for each that does,
//
//   train_data.inputs: FILE has SHA-256 0a1b2c3d4e5f, and had 8c9d0e1f2a3b
std::vector<std::string> DataFileChanges(absl::Span<const DataFile> before,
                                         absl::Span<const DataFile> now, bool same_path);

// The files `before`, those that are among `now`, by field and path, as `now` says, and the rest of `now`.
std::vector<DataFile> MergeDataFiles(std::vector<DataFile> before, absl::Span<const DataFile> now);

// Adds, for files that have moved, the new place with the hash of the old one. `moves` are those of
// a sweep: fields `base.train_data.inputs` and the like, and `folder`.
void MoveDataFiles(absl::Span<const FileNameChange> moves, std::vector<DataFile>& files);

// The entries of `files` whose field and name are in `names`, in the order of `names`.
std::vector<DataFile> DataFilesNamed(absl::Span<const DataFile> files,
                                     absl::Span<const FileName> names);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_DATA_FILES_H_
