// Files and paths: reading with a size limit, atomic replacement, and appending lines.

#ifndef DIDACT_FRAMEWORK_IO_FILE_H_
#define DIDACT_FRAMEWORK_IO_FILE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace didact {

// Default size limit of readers: 16 GiB.
inline constexpr int64_t kDefaultMaxFileBytes = int64_t{1} << 34;

// All functions below are safe to call from several threads. Their errors begin with the path and
// end with the description of the system error: `out/x.npz: cannot be opened: Permission denied`.

// Returns the whole contents of a regular file. Memory grows with the data that arrive, up to twice
// their size.
// Errors: NOT_FOUND, PERMISSION_DENIED; INVALID_ARGUMENT for a directory (`is a directory, a file
// is wanted`), a pipe or a device; OUT_OF_RANGE for a file of more than `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     int64_t max_bytes = kDefaultMaxFileBytes);

// Like ReadFile, but also reads from a pipe, whose writer it waits for.
absl::StatusOr<std::string> ReadFileOrPipe(const std::string& path, int64_t max_bytes);

// Replaces the file by `bytes` atomically: after a crash, and for concurrent readers, the file has
// either the old or the new contents. Writes a temporary file in the same directory, flushes it to
// the disk, renames it and flushes the directory. The directory must exist. After an error the old
// file is unchanged and the temporary file is removed.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view bytes);

// Durably removes what killed processes left in the directory: temporary files of
// WriteFileAtomically, and directories that RemoveTree (remove_tree.h) had renamed already. No
// other process may be writing in the directory.
absl::Status RemoveTemporaries(const std::string& directory);

// Makes the names in a directory durable. An empty name is the working directory.
absl::Status FlushDirectory(const std::string& directory);

// Renames a file within a directory and replaces an existing one. Durable only once the directory
// is flushed.
absl::Status RenameFile(const std::string& from, const std::string& to);

// Durably shortens a file to its first `bytes` bytes. Errors: OUT_OF_RANGE if it has fewer.
absl::Status TruncateFile(const std::string& path, int64_t bytes);

// Creates a directory in an existing one; succeeds if it exists already. Durable only once the
// parent directory is flushed.
absl::Status CreateDirectory(const std::string& path);

// Durably creates the directory and its parents. A directory that exists already is flushed too,
// because another process may have created it without flushing. A directory that this process may
// write but not read cannot be flushed; entries created there become durable when the system writes
// them.
absl::Status CreateDirectories(const std::string& path);

// PathExists returns true if anything exists at the path, IsDirectory if that is a directory. Both
// return false if the path cannot be inspected.
bool PathExists(const std::string& path);
bool IsDirectory(const std::string& path);

// Returns `path` with the home folder in place of a leading `~`, and that of a user in place of
// `~USER`, as a shell has it for a word of its own, but not within `--out=~/x`. A path of a user
// who does not exist is returned unchanged; `./~` names a file that is called so.
std::string ExpandHome(absl::string_view path);

// Returns `name` relative to `directory`. An absolute name, or any name if the directory is empty,
// is returned unchanged.
std::string JoinPath(absl::string_view directory, absl::string_view name);

// The part before the last `/`: empty if there is none, `/` for an entry of the root.
std::string DirectoryName(absl::string_view path);

// The part after the last `/`.
std::string BaseName(absl::string_view path);

// The names in a directory without `.` and `..`, sorted by bytes.
absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path);

// Removes a file; succeeds if there is none.
absl::Status RemoveFile(const std::string& path);

// Appends lines to a file, for example one JSON object per line. Each line is written by one system
// call, so that readers see whole lines only, and appended lines survive the end of this process. A
// line that does not fit on the disk is removed again if possible.
// Ownership: owns the open file.
// Threads: one at a time.
class LineWriter {
 public:
  enum class Existing {
    kReplace,  // an existing file is emptied
    kKeep,     // lines are appended to an existing file
  };

  static absl::StatusOr<LineWriter> Open(const std::string& path, Existing existing);

  LineWriter(LineWriter&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  LineWriter& operator=(LineWriter&& other) noexcept;
  ~LineWriter();

  // Writes `line` and a newline. INVALID_ARGUMENT if the line contains a newline.
  absl::Status Append(absl::string_view line);

  // Flushes to the disk: lines appended before also survive a crash of the machine.
  absl::Status Flush();

  // Flushes to the disk and closes; reports errors that the destructor cannot report. Nothing may
  // be appended afterwards.
  absl::Status Close();

 private:
  LineWriter(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_FILE_H_
