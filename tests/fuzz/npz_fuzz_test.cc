#include <zlib.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/io/npz.h"
#include "gtest/gtest.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/reader_fuzz.h"
#include "tests/io/zip_builder.h"

namespace didact {
namespace {

constexpr uint64_t kInputs = 10000;

std::string Array(size_t size) {
  const std::vector<double> values(size, 1.5);
  return *SerializeNpy(MakeNpyArray<double>({static_cast<int64_t>(size)}, values));
}

std::vector<std::string> Archives() {
  return {
      *SerializeNpz(
          std::vector<NamedArray>{{"a", MakeNpyArray<float>({1}, std::vector<float>{1})},
                                  {"b", MakeNpyArray<double>({1}, std::vector<double>{2})}}),
      BuildZip({{.name = "a.npy", .contents = Array(2), .deflate = true},
                {.name = "b.npy", .contents = Array(2000), .deflate = true}}),
      BuildZip({{.name = "a.npy", .contents = Array(3)}}, /*with_64_bit_end=*/true),
      BuildZip({}, /*with_64_bit_end=*/true),
  };
}

// Returns the beginnings of records, and important values within them.
std::vector<std::string> Words() {
  return {"PK\x01\x02",
          "PK\x03\x04",
          "PK\x05\x06",
          "PK\x06\x06",
          "PK\x06\x07",
          ".npy",
          std::string("\x01\0\x10\0", 4),
          std::string(8, '\xff'),
          std::string(4, '\xff'),
          std::string(20, '\0')};
}

// Reads every array of the archive, or up to the first failure.
absl::Status Read(const std::string& input) {
  const absl::StatusOr<NpzReader> reader = NpzReader::FromBytes(input, std::string(kFuzzFileName));
  if (!reader.ok()) return reader.status();
  absl::Status first;
  for (const std::string& name : reader->names()) first.Update(reader->Read(name).status());
  return first;
}

TEST(NpzFuzz, BrokenArchivesAreRefusedOrRead) {
  FuzzReader(Mutation(Archives(), Words()), kInputs, Read);
}

TEST(NpzFuzz, BrokenArraysInSoundArchivesAreRefusedOrRead) {
  for (const bool deflate : {false, true}) {
    FuzzReader(Mutation({Array(2), Array(2000)}), kInputs / 2, Read, [deflate](std::string input) {
      return BuildZip({{.name = "a.npy", .contents = std::move(input), .deflate = deflate}});
    });
  }
}

// Returns the output of zlib itself for invalid deflate data, up to 64 KiB.
std::string Inflated(const std::string& data) {
  z_stream zlib = {};
  inflateInit2(&zlib, -15);
  std::string bytes(1 << 16, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  zlib.avail_in = static_cast<uInt>(data.size());
  zlib.next_out = reinterpret_cast<Bytef*>(bytes.data());
  zlib.avail_out = static_cast<uInt>(bytes.size());
  inflate(&zlib, Z_FINISH);
  bytes.resize(zlib.total_out);
  inflateEnd(&zlib);
  return bytes;
}

// Returns an archive with these bytes in the place of deflate data.
std::string ArchiveOver(std::string data, uint32_t crc, size_t size) {
  return BuildZip({{.name = "a.npy", .contents = Array(1)},
                   {.name = "b.npy",
                    .contents = std::move(data),
                    .method = 8,
                    .crc = crc,
                    .uncompressed_size = static_cast<uint32_t>(size)}});
}

TEST(NpzFuzz, BrokenDeflateDataAreRefusedOrRead) {
  const Mutation mutation({Deflated(Array(2), -15), Deflated(Array(2000), -15)});
  FuzzReader(mutation, kInputs, Read, [](const std::string& input) {
    const std::string inflated = Inflated(input);
    const uLong crc = crc32(0, reinterpret_cast<const Bytef*>(inflated.data()),
                            static_cast<uInt>(inflated.size()));
    return ArchiveOver(input, static_cast<uint32_t>(crc), inflated.size());
  });
}

}  // namespace
}  // namespace didact
