// The possible contents of a disk after a power failure, at every moment of a recorded process.
//
// The model assumes only what POSIX guarantees. fsync of a file makes its bytes and its length
// durable, but not its name; fsync of a directory makes the names in it durable, but not the files.
// Data that have not been flushed may have reached the disk or not:
//
//   - Names: creating, renaming or removing one is atomic, also a renaming between two
//     directories, which is durable once one of them is flushed. Changes may be present although
//     earlier ones are not.
//   - Bytes: each sector of 512 bytes is as it was flushed last or as it was written last. The
//     length is that of the last flush, the latest, or between them. Bytes of which only the length
//     is present read as zeros.
//
// The model has no links, because the tool makes none.

#ifndef DIDACT_TESTS_FAULTS_DISK_MODEL_H_
#define DIDACT_TESTS_FAULTS_DISK_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/faults/write_log.h"

namespace didact {

// An entry of a log.
struct WriteOperation {
  WriteKind kind = WriteKind::kBegin;
  int file = 0;
  int64_t value = 0;
  std::string path;  // relative to the folder that was recorded, like the new path in `data`
  std::string data;
  int process = 0;
};

// Returns a text such as `rename out/a to out/b`.
std::string Describe(const WriteOperation& operation);

// Returns all entries of a log that concern files below `folder`.
std::vector<WriteOperation> ReadWriteLog(const std::string& log, const std::string& folder);

// The files below a folder by their relative paths; directories have no bytes.
using DiskImage = std::map<std::string, std::optional<std::string>>;

DiskImage ReadDiskImage(const std::string& folder);
// Writes the files below `folder`, which must not exist.
void WriteDiskImage(const DiskImage& image, const std::string& folder);

// The part of the changes that were not flushed but reached the disk all the same.
enum class Kept {
  kNothing,
  kEverything,
  kNames,            // no bytes: a new file is empty
  kNamesAndLengths,  // no bytes: a new file is full of zeros
  kBytes,            // no names: a new file is not there
  kNewestName,       // all bytes, and of the changes of names the newest alone
  kAllButOldestName,
  kAllButNextToNewestName,
  kSome,  // an arbitrary part of each
};

class DiskModel {
 public:
  // Everything in `durable` has been flushed.
  explicit DiskModel(const DiskImage& durable);

  // Errors: an operation that does not fit the earlier ones, or that the model does not support.
  absl::Status Apply(const WriteOperation& operation);

  // Returns the contents of the disk if the power fails now. `random` chooses for kSome.
  DiskImage Survivors(Kept kept, std::mt19937_64& random) const;

  // Returns the bytes that processes read now; null if there is no such file.
  const std::string* BytesOf(const std::string& path) const;

 private:
  // The entries of a directory: the numbers of their nodes, by name.
  using Names = std::map<std::string, int>;

  // A file or a directory.
  struct Node {
    bool is_directory = false;
    std::string bytes;
    std::string flushed_bytes;
    Names names;
    Names first_names;  // before all changes
  };

  // A name in a directory that is assigned to another node, or to none (-1).
  struct NewName {
    int directory = 0;
    std::string name;
    int node = -1;
  };
  struct Change {
    std::vector<NewName> names;
    bool is_durable = false;
  };

  int Make(bool is_directory, const std::string& bytes);
  // Makes one change of several paths, each with its new node.
  absl::Status SetNames(const std::vector<std::pair<std::string, int>>& paths);
  static void Set(const NewName& name, Names& names);
  absl::Status Open(const WriteOperation& operation);
  void Flush(int node);
  int Find(const std::string& path) const;  // -1: there is none
  // Returns true if the change at `position` (from 0, the oldest first) is kept, of `number`
  // changes that were not flushed.
  static bool IsKept(Kept kept, size_t position, size_t number, std::mt19937_64& random);
  void Collect(int node, const std::string& path, const std::vector<Names>& names, Kept kept,
               std::mt19937_64& random, DiskImage& image) const;

  std::vector<Node> nodes_;                          // the first is the folder itself
  std::vector<Change> changes_;                      // of names, in order
  std::map<std::pair<int, int>, int> opened_nodes_;  // by process and number of the file
};

// Returns possible states of the disk if the power fails now, each with a description of the part
// of the unflushed changes that it has. There is one state for each value of Kept, except that only
// one of kNames, kNamesAndLengths and kSome is used, which `moment` selects.
std::vector<std::pair<const char*, DiskImage>> PossibleStates(const DiskModel& disk,
                                                              uint64_t moment);

}  // namespace didact

#endif  // DIDACT_TESTS_FAULTS_DISK_MODEL_H_
