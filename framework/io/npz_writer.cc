#include <zip.h>

#include <set>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/io/prepare_libzip.h"
#include "didact/framework/io/zip_error.h"

namespace didact {
namespace {

// The earliest time that a zip archive can hold, 1980-01-01 00:00:00, in MS-DOS form.
constexpr zip_uint16_t kDosTime = 0;
constexpr zip_uint16_t kDosDate = 1 << 5 | 1;

// Unix attributes of a regular file that all users may read, whatever libzip's default is.
constexpr zip_uint32_t kAttributes = 0100644u << 16;

// Longest member name that the format's 16-bit length holds.
constexpr size_t kMaxNameBytes = 0xffff;

// An archive without members. libzip would write nothing at all.
constexpr absl::string_view kEmptyArchive("PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);

// libzip ran out of memory or broke its documented behaviour; no input causes this.
absl::Status ArchiveError(absl::string_view message) {
  return absl::InternalError(absl::StrCat("the zip archive cannot be written: ", message));
}

absl::Status CheckName(absl::string_view name, std::set<absl::string_view>& seen) {
  const auto refuse = [name](absl::string_view problem) {
    return absl::InvalidArgumentError(
        absl::StrCat("array name \"", absl::CHexEscape(name.substr(0, 256)), "\": ", problem));
  };
  if (name.empty()) return refuse("must not be empty");
  if (absl::StrContains(name, '\0')) return refuse("must not contain a zero byte");
  if (name.size() + 4 > kMaxNameBytes) return refuse("must be shorter than 64 KiB");
  if (!seen.insert(name).second) return refuse("is given twice");
  return absl::OkStatus();
}

// Adds `bytes`, which must live until the archive is closed.
absl::Status AddMember(zip_t* zip, absl::string_view name, absl::string_view bytes) {
  zip_source_t* source = zip_source_buffer(zip, bytes.data(), bytes.size(), /*freep=*/0);
  if (source == nullptr) return ArchiveError(zip_strerror(zip));
  const std::string member = absl::StrCat(name, ".npy");
  const zip_int64_t added = zip_file_add(zip, member.c_str(), source, ZIP_FL_ENC_GUESS);
  if (added < 0) {
    zip_source_free(source);
    return absl::InvalidArgumentError(
        absl::StrCat("array name \"", absl::CHexEscape(name), "\": ", zip_strerror(zip)));
  }
  const zip_uint64_t index = static_cast<zip_uint64_t>(added);
  if (zip_set_file_compression(zip, index, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(zip, index, kDosTime, kDosDate, 0) != 0 ||
      zip_file_set_external_attributes(zip, index, 0, ZIP_OPSYS_UNIX, kAttributes) != 0) {
    return ArchiveError(zip_strerror(zip));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadSource(zip_source_t* source) {
  zip_stat_t properties;
  zip_stat_init(&properties);
  if (zip_source_stat(source, &properties) != 0 || (properties.valid & ZIP_STAT_SIZE) == 0 ||
      zip_source_open(source) != 0) {
    return ArchiveError(zip_error_strerror(zip_source_error(source)));
  }
  const absl::Cleanup close = [source] { zip_source_close(source); };
  std::string bytes(properties.size, '\0');
  const zip_int64_t count = zip_source_read(source, bytes.data(), bytes.size());
  if (count != static_cast<zip_int64_t>(bytes.size())) return ArchiveError("it ends early");
  return bytes;
}

}  // namespace

std::vector<NamedArray> CopyArrays(absl::Span<const NamedArrayView> arrays) {
  std::vector<NamedArray> copies;
  copies.reserve(arrays.size());
  for (const NamedArrayView& array : arrays) copies.push_back({array.name, CopyArray(array.array)});
  return copies;
}

absl::StatusOr<std::string> SerializeNpz(absl::Span<const NamedArray> arrays) {
  if (arrays.empty()) return std::string(kEmptyArchive);
  std::vector<std::string> members;
  std::set<absl::string_view> seen;
  for (const NamedArray& named : arrays) {
    DIDACT_RETURN_IF_ERROR(CheckName(named.name, seen));
    absl::StatusOr<std::string> member = SerializeNpy(named.array);
    if (!member.ok()) return Annotate(member.status(), absl::StrCat("array \"", named.name, "\""));
    members.push_back(*std::move(member));
  }

  PrepareLibzip();
  ZipError error;
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, /*freep=*/0, error.get());
  if (target == nullptr) return ArchiveError(error.Message());
  // One reference to read the result, beside the one that the archive takes over.
  zip_source_keep(target);
  const absl::Cleanup release = [target] { zip_source_free(target); };
  zip_t* zip = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, error.get());
  if (zip == nullptr) {
    zip_source_free(target);
    return ArchiveError(error.Message());
  }
  absl::Cleanup discard = [zip] { zip_discard(zip); };
  for (size_t i = 0; i < members.size(); ++i) {
    DIDACT_RETURN_IF_ERROR(AddMember(zip, arrays[i].name, members[i]));
  }
  if (zip_close(zip) != 0) return ArchiveError(zip_strerror(zip));
  std::move(discard).Cancel();
  return ReadSource(target);
}

absl::Status WriteNpz(const std::string& path, absl::Span<const NamedArray> arrays) {
  absl::StatusOr<std::string> bytes = SerializeNpz(arrays);
  if (!bytes.ok()) return Annotate(bytes.status(), path);
  return WriteFileAtomically(path, *bytes);
}

}  // namespace didact
