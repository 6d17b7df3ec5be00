#include "tests/faults/disk_model.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace didact {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSectorBytes = 512;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string Relative(const std::string& path, const std::string& folder) {
  return path.size() <= folder.size() ? "" : path.substr(folder.size() + 1);
}

absl::Status Unexpected(const std::string& path, const char* problem) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", problem));
}

bool CoinShowsHeads(std::mt19937_64& random) { return random() % 2 == 0; }

size_t SomeLength(size_t flushed, size_t written, std::mt19937_64& random) {
  switch (random() % 3) {
    case 0:
      return flushed;
    case 1:
      return written;
    default:
      const auto [least, most] = std::minmax(flushed, written);
      return least + random() % (most - least + 1);
  }
}

// Returns some sectors as they were flushed, the others as they were written.
std::string SomeBytes(const std::string& flushed, const std::string& written,
                      std::mt19937_64& random) {
  std::string bytes = flushed;
  bytes.resize(SomeLength(flushed.size(), written.size(), random), '\0');
  for (size_t begin = 0; begin < bytes.size(); begin += kSectorBytes) {
    if (begin >= written.size() || CoinShowsHeads(random)) continue;
    const size_t end = std::min({begin + kSectorBytes, bytes.size(), written.size()});
    std::copy(written.begin() + static_cast<std::ptrdiff_t>(begin),
              written.begin() + static_cast<std::ptrdiff_t>(end),
              bytes.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  return bytes;
}

std::string BytesLeft(const std::string& flushed, const std::string& written, Kept kept,
                      std::mt19937_64& random) {
  if (kept == Kept::kNothing || kept == Kept::kNames) return flushed;
  if (kept == Kept::kSome) return SomeBytes(flushed, written, random);
  if (kept != Kept::kNamesAndLengths) return written;
  std::string bytes = flushed;
  bytes.resize(written.size(), '\0');
  return bytes;
}

}  // namespace

std::string Describe(const WriteOperation& operation) {
  switch (operation.kind) {
    case WriteKind::kBegin:
      return "the beginning";
    case WriteKind::kMakeDirectory:
      return absl::StrCat("mkdir ", operation.path);
    case WriteKind::kOpen:
      return absl::StrCat("open ", operation.path, " as ", operation.file);
    case WriteKind::kWrite:
      return absl::StrCat("write ", operation.data.size(), " bytes to ", operation.file);
    case WriteKind::kTruncate:
      return absl::StrCat("truncate ", operation.file);
    case WriteKind::kFlush:
      return absl::StrCat("flush ", operation.file);
    case WriteKind::kRename:
      return absl::StrCat("rename ", operation.path, " to ", operation.data);
    case WriteKind::kRemove:
      return absl::StrCat("remove ", operation.path);
  }
  return "";
}

std::vector<WriteOperation> ReadWriteLog(const std::string& log, const std::string& folder) {
  const std::string bytes = ReadAll(log);
  std::vector<WriteOperation> operations;
  for (size_t place = 0; place + sizeof(WriteHeader) <= bytes.size();) {
    WriteHeader header;
    std::memcpy(&header, bytes.data() + place, sizeof(header));
    place += sizeof(header);
    WriteOperation& operation = operations.emplace_back();
    operation.kind = header.kind;
    operation.process = header.process;
    operation.file = header.file;
    operation.value = header.value;
    operation.path = Relative(bytes.substr(place, header.path_bytes), folder);
    place += header.path_bytes;
    operation.data = bytes.substr(place, header.data_bytes);
    place += header.data_bytes;
    if (operation.kind == WriteKind::kRename) {
      operation.data = Relative(operation.data, folder);
    }
  }
  return operations;
}

DiskImage ReadDiskImage(const std::string& folder) {
  DiskImage image;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    std::optional<std::string>& bytes = image[Relative(entry.path().string(), folder)];
    if (!entry.is_directory()) bytes = ReadAll(entry.path().string());
  }
  return image;
}

void WriteDiskImage(const DiskImage& image, const std::string& folder) {
  fs::create_directory(folder);
  // A directory precedes its entries.
  for (const auto& [path, bytes] : image) {
    const std::string place = absl::StrCat(folder, "/", path);
    if (bytes) {
      std::ofstream(place, std::ios::binary) << *bytes;
    } else {
      fs::create_directory(place);
    }
  }
}

DiskModel::DiskModel(const DiskImage& durable) {
  Make(/*is_directory=*/true, "");
  for (const auto& [path, bytes] : durable) {
    const int node = Make(!bytes.has_value(), bytes.value_or(""));
    nodes_[node].flushed_bytes = nodes_[node].bytes;
    Node& directory = nodes_[Find(DirectoryOf(path))];
    directory.names[NameOf(path)] = node;
    directory.first_names = directory.names;
  }
}

int DiskModel::Make(bool is_directory, const std::string& bytes) {
  Node& node = nodes_.emplace_back();
  node.is_directory = is_directory;
  node.bytes = bytes;
  return static_cast<int>(nodes_.size()) - 1;
}

int DiskModel::Find(const std::string& path) const {
  if (path.empty()) return 0;
  const int directory = Find(DirectoryOf(path));
  if (directory < 0) return -1;
  const auto found = nodes_[directory].names.find(NameOf(path));
  return found == nodes_[directory].names.end() ? -1 : found->second;
}

const std::string* DiskModel::BytesOf(const std::string& path) const {
  const int node = Find(path);
  return node < 0 || nodes_[node].is_directory ? nullptr : &nodes_[node].bytes;
}

absl::Status DiskModel::SetNames(const std::vector<std::pair<std::string, int>>& paths) {
  Change change;
  for (const auto& [path, node] : paths) {
    const int directory = Find(DirectoryOf(path));
    if (directory < 0) return Unexpected(path, "its directory is not there");
    change.names.push_back({directory, NameOf(path), node});
  }
  for (const NewName& name : change.names) Set(name, nodes_[name.directory].names);
  changes_.push_back(std::move(change));
  return absl::OkStatus();
}

void DiskModel::Set(const NewName& name, Names& names) {
  if (name.node < 0) {
    names.erase(name.name);
  } else {
    names[name.name] = name.node;
  }
}

absl::Status DiskModel::Open(const WriteOperation& operation) {
  int node = Find(operation.path);
  if (node < 0) {
    if ((operation.value & O_CREAT) == 0) return Unexpected(operation.path, "is not there");
    node = Make(/*is_directory=*/false, "");
    if (absl::Status made = SetNames({{operation.path, node}}); !made.ok()) return made;
  }
  if ((operation.value & O_TRUNC) != 0) nodes_[node].bytes.clear();
  opened_nodes_[{operation.process, operation.file}] = node;
  return absl::OkStatus();
}

void DiskModel::Flush(int node) {
  nodes_[node].flushed_bytes = nodes_[node].bytes;
  for (Change& change : changes_) {
    for (const NewName& name : change.names) {
      if (name.directory == node) change.is_durable = true;
    }
  }
}

absl::Status DiskModel::Apply(const WriteOperation& operation) {
  const std::string& path = operation.path;
  switch (operation.kind) {
    case WriteKind::kBegin:
      std::erase_if(opened_nodes_,
                    [&](const auto& opened) { return opened.first.first == operation.process; });
      return absl::OkStatus();
    case WriteKind::kMakeDirectory:
      return SetNames({{path, Make(/*is_directory=*/true, "")}});
    case WriteKind::kOpen:
      return Open(operation);
    case WriteKind::kRemove:
      if (Find(path) < 0) return Unexpected(path, "is not there");
      return SetNames({{path, -1}});
    case WriteKind::kRename:
      if (Find(path) < 0) return Unexpected(path, "is not there");
      return SetNames({{path, -1}, {operation.data, Find(path)}});
    default:
      break;
  }
  const auto opened = opened_nodes_.find({operation.process, operation.file});
  if (opened == opened_nodes_.end()) return Unexpected("a file", "is used that is not open");
  Node& node = nodes_[opened->second];
  const size_t place = static_cast<size_t>(operation.value);
  if (operation.kind == WriteKind::kFlush) {
    Flush(opened->second);
  } else if (operation.kind == WriteKind::kTruncate) {
    node.bytes.resize(place, '\0');
  } else {
    node.bytes.resize(std::max(node.bytes.size(), place + operation.data.size()), '\0');
    node.bytes.replace(place, operation.data.size(), operation.data);
  }
  return absl::OkStatus();
}

bool DiskModel::IsKept(Kept kept, size_t position, size_t number, std::mt19937_64& random) {
  switch (kept) {
    case Kept::kNothing:
    case Kept::kBytes:
      return false;
    case Kept::kEverything:
    case Kept::kNames:
    case Kept::kNamesAndLengths:
      return true;
    case Kept::kNewestName:
      return position + 1 == number;
    case Kept::kAllButOldestName:
      return position != 0;
    case Kept::kAllButNextToNewestName:
      return position + 2 != number;
    case Kept::kSome:
      return CoinShowsHeads(random);
  }
  return false;
}

DiskImage DiskModel::Survivors(Kept kept, std::mt19937_64& random) const {
  std::vector<Names> names;
  for (const Node& node : nodes_) names.push_back(node.first_names);
  const size_t number = static_cast<size_t>(std::count_if(
      changes_.begin(), changes_.end(), [](const Change& change) { return !change.is_durable; }));
  size_t position = 0;
  for (const Change& change : changes_) {
    if (!change.is_durable && !IsKept(kept, position++, number, random)) continue;
    for (const NewName& name : change.names) Set(name, names[name.directory]);
  }
  DiskImage image;
  Collect(0, "", names, kept, random, image);
  return image;
}

void DiskModel::Collect(int number, const std::string& path, const std::vector<Names>& names,
                        Kept kept, std::mt19937_64& random, DiskImage& image) const {
  const Node& node = nodes_[number];
  if (node.is_directory) {
    if (!path.empty()) image[path] = std::nullopt;
    for (const auto& [name, child] : names[number]) {
      Collect(child, path.empty() ? name : absl::StrCat(path, "/", name), names, kept, random,
              image);
    }
    return;
  }
  image[path] = BytesLeft(node.flushed_bytes, node.bytes, kept, random);
}

std::vector<std::pair<const char*, DiskImage>> PossibleStates(const DiskModel& disk,
                                                              uint64_t moment) {
  constexpr std::array<std::pair<const char*, Kept>, 3> kByTurns = {
      {{"names", Kept::kNames},
       {"names and lengths", Kept::kNamesAndLengths},
       {"a part", Kept::kSome}}};
  std::vector<std::pair<const char*, Kept>> ways = {
      {"nothing", Kept::kNothing},
      {"everything", Kept::kEverything},
      {"bytes", Kept::kBytes},
      {"bytes and the newest name", Kept::kNewestName},
      {"all but the oldest name", Kept::kAllButOldestName},
      {"all but the next to newest name", Kept::kAllButNextToNewestName}};
  ways.push_back(kByTurns[moment % kByTurns.size()]);
  std::mt19937_64 random(moment);
  std::vector<std::pair<const char*, DiskImage>> states;
  for (const auto& [name, kept] : ways) states.emplace_back(name, disk.Survivors(kept, random));
  return states;
}

}  // namespace didact
