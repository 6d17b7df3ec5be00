// The data files that an experiment names, identified by their SHA-256, so that results that were
// computed from different data are not mixed.

#ifndef DIDACT_FRAMEWORK_CONFIG_DATA_FILES_H_
#define DIDACT_FRAMEWORK_CONFIG_DATA_FILES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/io/file_hash.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/message.h"

namespace didact {

// A data file that an experiment reads.
struct DataFile {
  std::string field;   // the field that names it, e.g. "train_data.inputs"
  std::string path;    // without the name of an array; empty if it was not recorded
  std::string sha256;  // 64 hexadecimal digits
  FileStamp stamp;     // taken when this process read the bytes
};

// Returns true if `field`, one that names a file, names a data file. All such fields do, except
// `plugin_library`.
bool NamesData(absl::string_view field);

// Returns the names of data files in an experiment. Plugin libraries are not among them;
// framework/plugin/library/used_libraries.h finds those.
std::vector<FileName> DataFileNames(const google::protobuf::Message& experiment,
                                    const PluginRegistry& registry);

// Returns the data files that an experiment names, in the order of its fields, with their hashes
// (HashFile). A name that is not that of a readable regular file is left out; whatever needs the
// file reports that.
// Errors: ABORTED for a file that changes while it is read; CANCELLED soon after `stop` is set.
absl::StatusOr<std::vector<DataFile>> HashDataFiles(const google::protobuf::Message& experiment,
                                                    const PluginRegistry& registry,
                                                    StopFlag stop = nullptr);
absl::StatusOr<std::vector<DataFile>> HashDataFiles(absl::Span<const FileName> names,
                                                    StopFlag stop = nullptr);

// Checks that the files are still those that were hashed (HasStamp). Errors: FAILED_PRECONDITION
// with a line for each that is not, `CONFIG: train_data.inputs: FILE was changed while it was
// read`, below `path`.
absl::Status CheckUnchanged(absl::Span<const DataFile> files, const FieldPath& path);

// Returns the hash that the file of this field had `before`. If `before` has an entry for the field
// with the path of `file`, it is that entry's hash. Otherwise the file may have been moved: unless
// `same_path`, it is the hash of the field's other entries, if these all have the same one.
// std::nullopt if the hash is unknown.
std::optional<std::string> HashBefore(absl::Span<const DataFile> before, const DataFile& file,
                                      bool same_path);

// Returns how the files `now` differ from those `before`, as found by HashBefore. A file whose
// earlier hash is unknown does not count as different. An entry for each that differs:
//
//   train_data.inputs: FILE has SHA-256 0a1b2c3d4e5f, and had 8c9d0e1f2a3b
std::vector<std::string> DataFileChanges(absl::Span<const DataFile> before,
                                         absl::Span<const DataFile> now, bool same_path);

// Returns the files of both lists, first those of `before`. If both have an entry for the same
// field and path, the one of `now` is taken.
std::vector<DataFile> MergeDataFiles(std::vector<DataFile> before, absl::Span<const DataFile> now);

// Adds to `files` an entry for the new place of each file that has moved, with its old hash.
// `moves` are those of a sweep: their fields are `base.train_data.inputs` and the like, or
// `folder`.
void MoveDataFiles(absl::Span<const FileNameChange> moves, std::vector<DataFile>& files);

// Returns the entries of `files` whose field and path are among `names`, in the order of `names`.
std::vector<DataFile> DataFilesNamed(absl::Span<const DataFile> files,
                                     absl::Span<const FileName> names);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_DATA_FILES_H_
