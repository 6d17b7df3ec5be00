// Files and paths: reading with a limit, writing that is never seen half done, and lines appended
// one at a time.

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

// What a reader accepts when the caller names no limit: 16 GiB.
inline constexpr int64_t kDefaultMaxFileBytes = int64_t{1} << 34;

// All functions below are safe to call from several threads. Their errors begin with the path and
// end with the system's words: `out/x.npz: cannot be opened: Permission denied`.

// The whole contents of a regular file. Memory is taken as data arrive, never more than
// twice of it. Errors: NOT_FOUND, PERMISSION_DENIED; INVALID_ARGUMENT for a directory (`is a
// directory, a file is wanted`), a pipe or a device; OUT_OF_RANGE when there are more than `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     int64_t max_bytes = kDefaultMaxFileBytes);

// The same of a regular file or a pipe, whose writer it waits for.
absl::StatusOr<std::string> ReadFileOrPipe(const std::string& path, int64_t max_bytes);

// Replaces the file by `bytes`: a reader, or whoever comes after a crash, sees the old contents or
// the new, nothing between. Writes a file beside it, flushes it to the disk, renames it and flushes
// the directory. The directory must exist. After an error the old file is as it was and nothing is
// left beside it.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view bytes);

// Removes, durably, what processes that were killed left in the directory: files that
// WriteFileAtomically had not renamed yet, and directories that RemoveTree (remove_tree.h) had renamed
// already. No other process may be writing there.
absl::Status RemoveTemporaries(const std::string& directory);

// Makes durable which names are in a directory; empty: the working directory.
absl::Status FlushDirectory(const std::string& directory);

// Renames a file within a directory, over one that is there; not durable before the directory is
// flushed.
absl::Status RenameFile(const std::string& from, const std::string& to);

// Cuts a file that has at least `bytes` bytes off behind them, durably. Errors: OUT_OF_RANGE when it
// has fewer.
absl::Status TruncateFile(const std::string& path, int64_t bytes);

// Creates a directory in one that exists; one that exists already is fine. Not durable before the
// directory above it is flushed.
absl::Status CreateDirectory(const std::string& path);

// Creates the directory and those above it, durably. One that exists already is fine, and is made
// durable: another process may have created it without flushing it yet. A directory that this process may
// write but not read cannot be flushed; what is created there is left to the system.
absl::Status CreateDirectories(const std::string& path);

// Whether there is something at the path, or a directory. False also when it cannot be looked at.
bool PathExists(const std::string& path);
bool IsDirectory(const std::string& path);

// `name` seen from `directory`: an absolute name, or any name when the directory is empty, stays as
// it is.
std::string JoinPath(absl::string_view directory, absl::string_view name);

// The part before the last `/`: empty when there is none, `/` for an entry of the root.
std::string DirectoryName(absl::string_view path);

// The part after the last `/`.
std::string BaseName(absl::string_view path);

// The names in a directory without `.` and `..`, sorted by bytes.
absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path);

// Removes a file; one that is not there is fine.
absl::Status RemoveFile(const std::string& path);

// Appends lines to a file, for one JSON object per line. A line reaches the operating system in one
// write, so that a reader sees whole lines only, and what was appended survives the end of this
// process; a line that does not fit on the disk is taken back if it can be. Ownership: owns the open file.
// Threads: one at a time.
class LineWriter {
 public:
  enum class Existing {
    kReplace,  // a file that exists is emptied
    kKeep,     // lines go after those that are there
  };

  static absl::StatusOr<LineWriter> Open(const std::string& path, Existing existing);

  LineWriter(LineWriter&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  LineWriter& operator=(LineWriter&& other) noexcept;
  ~LineWriter();

  // Writes `line` and a newline. INVALID_ARGUMENT when the line has a newline in it.
  absl::Status Append(absl::string_view line);

  // Flushes to the disk: what was appended then survives the end of the machine, too.
  absl::Status Flush();

  // Flushes to the disk and closes; says what the destructor cannot. Nothing may be appended
  // afterwards.
  absl::Status Close();

 private:
  LineWriter(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_FILE_H_
