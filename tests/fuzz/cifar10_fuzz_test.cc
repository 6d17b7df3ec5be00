#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/io/cifar10.h"
#include "gtest/gtest.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/reader_fuzz.h"
#include "tests/io/zip_builder.h"

namespace didact {
namespace {

constexpr uint64_t kInputs = 10000;
constexpr int kGzip = 25;  // zlib's window bits for a gzip header and trailer, and a small window

// Returns one record, and several of blank images, which compress well.
std::vector<std::string> Examples() {
  std::string record(1, '\x09');
  for (int i = 0; i < 3072; ++i) record.push_back(static_cast<char>(i));
  std::string blank;
  for (const char label : {0, 1, 2}) blank += std::string(1, label) + std::string(3072, '\0');
  return {record, blank};
}

std::vector<std::string> CompressedExamples() {
  std::vector<std::string> compressed;
  for (const std::string& example : Examples()) compressed.push_back(Deflated(example, kGzip));
  compressed.push_back(compressed[0] + Deflated("", kGzip));
  return compressed;
}

absl::Status Read(const std::string& input) {
  const absl::StatusOr<Cifar10Records> records = ParseCifar10(input, std::string(kFuzzFileName));
  if (!records.ok()) return records.status();
  EXPECT_GE(records->size(), 1);
  EXPECT_EQ(records->bytes.size() % 3073, 0u);
  for (int64_t i = 0; i < records->size(); ++i) EXPECT_LT(records->label(i), 10);
  return absl::OkStatus();
}

TEST(Cifar10Fuzz, BrokenFilesAreRefusedOrRead) { FuzzReader(Mutation(Examples()), kInputs, Read); }

TEST(Cifar10Fuzz, BrokenGzipDataAreRefusedOrRead) {
  FuzzReader(Mutation(CompressedExamples(), {"\x1f\x8b\x08"}), kInputs, Read);
}

TEST(Cifar10Fuzz, BrokenFilesInSoundGzipDataAreRefusedOrRead) {
  // Deflating takes longer than reading, so there are fewer inputs.
  FuzzReader(Mutation(Examples()), kInputs / 4, Read,
             [](std::string input) { return Deflated(std::move(input), kGzip); });
}

}  // namespace
}  // namespace didact
