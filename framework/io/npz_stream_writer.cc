#include "didact/framework/io/npz_stream_writer.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <set>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/npy_header.h"

namespace didact {
namespace {

constexpr size_t kAllBuffers = size_t{4} << 20;
constexpr size_t kSmallestBuffer = size_t{4} << 10;
constexpr size_t kLargestBuffer = size_t{1} << 16;
constexpr size_t kMaxNameBytes = 60000;
constexpr int64_t kTextBytes = 4;  // bytes per character
// Leaves room for the headers.
constexpr int64_t kMaxArrayBytes = std::numeric_limits<int64_t>::max() / 4;

int64_t ElementBytes(const StreamedArray& array) {
  return array.characters > 0 ? kTextBytes * array.characters : NpyElementBytes(array.element);
}

// NumPy's short name of the type: "<f8", "|b1", "<U10".
std::string Descr(const StreamedArray& array) {
  if (array.characters > 0) return absl::StrCat("<U", array.characters);
  const int64_t bytes = NpyElementBytes(array.element);
  const absl::string_view kind = NpyElementName(array.element).substr(0, 1);
  return absl::StrCat(bytes == 1 ? "|" : "<", kind, bytes);
}

// Computes the array's size and adds it to `total`; false if the shape or the sum is not valid.
bool CountBytes(const StreamedArray& array, int64_t& bytes, int64_t& total) {
  bytes = ElementBytes(array);
  if (array.shape.size() > kNpyMaxRank) return false;
  for (const int64_t extent : array.shape) {
    if (extent < 0 || __builtin_mul_overflow(bytes, extent, &bytes)) return false;
  }
  return !__builtin_add_overflow(total, bytes, &total) && total <= kMaxArrayBytes;
}

uint32_t Crc32(uint32_t crc, absl::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

std::string NpyText(absl::string_view text, int64_t characters) {
  std::string element(static_cast<size_t>(kTextBytes * characters), '\0');
  const size_t count = std::min(text.size(), static_cast<size_t>(characters));
  for (size_t i = 0; i < count; ++i) element[i * kTextBytes] = text[i];
  return element;
}

absl::StatusOr<NpzStreamWriter> NpzStreamWriter::Create(const std::string& path,
                                                        const std::vector<StreamedArray>& arrays) {
  std::set<absl::string_view> names;
  std::vector<Member> members;
  std::vector<std::string> headers;
  int64_t total = 0;
  int64_t offset = 0;
  for (const StreamedArray& array : arrays) {
    const auto refuse = [&](absl::string_view problem) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": array \"", array.name.substr(0, 256), "\": ", problem));
    };
    if (array.name.empty() || array.name.size() > kMaxNameBytes) {
      return refuse("its name must have 1 to 60000 bytes");
    }
    if (!names.insert(array.name).second) return refuse("is there twice");
    int64_t bytes = 0;
    if (!CountBytes(array, bytes, total)) return refuse("its shape is too large for a file");
    std::string header = SerializeNpyHeader(Descr(array), array.shape);
    Member& member = members.emplace_back();
    member.zip.name = absl::StrCat(array.name, ".npy");
    member.zip.bytes = static_cast<int64_t>(header.size()) + bytes;
    member.zip.offset = offset;
    member.zip.crc32 = Crc32(0, header);
    member.place = offset + static_cast<int64_t>(ZipLocalHeader(member.zip).size());
    member.end = member.place + member.zip.bytes;
    offset = member.end;
    headers.push_back(std::move(header));
  }
  DIDACT_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(path));
  NpzStreamWriter writer(std::move(file));
  writer.members_ = std::move(members);
  writer.buffer_bytes_ =
      std::clamp(kAllBuffers / std::max<size_t>(arrays.size(), 1), kSmallestBuffer, kLargestBuffer);
  for (size_t i = 0; i < headers.size(); ++i) {
    Member& member = writer.members_[i];
    DIDACT_RETURN_IF_ERROR(writer.file_.WriteAt(member.place, headers[i]));
    member.place += static_cast<int64_t>(headers[i].size());
    member.buffer.reserve(static_cast<size_t>(
        std::min(static_cast<int64_t>(writer.buffer_bytes_), member.end - member.place)));
  }
  return writer;
}

absl::Status NpzStreamWriter::Write(Member& member) {
  DIDACT_RETURN_IF_ERROR(file_.WriteAt(member.place, member.buffer));
  member.zip.crc32 = Crc32(member.zip.crc32, member.buffer);
  member.place += static_cast<int64_t>(member.buffer.size());
  member.buffer.clear();
  return absl::OkStatus();
}

absl::Status NpzStreamWriter::Append(size_t array, absl::string_view elements) {
  Member& member = members_[array];
  const int64_t room = member.end - member.place - static_cast<int64_t>(member.buffer.size());
  if (static_cast<int64_t>(elements.size()) > room) {
    return absl::OutOfRangeError(absl::StrCat(file_.path(), ": ", member.zip.name,
                                              ": has room for ", room, " bytes, got ",
                                              elements.size()));
  }
  while (!elements.empty()) {
    const absl::string_view piece = elements.substr(0, buffer_bytes_ - member.buffer.size());
    member.buffer.append(piece.data(), piece.size());
    elements.remove_prefix(piece.size());
    if (member.buffer.size() == buffer_bytes_) DIDACT_RETURN_IF_ERROR(Write(member));
  }
  return absl::OkStatus();
}

absl::Status NpzStreamWriter::Finish() {
  int64_t offset = 0;
  for (Member& member : members_) {
    DIDACT_RETURN_IF_ERROR(Write(member));
    if (member.place < member.end) {
      return absl::FailedPreconditionError(absl::StrCat(
          file_.path(), ": ", member.zip.name, ": lacks ", member.end - member.place, " bytes"));
    }
    DIDACT_RETURN_IF_ERROR(file_.WriteAt(member.zip.offset, ZipLocalHeader(member.zip)));
    offset = member.end;
  }
  const int64_t directory_offset = offset;
  std::string directory;
  for (const Member& member : members_) directory += ZipDirectoryEntry(member.zip);
  directory += ZipEndRecords(static_cast<int64_t>(members_.size()),
                             static_cast<int64_t>(directory.size()), directory_offset);
  DIDACT_RETURN_IF_ERROR(file_.WriteAt(directory_offset, directory));
  return file_.Commit();
}

}  // namespace didact
