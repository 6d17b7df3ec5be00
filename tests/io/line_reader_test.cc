#include "didact/framework/io/line_reader.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tests/base/allocation_meter.h"
#include "tests/base/same_bytes.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

// Returns all lines of a file. `is_torn` tells whether bytes are left.
std::vector<std::string> Lines(const std::string& bytes, bool& is_torn) {
  absl::StatusOr<LineReader> reader = LineReader::Open(ScratchFile("lines", bytes));
  EXPECT_THAT(reader.status(), IsOk());
  std::vector<std::string> lines;
  for (absl::string_view line;;) {
    const absl::StatusOr<bool> found = reader->Next(line);
    EXPECT_THAT(found.status(), IsOk());
    if (!found.ok() || !*found) break;
    lines.emplace_back(line);
    EXPECT_EQ(reader->number(), static_cast<int64_t>(lines.size()));
  }
  is_torn = reader->is_torn();
  return lines;
}

TEST(LineReader, GivesWholeLines) {
  bool is_torn = false;
  EXPECT_THAT(Lines("one\n\nthree\n", is_torn), ElementsAre("one", "", "three"));
  EXPECT_FALSE(is_torn);
  EXPECT_THAT(Lines("one\ntw", is_torn), ElementsAre("one"));
  EXPECT_TRUE(is_torn);
  EXPECT_THAT(Lines("", is_torn), IsEmpty());
  EXPECT_FALSE(is_torn);
}

TEST(LineReader, PutsTogetherWhatBuffersCut) {
  // The lengths are around that of the buffer, 64 KiB.
  for (const size_t length : {65534u, 65535u, 65536u, 65537u, 300000u}) {
    std::vector<std::string> lines;
    std::string bytes;
    for (int i = 0; i < 5; ++i) {
      lines.push_back(absl::StrCat(i, std::string(i % 2 == 0 ? length : 10, 'x'), i));
      absl::StrAppend(&bytes, lines.back(), "\n");
    }
    bool is_torn = false;
    const std::vector<std::string> read = Lines(bytes, is_torn);
    ASSERT_EQ(read.size(), lines.size()) << length;
    for (size_t i = 0; i < lines.size(); ++i) EXPECT_TRUE(SameBytes(read[i], lines[i])) << length;
    EXPECT_FALSE(is_torn);
  }
}

TEST(LineReader, RefusesLinesThatAreTooLong) {
  const std::string path = ScratchFile("long", "short\n" + std::string(1 << 20, 'x'));
  absl::StatusOr<LineReader> reader = LineReader::Open(path, 1000);
  ASSERT_THAT(reader.status(), IsOk());
  absl::string_view line;
  EXPECT_THAT(reader->Next(line).status(), IsOk());
  EXPECT_THAT(reader->Next(line).status(),
              FailsWith(absl::StatusCode::kOutOfRange,
                        EndsWith("long:2: the line has more than 1000 bytes")));
}

TEST(LineReader, HoldsNoMoreThanABuffer) {
  std::string bytes;
  for (int i = 0; i < 100000; ++i) absl::StrAppend(&bytes, "line number ", i, "\n");
  const std::string path = ScratchFile("many", bytes);
  const AllocationMeter meter;
  absl::StatusOr<LineReader> reader = LineReader::Open(path);
  ASSERT_THAT(reader.status(), IsOk());
  int64_t lines = 0;
  for (absl::string_view line; *reader->Next(line);) ++lines;
  EXPECT_EQ(lines, 100000);
  EXPECT_LT(meter.peak(), 1 << 17);
}

}  // namespace
}  // namespace didact
