#include "didact/framework/config/data_files.h"

#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/array_reference.h"

namespace didact {
namespace {

constexpr absl::string_view kLibraries = "plugin_library[";

// Returns the first digits, which suffice for people to compare.
absl::string_view Short(absl::string_view sha256) { return sha256.substr(0, 12); }

// Returns the files that `name` may denote: the name itself, and the part before the colon if it
// names an array of a file.
std::vector<std::string> PathsOf(const std::string& name) {
  std::vector<std::string> paths = {name};
  const absl::StatusOr<ArrayReference> array = ParseArrayReference(name);
  if (array.ok() && array->path != name) paths.push_back(array->path);
  return paths;
}

bool IsRegularFile(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && !error;
}

}  // namespace

bool NamesData(absl::string_view field) { return !absl::StartsWith(field, kLibraries); }

std::vector<FileName> DataFileNames(const google::protobuf::Message& experiment,
                                    const PluginRegistry& registry) {
  std::vector<FileName> names = FileNamesIn(experiment, registry);
  std::erase_if(names, [](const FileName& name) { return !NamesData(name.field); });
  return names;
}

absl::StatusOr<std::vector<DataFile>> HashDataFiles(const google::protobuf::Message& experiment,
                                                    const PluginRegistry& registry, StopFlag stop) {
  return HashDataFiles(DataFileNames(experiment, registry), stop);
}

absl::StatusOr<std::vector<DataFile>> HashDataFiles(absl::Span<const FileName> names,
                                                    StopFlag stop) {
  std::vector<DataFile> files;
  for (const FileName& name : names) {
    for (const std::string& path : PathsOf(name.name)) {
      if (!IsRegularFile(path)) continue;
      absl::StatusOr<HashedFile> hashed = HashFile(path, stop);
      if (absl::IsCancelled(hashed.status())) return hashed.status();
      if (absl::IsAborted(hashed.status()))
        return AnnotateWithPath(hashed.status(), FieldPath().Field(name.field));
      if (!hashed.ok()) continue;
      files.push_back({name.field, path, std::move(hashed->sha256), hashed->stamp});
    }
  }
  return files;
}

absl::Status CheckUnchanged(absl::Span<const DataFile> files, const FieldPath& path) {
  Problems problems;
  for (const DataFile& file : files) {
    if (HasStamp(file.path, file.stamp)) continue;
    problems.Add(path.Field(file.field)
                     .Error(absl::StatusCode::kFailedPrecondition,
                            absl::StrCat(file.path, " was changed while it was read")));
  }
  return problems.ToStatus();
}

std::optional<std::string> HashBefore(absl::Span<const DataFile> before, const DataFile& file,
                                      bool same_path) {
  std::set<std::string> others;
  for (const DataFile& candidate : before) {
    if (candidate.field != file.field) continue;
    if (candidate.path == file.path) return candidate.sha256;
    others.insert(candidate.sha256);
  }
  if (same_path || others.size() != 1) return std::nullopt;
  return *others.begin();
}

std::vector<std::string> DataFileChanges(absl::Span<const DataFile> before,
                                         absl::Span<const DataFile> now, bool same_path) {
  std::vector<std::string> changes;
  for (const DataFile& file : now) {
    const std::optional<std::string> hash = HashBefore(before, file, same_path);
    if (!hash || *hash == file.sha256) continue;
    changes.push_back(absl::StrCat(file.field, ": ", file.path, " has SHA-256 ", Short(file.sha256),
                                   ", and had ", Short(*hash)));
  }
  return changes;
}

std::vector<DataFile> MergeDataFiles(std::vector<DataFile> before, absl::Span<const DataFile> now) {
  std::map<std::pair<std::string, std::string>, size_t> places;
  for (size_t i = 0; i < before.size(); ++i) places[{before[i].field, before[i].path}] = i;
  for (const DataFile& file : now) {
    const auto [place, is_new] = places.try_emplace({file.field, file.path}, before.size());
    if (is_new) {
      before.push_back(file);
    } else {
      before[place->second] = file;
    }
  }
  return before;
}

void MoveDataFiles(absl::Span<const FileNameChange> moves, std::vector<DataFile>& files) {
  std::vector<DataFile> moved;
  for (const DataFile& file : files) {
    for (const FileNameChange& move : moves) {
      DataFile now = file;
      if (move.field == "folder" && absl::StartsWith(file.path, move.before + "/")) {
        now.path = absl::StrCat(move.now, file.path.substr(move.before.size()));
      } else if (move.field == absl::StrCat("base.", file.field) &&
                 absl::c_linear_search(PathsOf(move.before), file.path)) {
        now.path = PathsOf(move.now).back();
      } else {
        continue;
      }
      moved.push_back(std::move(now));
    }
  }
  files = MergeDataFiles(std::move(files), moved);
}

std::vector<DataFile> DataFilesNamed(absl::Span<const DataFile> files,
                                     absl::Span<const FileName> names) {
  std::map<std::pair<absl::string_view, absl::string_view>, const DataFile*> by_name;
  for (const DataFile& file : files) by_name[{file.field, file.path}] = &file;
  std::vector<DataFile> named;
  for (const FileName& name : names) {
    for (const std::string& path : PathsOf(name.name)) {
      const auto found = by_name.find({name.field, path});
      if (found != by_name.end()) named.push_back(*found->second);
    }
  }
  return named;
}

}  // namespace didact
