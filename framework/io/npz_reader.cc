#include <zip.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file_kind.h"
#include "didact/framework/io/file_reader.h"
#include "didact/framework/io/growing_read.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/io/prepare_libzip.h"
#include "didact/framework/io/zip_directory.h"
#include "didact/framework/io/zip_error.h"

namespace didact {
namespace {

constexpr absl::string_view kSuffix = ".npy";
constexpr size_t kMaxListedNames = 100;

std::string MessageOf(zip_error_t* error) {
  if (zip_error_code_zip(error) == ZIP_ER_CRC)
    return "the data are damaged: their checksum is wrong";
  return absl::StrCat("the zip member cannot be read: ", zip_error_strerror(error));
}

absl::Status Invalid(absl::string_view name, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(name, ": ", problem));
}

// Checks the end of an archive (CheckZipDirectory), and says what a file is that begins otherwise.
absl::Status CheckIsArchive(absl::string_view head, absl::string_view tail, int64_t archive_bytes,
                            const std::string& path) {
  const absl::Status checked = CheckZipDirectory(tail, archive_bytes);
  if (checked.ok()) return checked;
  const absl::string_view kind = absl::StartsWith(head, "PK") ? "" : KindOfFile(head);
  return Invalid(path, absl::StrCat(checked.message(), kind));
}

}  // namespace

struct NpzReader::Archive {
  ~Archive() {
    if (zip != nullptr) zip_discard(zip);
  }

  // Lists the members once `zip` is open.
  absl::Status ReadNames();

  std::string path;
  std::string bytes;  // the archive, if it is held in memory
  int64_t archive_bytes = 0;
  zip_t* zip = nullptr;
  std::vector<std::string> names;
  std::map<std::string, zip_uint64_t, std::less<>> members;
};

absl::Status NpzReader::Archive::ReadNames() {
  const zip_int64_t count = zip_get_num_entries(zip, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const zip_uint64_t index = static_cast<zip_uint64_t>(i);
    const char* member = zip_get_name(zip, index, ZIP_FL_ENC_RAW);
    if (member == nullptr) return Invalid(path, zip_strerror(zip));
    absl::string_view name = member;
    if (!absl::ConsumeSuffix(&name, kSuffix)) continue;
    if (!members.emplace(name, index).second) {
      return Invalid(path,
                     absl::StrCat("has two arrays named \"", absl::Utf8SafeCHexEscape(name), "\""));
    }
    names.emplace_back(name);
  }
  return absl::OkStatus();
}

NpzReader::NpzReader(std::unique_ptr<Archive> archive) : archive_(std::move(archive)) {}
NpzReader::NpzReader(NpzReader&&) noexcept = default;
NpzReader& NpzReader::operator=(NpzReader&&) noexcept = default;
NpzReader::~NpzReader() = default;

absl::StatusOr<NpzReader> NpzReader::Open(const std::string& path) {
  auto archive = std::make_unique<Archive>();
  archive->path = path;
  DIDACT_ASSIGN_OR_RETURN(const FileReader file, FileReader::Open(path));
  archive->archive_bytes = file.size();
  const int64_t tail_bytes = std::min(file.size(), kZipTailBytes);
  DIDACT_ASSIGN_OR_RETURN(const std::string tail,
                          file.ReadAt(file.size() - tail_bytes, tail_bytes));
  DIDACT_ASSIGN_OR_RETURN(
      const std::string head,
      file.ReadAt(0, std::min(file.size(), static_cast<int64_t>(kFileKindBytes))));
  DIDACT_RETURN_IF_ERROR(CheckIsArchive(head, tail, file.size(), path));
  PrepareLibzip();
  int code = 0;
  archive->zip = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (archive->zip == nullptr) return Invalid(path, ZipError(code).Message());
  DIDACT_RETURN_IF_ERROR(archive->ReadNames());
  return NpzReader(std::move(archive));
}

absl::StatusOr<NpzReader> NpzReader::FromBytes(std::string bytes, std::string name) {
  auto archive = std::make_unique<Archive>();
  archive->path = std::move(name);
  archive->bytes = std::move(bytes);
  archive->archive_bytes = static_cast<int64_t>(archive->bytes.size());
  const absl::string_view all = archive->bytes;
  const size_t tail_bytes = std::min(all.size(), static_cast<size_t>(kZipTailBytes));
  DIDACT_RETURN_IF_ERROR(CheckIsArchive(all.substr(0, kFileKindBytes),
                                        all.substr(all.size() - tail_bytes), archive->archive_bytes,
                                        archive->path));
  PrepareLibzip();
  ZipError error;
  zip_source_t* source = zip_source_buffer_create(all.data(), all.size(), /*freep=*/0, error.get());
  if (source == nullptr) return Invalid(archive->path, error.Message());
  archive->zip = zip_open_from_source(source, ZIP_RDONLY, error.get());
  if (archive->zip == nullptr) {
    zip_source_free(source);
    return Invalid(archive->path, error.Message());
  }
  DIDACT_RETURN_IF_ERROR(archive->ReadNames());
  return NpzReader(std::move(archive));
}

std::string NpzReader::path() const { return archive_->path; }

std::vector<std::string> NpzReader::names() const { return archive_->names; }

std::string NpzReader::NameList() const {
  const absl::Span<const std::string> names = archive_->names;
  if (names.empty()) return "none";
  const absl::Span<const std::string> first = names.subspan(0, kMaxListedNames);
  std::string list = absl::Utf8SafeCHexEscape(absl::StrJoin(first, ", "));
  if (first.size() < names.size()) {
    absl::StrAppend(&list, " and ", names.size() - first.size(), " more");
  }
  return list;
}

bool NpzReader::Has(absl::string_view name) const { return archive_->members.contains(name); }

absl::StatusOr<NpyArray> NpzReader::Read(absl::string_view name, int64_t max_bytes) const {
  const auto member = archive_->members.find(name);
  if (member == archive_->members.end()) {
    return absl::NotFoundError(absl::StrCat(archive_->path, ": no array \"",
                                            absl::Utf8SafeCHexEscape(name),
                                            "\"; the file has: ", NameList()));
  }
  const std::string origin =
      absl::StrCat(archive_->path, ": array \"", absl::Utf8SafeCHexEscape(name), "\"");
  zip_t* const zip = archive_->zip;
  zip_stat_t properties;
  if (zip_stat_index(zip, member->second, 0, &properties) != 0) {
    return Invalid(origin, MessageOf(zip_get_error(zip)));
  }
  if (properties.comp_method != ZIP_CM_STORE && properties.comp_method != ZIP_CM_DEFLATE) {
    return Invalid(
        origin, absl::StrCat("expected a stored or deflated zip member, found compression method ",
                             properties.comp_method));
  }
  if (properties.size > static_cast<zip_uint64_t>(max_bytes)) {
    return absl::OutOfRangeError(absl::StrCat(origin, ": has ", properties.size,
                                              " bytes, more than the ", max_bytes, " allowed"));
  }
  zip_file_t* file = zip_fopen_index(zip, member->second, 0);
  if (file == nullptr) return Invalid(origin, MessageOf(zip_get_error(zip)));
  const absl::Cleanup close = [file] { zip_fclose(file); };

  int64_t position = 0;
  const auto read_some = [&](char* buffer, int64_t size) -> absl::StatusOr<int64_t> {
    const zip_int64_t count = zip_fread(file, buffer, static_cast<zip_uint64_t>(size));
    if (count < 0) {
      return Invalid(origin,
                     absl::StrCat("byte ", position, ": ", MessageOf(zip_file_get_error(file))));
    }
    position += count;
    return static_cast<int64_t>(count);
  };
  // A stored member has a known size; the size of a deflated one is known only once it is inflated.
  const int64_t declared = static_cast<int64_t>(properties.size);
  const int64_t expected = std::min(declared, archive_->archive_bytes);
  std::string bytes;
  DIDACT_ASSIGN_OR_RETURN(const StreamEnd end,
                          ReadGrowing(origin, read_some, expected, declared, bytes));
  if (end == StreamEnd::kOverLimit || static_cast<int64_t>(bytes.size()) < declared) {
    return Invalid(origin, absl::StrCat("byte ", bytes.size(), ": expected ", declared,
                                        " bytes as the zip directory says, found ",
                                        end == StreamEnd::kOverLimit ? "more" : "the end"));
  }
  return ParseNpy(std::move(bytes), origin);
}

}  // namespace didact
