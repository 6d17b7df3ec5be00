#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/io/idx.h"
#include "didact/framework/io/npy.h"
#include "gtest/gtest.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/reader_fuzz.h"
#include "tests/io/zip_builder.h"

namespace didact {
namespace {

constexpr uint64_t kInputs = 10000;
constexpr int kGzip = 25;  // zlib's window bits for a gzip header and trailer, and a small window

// Returns two images, five labels, and enough blank images to compress well.
std::vector<std::string> Examples() {
  return {
      std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03", 16) + "0123456789ab",
      std::string("\0\0\x08\x01\0\0\0\x05", 8) + "\x01\x02\x03\x04\x05",
      std::string("\0\0\x08\x03\0\0\0\x40\0\0\0\x10\0\0\0\x10", 16) +
          std::string(64 * 16 * 16, '\0'),
  };
}

std::vector<std::string> CompressedExamples() {
  std::vector<std::string> compressed;
  for (const std::string& example : Examples()) compressed.push_back(Deflated(example, kGzip));
  compressed.push_back(compressed[0] + Deflated("", kGzip));
  return compressed;
}

absl::Status Read(const std::string& input) {
  const absl::StatusOr<IdxArray> array = ParseIdx(input, std::string(kFuzzFileName));
  if (!array.ok()) return array.status();
  int64_t size = NpyElementBytes(array->element);
  for (const int64_t extent : array->shape) size *= extent;
  EXPECT_EQ(static_cast<int64_t>(array->values.size()), size);
  return absl::OkStatus();
}

TEST(IdxFuzz, BrokenFilesAreRefusedOrRead) { FuzzReader(Mutation(Examples()), kInputs, Read); }

TEST(IdxFuzz, BrokenGzipDataAreRefusedOrRead) {
  FuzzReader(Mutation(CompressedExamples(), {"\x1f\x8b\x08"}), kInputs, Read);
}

TEST(IdxFuzz, BrokenFilesInSoundGzipDataAreRefusedOrRead) {
  // Deflating takes longer than reading, so there are fewer inputs.
  FuzzReader(Mutation(Examples()), kInputs / 4, Read,
             [](std::string input) { return Deflated(std::move(input), kGzip); });
}

}  // namespace
}  // namespace didact
