#include "didact/framework/io/zip_directory.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tests/base/test_files.h"
#include "tests/io/zip_builder.h"

namespace didact {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using testing::StrEq;

// The records at the end of an archive of 1000 bytes follow a directory that begins at the
// archive's first byte.
constexpr int64_t kArchiveBytes = 1000;

std::string EndRecord(uint64_t members, uint64_t directory_bytes) {
  return "PK\x05\x06" + LittleEndianBytes(0, 4) + LittleEndianBytes(members, 2) +
         LittleEndianBytes(members, 2) + LittleEndianBytes(directory_bytes, 4) +
         LittleEndianBytes(0, 4) + LittleEndianBytes(0, 2);
}

// Returns the 64-bit record at the place that its locator gives, followed by the 32-bit one.
std::string EndRecords64(uint64_t members, uint64_t directory_bytes, uint64_t located_at) {
  return "PK\x06\x06" + LittleEndianBytes(44, 8) + LittleEndianBytes(45, 2) +
         LittleEndianBytes(45, 2) + LittleEndianBytes(0, 8) + LittleEndianBytes(members, 8) +
         LittleEndianBytes(members, 8) + LittleEndianBytes(directory_bytes, 8) +
         LittleEndianBytes(0, 8) + "PK\x06\x07" + LittleEndianBytes(0, 4) +
         LittleEndianBytes(located_at, 8) + LittleEndianBytes(1, 4) + EndRecord(0xffff, 0xffffffff);
}

absl::Status Check(const std::string& records) {
  const size_t size = static_cast<size_t>(kArchiveBytes);
  return CheckZipDirectory(std::string(size - records.size(), '-') + records, kArchiveBytes);
}

TEST(ZipDirectory, AcceptsAsManyMembersAsFit) {
  EXPECT_THAT(Check(EndRecord(0, 0)), IsOk());
  EXPECT_THAT(Check(EndRecord(2, 92)), IsOk());
}

TEST(ZipDirectory, RefusesMoreMembersThanFit) {
  EXPECT_THAT(
      Check(EndRecord(3, 92)),
      FailsWith(absl::StatusCode::kInvalidArgument,
                StrEq("byte 978: the zip archive claims 3 members in a directory of 92 bytes, "
                      "more than there is room for")));
  EXPECT_THAT(Check(EndRecord(0xffff, 0xffffffff)),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("claims 65535 members")));
}

TEST(ZipDirectory, ChecksTheNumbersOf64BitArchives) {
  constexpr uint64_t kPlace = 1000 - 98;
  EXPECT_THAT(Check(EndRecords64(2, 92, kPlace)), IsOk());
  EXPECT_THAT(Check(EndRecords64(uint64_t{1} << 40, 92, kPlace)),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StartsWith("byte 902: the zip archive claims 1099511627776 members")));
  EXPECT_THAT(
      Check(EndRecords64(uint64_t{1} << 40, uint64_t{1} << 50, kPlace)),
      FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("more than there is room for")));
}

TEST(ZipDirectory, RefusesALocatorThatPointsElsewhere) {
  for (const uint64_t place :
       {uint64_t{0}, uint64_t{901}, uint64_t{990}, uint64_t{1} << 40, ~uint64_t{0}}) {
    EXPECT_THAT(
        Check(EndRecords64(2, 92, place)),
        FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("is not where its locator says")))
        << place;
  }
}

TEST(ZipDirectory, TakesTheConsistentEndRecordAmongBytesThatLookLikeOne) {
  EXPECT_THAT(Check(EndRecord(9999, 10) + EndRecord(2, 92)), IsOk());
  EXPECT_THAT(Check("PK\x05\x06" + std::string(40, '\xff') + EndRecord(2, 92)), IsOk());
  EXPECT_THAT(Check(EndRecord(2, 92) + EndRecord(9999, 10)),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("claims 9999 members")));
  // A locator that points at no 64-bit record is data, too.
  const std::string locator = "PK\x06\x07" + LittleEndianBytes(0, 4) +
                              LittleEndianBytes(kArchiveBytes - 100, 8) + LittleEndianBytes(1, 4);
  EXPECT_THAT(Check(locator + EndRecord(9, 9) + EndRecord(2, 92)), IsOk());
}

TEST(ZipDirectory, RefusesNumbersOf64BitsBesideAConsistentEndRecord) {
  constexpr uint64_t kPlace = kArchiveBytes - 98 - 22;
  EXPECT_THAT(
      Check(EndRecords64(uint64_t{1} << 40, 92, kPlace) + EndRecord(2, 92)),
      FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("claims 1099511627776 members")));
}

TEST(ZipDirectory, ChecksAllEndRecordsWhereNoneEndsTheArchive) {
  EXPECT_THAT(Check(EndRecord(2, 92) + "trailing bytes"), IsOk());
  EXPECT_THAT(Check(EndRecord(9999, 10) + EndRecord(2, 92) + "trailing bytes"),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("claims 9999 members")));
}

TEST(ZipDirectory, CountsBytesFromTheArchivesBeginningWhenTheTailIsShorter) {
  EXPECT_THAT(CheckZipDirectory(EndRecord(3, 92), 1'000'000),
              FailsWith(absl::StatusCode::kInvalidArgument, StartsWith("byte 999978: ")));
}

TEST(ZipDirectory, RefusesWhatHasNoEndRecord) {
  for (const std::string& bytes :
       {std::string(), std::string("PK\x05\x06"), EndRecord(0, 0).substr(0, 21)}) {
    EXPECT_THAT(CheckZipDirectory(bytes, static_cast<int64_t>(bytes.size())),
                FailsWith(absl::StatusCode::kInvalidArgument,
                          StartsWith(absl::StrCat("byte ", bytes.size(), ": not a zip archive"))));
  }
}

}  // namespace
}  // namespace didact
