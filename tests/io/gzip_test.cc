#include "didact/framework/io/gzip.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tests/base/same_bytes.h"
#include "tests/base/test_files.h"
#include "tests/io/zip_builder.h"

namespace didact {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using testing::StrEq;

constexpr int kGzip = 31;  // zlib's window bits for a gzip header and trailer

// The output of Python's gzip.compress for 16 header bytes and the numbers 0 to 11, in hexadecimal.
constexpr char kSmall[] =
    "1f8b08000000000002036360e0606660606082626606462666165636760e4e2e6e00781e23841c000000";

// Returns 300 kB that compress to a part of their size, but not to almost nothing.
std::string Text() {
  std::string text;
  for (int64_t i = 0; text.size() < 300000; ++i) absl::StrAppend(&text, i * i % 7919, ",");
  return text;
}

absl::Status ReadError(const std::string& name, absl::string_view bytes) {
  return ReadPlainOrGzip(ScratchFile(name, bytes)).status();
}

TEST(Gzip, PassesPlainFilesThrough) {
  for (const std::string& bytes :
       {std::string(), std::string("\x1f"), std::string("plain"), Text()}) {
    EXPECT_TRUE(SameBytes(*ReadPlainOrGzip(ScratchFile("plain", bytes)), bytes));
  }
}

TEST(Gzip, InflatesWhatAnotherProgramCompressed) {
  std::string expected("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03", 16);
  for (char i = 0; i < 12; ++i) expected.push_back(i);
  EXPECT_EQ(*ReadPlainOrGzip(ScratchFile("small.gz", BytesFromHexadecimal(kSmall))), expected);
}

TEST(Gzip, InflatesMoreThanOneBuffer) {
  const std::string text = Text();
  EXPECT_TRUE(SameBytes(*ReadPlainOrGzip(ScratchFile("text.gz", Deflated(text, kGzip))), text));
}

TEST(Gzip, InflatesAllMembersOfAFile) {
  const std::string bytes = Deflated("one,", kGzip) + Deflated("", kGzip) + Deflated("two", kGzip);
  EXPECT_EQ(*ReadPlainOrGzip(ScratchFile("members.gz", bytes)), "one,two");
}

TEST(Gzip, StreamsInPiecesOfAnySize) {
  const std::string text = Text();
  for (const int64_t piece : {1, 1000, 70000}) {
    absl::StatusOr<GzipReader> reader = GzipReader::FromBytes(Deflated(text, kGzip), "text.gz");
    ASSERT_THAT(reader.status(), IsOk());
    EXPECT_TRUE(reader->compressed());
    std::string read;
    std::string buffer(static_cast<size_t>(piece), '\0');
    for (;;) {
      const absl::StatusOr<int64_t> count = reader->Read(buffer.data(), piece);
      ASSERT_THAT(count.status(), IsOk());
      read.append(buffer, 0, static_cast<size_t>(*count));
      EXPECT_EQ(reader->position(), static_cast<int64_t>(read.size()));
      if (*count < piece) break;
    }
    EXPECT_TRUE(SameBytes(read, text));
  }
}

TEST(Gzip, StopsAtTheLimit) {
  // 5 kB hold 5 MB of zeros.
  const std::string path = ScratchFile("bomb.gz", Deflated(std::string(5'000'000, '\0'), kGzip));
  EXPECT_THAT(ReadPlainOrGzip(path, 1000).status(),
              FailsWith(absl::StatusCode::kOutOfRange,
                        StrEq(path + ": has more than the 1000 bytes allowed when inflated")));
  EXPECT_EQ(ReadPlainOrGzip(path, 5'000'000)->size(), 5'000'000u);
  const std::string plain = ScratchFile("plain", "0123456789");
  EXPECT_EQ(*ReadPlainOrGzip(plain, 10), "0123456789");
  EXPECT_THAT(ReadPlainOrGzip(plain, 9).status(),
              FailsWith(absl::StatusCode::kOutOfRange, HasSubstr("more than the 9 bytes")));
}

TEST(Gzip, RefusesEveryTruncationNamingTheByte) {
  const std::string bytes = BytesFromHexadecimal(kSmall);
  for (size_t size = 2; size < bytes.size(); ++size) {
    EXPECT_THAT(ReadError("cut.gz", bytes.substr(0, size)),
                FailsWith(absl::StatusCode::kInvalidArgument,
                          StrEq(absl::StrCat(ScratchPath("cut.gz"), ": byte ", size,
                                             ": the gzip data end early"))));
  }
}

TEST(Gzip, NoticesEveryFlippedBitOfData) {
  const std::string bytes = BytesFromHexadecimal(kSmall);
  const std::string original = *ReadPlainOrGzip(ScratchFile("whole.gz", bytes));
  for (size_t bit = 16; bit < 8 * bytes.size(); ++bit) {  // without the magic number it is not gzip
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    absl::StatusOr<GzipReader> reader = GzipReader::FromBytes(flipped, "flipped.gz");
    ASSERT_THAT(reader.status(), IsOk());
    std::string read(1000, '\0');
    const absl::StatusOr<int64_t> count = reader->Read(read.data(), 1000);
    if (count.ok()) {
      // Changes of time stamp and origin have no effect.
      read.resize(static_cast<size_t>(*count));
      EXPECT_EQ(read, original) << bit;
    } else {
      EXPECT_THAT(count.status(),
                  FailsWith(absl::StatusCode::kInvalidArgument, StartsWith("flipped.gz: byte ")))
          << bit;
    }
  }
}

TEST(Gzip, NoticesAWrongChecksum) {
  std::string bytes = Deflated("some data", kGzip);
  bytes[bytes.size() - 8] ^= 1;
  EXPECT_THAT(ReadError("checksum.gz", bytes),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        AllOf(HasSubstr("the gzip data are damaged"), HasSubstr("data check"))));
}

TEST(Gzip, SkipsZerosBehindTheData) {
  const std::string bytes = Deflated("some data", kGzip);
  for (const size_t zeros : {1, 2, 511, 200000}) {
    const std::string padded = bytes + std::string(zeros, '\0');
    EXPECT_EQ(*ReadPlainOrGzip(ScratchFile("padded.gz", padded)), "some data") << zeros;
    absl::StatusOr<GzipReader> reader = GzipReader::FromBytes(padded, "padded.gz");
    std::string read(100, '\0');
    EXPECT_EQ(*reader->Read(read.data(), 100), 9) << zeros;
    // Another member may follow, as Python has it, but nothing else.
    EXPECT_EQ(*ReadPlainOrGzip(ScratchFile("padded.gz", padded + bytes)), "some datasome data");
    EXPECT_THAT(ReadError("tail.gz", padded + "tail"),
                FailsWith(absl::StatusCode::kInvalidArgument,
                          HasSubstr(absl::StrCat("byte ", padded.size(), ": expected the end"))));
  }
}

TEST(Gzip, RefusesWhatFollowsTheData) {
  const std::string bytes = Deflated("some data", kGzip);
  EXPECT_THAT(
      ReadError("tail.gz", bytes + "tail"),
      FailsWith(absl::StatusCode::kInvalidArgument,
                StrEq(absl::StrCat(ScratchPath("tail.gz"), ": byte ", bytes.size(),
                                   ": expected the end of the file behind the gzip data"))));
}

TEST(Gzip, RefusesADirectoryAndAMissingFile) {
  EXPECT_THAT(GzipReader::Open(testing::TempDir()).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("is a directory")));
  EXPECT_THAT(GzipReader::Open(ScratchPath("missing.gz")).status(),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("missing.gz")));
}

}  // namespace
}  // namespace didact
