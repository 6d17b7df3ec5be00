#include "didact/framework/io/zip_records.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"

namespace didact {
namespace {

// Values of the 32-bit and 16-bit fields whose numbers are in the 64-bit form.
constexpr int64_t kElsewhere32 = 0xffffffff;
constexpr int64_t kElsewhere16 = 0xffff;

constexpr int kPlainVersion = 10;
constexpr int k64BitVersion = 45;
constexpr int kMadeByUnix = 3 << 8;
constexpr int kNameIsUtf8 = 1 << 11;
constexpr int kDate = 1 << 5 | 1;
// Unix attributes of a regular file that all users may read.
constexpr int64_t kAttributes = int64_t{0100644} << 16;

class Bytes {
 public:
  Bytes& Add(int bytes, int64_t number) {
    for (int i = 0; i < bytes; ++i) text_.push_back(static_cast<char>(number >> (8 * i) & 0xff));
    return *this;
  }
  Bytes& Add(const std::string& text) {
    text_ += text;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Returns the value of the 32-bit field for `number`.
int64_t Small(int64_t number) { return number < kElsewhere32 ? number : kElsewhere32; }

int Flags(const StoredZipMember& member) {
  const bool is_ascii = absl::c_all_of(
      member.name, [](char c) { return absl::ascii_isascii(static_cast<unsigned char>(c)); });
  return is_ascii ? 0 : kNameIsUtf8;
}

// Returns an extra field with the numbers that do not fit 32 bits.
std::string Extra(int64_t bytes, int64_t offset) {
  Bytes numbers;
  if (bytes >= kElsewhere32) numbers.Add(8, bytes).Add(8, bytes);
  if (offset >= kElsewhere32) numbers.Add(8, offset);
  if (numbers.text().empty()) return "";
  const int64_t size = static_cast<int64_t>(numbers.text().size());
  return Bytes().Add(2, 1).Add(2, size).Add(numbers.text()).text();
}

// Adds what both headers share, from the version to the lengths.
void AddCommon(const StoredZipMember& member, const std::string& extra, Bytes& header) {
  header.Add(2, extra.empty() ? kPlainVersion : k64BitVersion)
      .Add(2, Flags(member))
      .Add(2, 0)  // stored
      .Add(2, 0)
      .Add(2, kDate)
      .Add(4, member.crc32)
      .Add(4, Small(member.bytes))
      .Add(4, Small(member.bytes))
      .Add(2, static_cast<int64_t>(member.name.size()))
      .Add(2, static_cast<int64_t>(extra.size()));
}

}  // namespace

std::string ZipLocalHeader(const StoredZipMember& member) {
  const std::string extra = Extra(member.bytes, /*offset=*/0);
  Bytes header;
  header.Add("PK\x03\x04");
  AddCommon(member, extra, header);
  return header.Add(member.name).Add(extra).text();
}

std::string ZipDirectoryEntry(const StoredZipMember& member) {
  const std::string extra = Extra(member.bytes, member.offset);
  Bytes entry;
  entry.Add("PK\x01\x02").Add(2, kMadeByUnix | k64BitVersion);
  AddCommon(member, extra, entry);
  // The fields say: no comment, first disk, not known to be text.
  entry.Add(2, 0).Add(2, 0).Add(2, 0).Add(4, kAttributes).Add(4, Small(member.offset));
  return entry.Add(member.name).Add(extra).text();
}

std::string ZipEndRecords(int64_t members, int64_t directory_bytes, int64_t directory_offset) {
  Bytes records;
  if (members >= kElsewhere16 || directory_bytes >= kElsewhere32 ||
      directory_offset >= kElsewhere32) {
    constexpr int64_t kRestOfRecord = 44;
    records.Add("PK\x06\x06")
        .Add(8, kRestOfRecord)
        .Add(2, kMadeByUnix | k64BitVersion)
        .Add(2, k64BitVersion)
        .Add(4, 0)
        .Add(4, 0)
        .Add(8, members)
        .Add(8, members)
        .Add(8, directory_bytes)
        .Add(8, directory_offset);
    records.Add("PK\x06\x07").Add(4, 0).Add(8, directory_offset + directory_bytes).Add(4, 1);
  }
  const int64_t count = members < kElsewhere16 ? members : kElsewhere16;
  records.Add("PK\x05\x06").Add(2, 0).Add(2, 0).Add(2, count).Add(2, count);
  return records.Add(4, Small(directory_bytes)).Add(4, Small(directory_offset)).Add(2, 0).text();
}

}  // namespace didact
