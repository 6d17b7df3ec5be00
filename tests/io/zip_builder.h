// Writes zip archives byte by byte from the format's specification, including invalid ones, to test
// the reader.

#ifndef DIDACT_TESTS_IO_ZIP_BUILDER_H_
#define DIDACT_TESTS_IO_ZIP_BUILDER_H_

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace didact {

// A member. Optional values that are not given are derived from the contents.
struct ZipMember {
  std::string name;
  std::string contents;
  bool deflate = false;
  std::optional<uint16_t> method = std::nullopt;
  std::optional<uint32_t> crc = std::nullopt;
  std::optional<uint32_t> uncompressed_size = std::nullopt;
  uint16_t flags = 0;
};

// Returns `value` as `size` little-endian bytes.
inline std::string LittleEndianBytes(uint64_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> 8 * i & 0xff));
  return bytes;
}

// Returns the contents compressed by zlib: raw deflate data (window_bits -15), or data with gzip's
// header and trailer (31; 25 is faster).
inline std::string Deflated(absl::string_view contents, int window_bits) {
  z_stream zlib = {};
  deflateInit2(&zlib, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 1, Z_DEFAULT_STRATEGY);
  std::string bytes(deflateBound(&zlib, contents.size()) + 32, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(contents.data()));
  zlib.avail_in = static_cast<uInt>(contents.size());
  zlib.next_out = reinterpret_cast<Bytef*>(bytes.data());
  zlib.avail_out = static_cast<uInt>(bytes.size());
  deflate(&zlib, Z_FINISH);
  bytes.resize(zlib.total_out);
  deflateEnd(&zlib);
  return bytes;
}

// Returns the archive: local headers with data, central directory, end record (APPNOTE sections
// 4.3.7, 4.3.12, 4.3.16); with `with_64_bit_end`, also a 64-bit end record and its locator before
// the usual one (sections 4.3.14, 4.3.15).
inline std::string BuildZip(const std::vector<ZipMember>& members, bool with_64_bit_end = false) {
  constexpr uint16_t kVersion = 20;
  constexpr uint16_t kDate = 1 << 5 | 1;  // 1980-01-01
  std::string archive;
  std::string directory;
  for (const ZipMember& member : members) {
    const std::string data = member.deflate ? Deflated(member.contents, -15) : member.contents;
    const uint32_t crc = member.crc.value_or(
        static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(member.contents.data()),
                                    static_cast<uInt>(member.contents.size()))));
    const uint32_t size =
        member.uncompressed_size.value_or(static_cast<uint32_t>(member.contents.size()));
    const std::string common =
        LittleEndianBytes(kVersion, 2) + LittleEndianBytes(member.flags, 2) +
        LittleEndianBytes(member.method.value_or(member.deflate ? 8 : 0), 2) +
        LittleEndianBytes(0, 2) + LittleEndianBytes(kDate, 2) + LittleEndianBytes(crc, 4) +
        LittleEndianBytes(data.size(), 4) + LittleEndianBytes(size, 4) +
        LittleEndianBytes(member.name.size(), 2) + LittleEndianBytes(0, 2);
    // Comment length, disk, internal and external attributes are zero.
    directory += "PK\x01\x02" + LittleEndianBytes(kVersion, 2) + common + std::string(10, '\0') +
                 LittleEndianBytes(archive.size(), 4) + member.name;
    archive += "PK\x03\x04" + common + member.name + data;
  }
  std::string end64;
  if (with_64_bit_end) {
    const std::string versions = LittleEndianBytes(45, 2) + LittleEndianBytes(45, 2);
    const std::string counts =
        LittleEndianBytes(members.size(), 8) + LittleEndianBytes(members.size(), 8);
    end64 = "PK\x06\x06" + LittleEndianBytes(44, 8) + versions + LittleEndianBytes(0, 8) + counts +
            LittleEndianBytes(directory.size(), 8) + LittleEndianBytes(archive.size(), 8) +
            "PK\x06\x07" + LittleEndianBytes(0, 4) +
            LittleEndianBytes(archive.size() + directory.size(), 8) + LittleEndianBytes(1, 4);
  }
  const std::string counts =
      LittleEndianBytes(members.size(), 2) + LittleEndianBytes(members.size(), 2);
  const std::string end = "PK\x05\x06" + LittleEndianBytes(0, 4) + counts +
                          LittleEndianBytes(directory.size(), 4) +
                          LittleEndianBytes(archive.size(), 4) + LittleEndianBytes(0, 2);
  return archive + directory + end64 + end;
}

}  // namespace didact

#endif  // DIDACT_TESTS_IO_ZIP_BUILDER_H_
