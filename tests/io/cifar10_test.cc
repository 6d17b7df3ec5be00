#include "didact/framework/io/cifar10.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/base/test_files.h"
#include "tests/io/zip_builder.h"

namespace didact {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using testing::StrEq;

constexpr int kGzip = 31;  // zlib's window bits for a gzip header and trailer
constexpr size_t kRecordBytes = 3073;

// Returns a record whose pixel with the offset i in the image is (seed + 7 i) modulo 256.
std::string Record(uint8_t label, int seed) {
  std::string record(1, static_cast<char>(label));
  for (int i = 0; i < 3072; ++i) record.push_back(static_cast<char>(seed + 7 * i));
  return record;
}

absl::Status ParseError(const std::string& bytes) {
  return ParseCifar10(bytes, "batch.bin").status();
}

TEST(Cifar10, ReadsPlainAndCompressedFiles) {
  const std::string plain = Record(9, 1) + Record(0, 2) + Record(3, 3);
  for (const std::string& bytes : {plain, Deflated(plain, kGzip)}) {
    const absl::StatusOr<Cifar10Records> records = ReadCifar10(ScratchFile("batch", bytes));
    ASSERT_THAT(records.status(), IsOk());
    ASSERT_EQ(records->size(), 3);
    EXPECT_EQ(records->label(0), 9);
    EXPECT_EQ(records->label(1), 0);
    EXPECT_EQ(records->label(2), 3);
    for (int record = 0; record < 3; ++record) {
      for (int i = 0; i < 3072; ++i) {
        ASSERT_EQ(records->image(record)[i], static_cast<uint8_t>(record + 1 + 7 * i)) << i;
      }
    }
  }
}

TEST(Cifar10, ReadsTheMembersOfAGzipFileOneAfterTheOther) {
  const absl::StatusOr<Cifar10Records> records =
      ParseCifar10(Deflated(Record(1, 1), kGzip) + Deflated(Record(2, 2), kGzip), "batch.bin.gz");
  ASSERT_THAT(records.status(), IsOk());
  ASSERT_EQ(records->size(), 2);
  EXPECT_EQ(records->label(1), 2);
}

TEST(Cifar10, RefusesFilesWithoutRecords) {
  EXPECT_THAT(ParseError(""), FailsWith(absl::StatusCode::kInvalidArgument,
                                        StrEq("batch.bin: byte 0: the file is empty, expected "
                                              "records of 3073 bytes (the binary version of "
                                              "CIFAR-10)")));
}

TEST(Cifar10, RefusesFilesThatEndInsideARecord) {
  const std::string two = Record(1, 1) + Record(2, 2);
  EXPECT_THAT(ParseError(two.substr(0, 2 * kRecordBytes - 1)),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq("batch.bin: byte 6145: the file ends 3072 bytes behind the beginning "
                              "of record 1, expected records of 3073 bytes (the binary version of "
                              "CIFAR-10)")));
  EXPECT_THAT(ParseError(two + "\x01"),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("byte 6147: ")));
  // CIFAR-100 has two labels before each image.
  EXPECT_THAT(ParseError("\x01" + Record(1, 1) + "\x02" + Record(2, 2)),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("byte 6148: ")));
}

TEST(Cifar10, RefusesClassesThatThereAreNot) {
  EXPECT_THAT(ParseError(Record(9, 1) + Record(10, 2)),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq("batch.bin: byte 3073: the class of record 1 must be < 10, got 10")));
  EXPECT_THAT(ParseError(Record(255, 1)),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("got 255")));
}

TEST(Cifar10, RefusesDamagedGzipData) {
  const std::string sound = Deflated(Record(1, 1) + Record(2, 2), kGzip);
  EXPECT_THAT(ParseError(sound.substr(0, sound.size() / 2)),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        AllOf(StartsWith("batch.bin: byte "), HasSubstr("end early"))));
}

TEST(Cifar10, RefusesMoreBytesThanAreAllowed) {
  const std::string two = Record(1, 1) + Record(2, 2);
  EXPECT_THAT(ParseCifar10(two, "batch.bin", 6146).status(), IsOk());
  EXPECT_THAT(ParseCifar10(two, "batch.bin", 6145).status(),
              FailsWith(absl::StatusCode::kOutOfRange,
                        StrEq("batch.bin: has more than the 6145 bytes allowed")));
  EXPECT_THAT(ParseCifar10(Deflated(two, kGzip), "batch.bin", 6145).status(),
              FailsWith(absl::StatusCode::kOutOfRange, HasSubstr("when inflated")));
}

TEST(Cifar10, NamesAFileThatIsMissing) {
  EXPECT_THAT(ReadCifar10("no/such/batch.bin").status(),
              FailsWith(absl::StatusCode::kNotFound, StartsWith("no/such/batch.bin: ")));
}

}  // namespace
}  // namespace didact
