// Archives are read back by libzip (NpzReader), which has not written them.

#include "didact/framework/io/npz_stream_writer.h"

#include <zip.h>

#include <cstring>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/io/output_file.h"
#include "didact/framework/io/zip_records.h"
#include "tests/base/allocation_meter.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class T>
std::string Bytes(std::vector<T> values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

TEST(NpzStreamWriter, LetsArraysGrowSideBySide) {
  const std::string path = ScratchPath("f.npz");
  absl::StatusOr<NpzStreamWriter> writer =
      NpzStreamWriter::Create(path, {{"a", NpyElement::kFloat64, 0, {20000, 2}},
                                     {"empty", NpyElement::kInt64, 0, {0, 3}},
                                     {"scalar", NpyElement::kUint8, 0, {}},
                                     {"b", NpyElement::kInt64, 0, {20000}}});
  ASSERT_THAT(writer.status(), IsOk());
  std::vector<double> a;
  std::vector<int64_t> b;
  for (int64_t i = 0; i < 20000; ++i) {
    a.insert(a.end(), {0.5 * i, -i / 3.0});
    b.push_back(-i);
    ASSERT_THAT(writer->Append(0, Bytes<double>({0.5 * i, -i / 3.0})), IsOk());
    ASSERT_THAT(writer->Append(3, Bytes<int64_t>({-i})), IsOk());
  }
  ASSERT_THAT(writer->Append(2, "\x07"), IsOk());
  EXPECT_FALSE(PathExists(path));
  ASSERT_THAT(writer->Finish(), IsOk());

  const absl::StatusOr<NpzReader> reader = NpzReader::Open(path);
  ASSERT_THAT(reader.status(), IsOk());
  EXPECT_THAT(reader->names(), ElementsAre("a", "empty", "scalar", "b"));
  EXPECT_THAT(reader->Read("a")->shape, ElementsAre(20000, 2));
  EXPECT_EQ(*reader->Read("a")->ReadAs<double>(), a);
  EXPECT_EQ(*reader->Read("b")->ReadAs<int64_t>(), b);
  EXPECT_THAT(reader->Read("empty")->shape, ElementsAre(0, 3));
  EXPECT_THAT(*reader->Read("scalar")->ReadAs<int64_t>(), ElementsAre(7));
}

TEST(NpzStreamWriter, WritesTheBytesThatWriteNpzWrites) {
  const std::vector<double> a = {1, 2, 3};
  const std::vector<int64_t> b = {4};
  const std::string path = ScratchPath("same.npz");
  absl::StatusOr<NpzStreamWriter> writer = NpzStreamWriter::Create(
      path, {{"a", NpyElement::kFloat64, 0, {3}}, {"b", NpyElement::kInt64, 0, {1}}});
  ASSERT_THAT(writer.status(), IsOk());
  ASSERT_THAT(writer->Append(1, Bytes(b)), IsOk());
  ASSERT_THAT(writer->Append(0, Bytes(a)), IsOk());
  ASSERT_THAT(writer->Finish(), IsOk());
  const std::vector<NamedArray> arrays = {{"a", MakeNpyArray<double>({3}, a)},
                                          {"b", MakeNpyArray<int64_t>({1}, b)}};
  const std::string bytes = *ReadFile(path);
  const std::string other = *SerializeNpz(arrays);
  ASSERT_EQ(bytes.size(), other.size());
  // Members begin at the same places as those of libzip; the field "made by" may differ.
  const size_t directory = other.find("PK\x01\x02");
  EXPECT_TRUE(bytes.substr(0, directory) == other.substr(0, directory));
}

TEST(NpzStreamWriter, WritesTexts) {
  const std::string path = ScratchPath("text.npz");
  absl::StatusOr<NpzStreamWriter> writer =
      NpzStreamWriter::Create(path, {{"t", NpyElement::kUint8, 3, {2}}});
  ASSERT_THAT(writer.status(), IsOk());
  ASSERT_THAT(writer->Append(0, NpyText("ab", 3)), IsOk());
  ASSERT_THAT(writer->Append(0, NpyText("wxyz", 3)), IsOk());
  ASSERT_THAT(writer->Finish(), IsOk());
  const std::string bytes = *ReadFile(path);
  EXPECT_THAT(bytes, HasSubstr("'descr': '<U3'"));
  EXPECT_THAT(bytes, HasSubstr(std::string("a\0\0\0b\0\0\0\0\0\0\0w\0\0\0x\0\0\0y\0\0\0", 24)));
}

TEST(NpzStreamWriter, RefusesWhatDoesNotFitTheShape) {
  const std::string path = ScratchPath("short.npz");
  {
    absl::StatusOr<NpzStreamWriter> writer =
        NpzStreamWriter::Create(path, {{"a", NpyElement::kFloat64, 0, {2}}});
    ASSERT_THAT(writer.status(), IsOk());
    ASSERT_THAT(writer->Append(0, Bytes<double>({1})), IsOk());
    EXPECT_THAT(
        writer->Append(0, Bytes<double>({1, 2})),
        FailsWith(absl::StatusCode::kOutOfRange, path + ": a.npy: has room for 8 bytes, got 16"));
    EXPECT_THAT(writer->Finish(),
                FailsWith(absl::StatusCode::kFailedPrecondition, path + ": a.npy: lacks 8 bytes"));
  }
  EXPECT_FALSE(PathExists(path));
}

TEST(NpzStreamWriter, RefusesNamesAndShapesThatCannotBe) {
  const auto create = [](std::vector<StreamedArray> arrays) {
    return NpzStreamWriter::Create(ScratchPath("no.npz"), arrays).status();
  };
  const auto refused = [](const std::string& problem) {
    return FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr(problem));
  };
  EXPECT_THAT(create({{"", NpyElement::kInt64, 0, {1}}}), refused("must have 1 to 60000 bytes"));
  EXPECT_THAT(create({{"a", NpyElement::kInt64, 0, {}}, {"a", NpyElement::kInt64, 0, {}}}),
              refused("array \"a\": is there twice"));
  EXPECT_THAT(create({{"a", NpyElement::kInt64, 0, {-1}}}), refused("too large for a file"));
  EXPECT_THAT(create({{"a", NpyElement::kInt64, 0, {int64_t{1} << 40, int64_t{1} << 40}}}),
              refused("too large for a file"));
}

TEST(NpzStreamWriter, HoldsNoMoreThanBuffers) {
  constexpr int64_t kRows = 1 << 20;  // 16 MiB in all
  const AllocationMeter meter;
  absl::StatusOr<NpzStreamWriter> writer = NpzStreamWriter::Create(
      ScratchPath("large.npz"),
      {{"a", NpyElement::kFloat64, 0, {kRows}}, {"b", NpyElement::kFloat64, 0, {kRows}}});
  ASSERT_THAT(writer.status(), IsOk());
  const std::string row(8, '\0');
  for (int64_t i = 0; i < kRows; ++i) {
    ASSERT_THAT(writer->Append(0, row), IsOk());
    ASSERT_THAT(writer->Append(1, row), IsOk());
  }
  ASSERT_THAT(writer->Finish(), IsOk());
  EXPECT_LT(meter.peak(), 1 << 19);
}

// The members are larger than 4 GiB, and another follows: most of the file is a hole.
TEST(ZipRecords, HoldLargeArchives) {
  const std::string path = ScratchPath("huge.zip");
  constexpr int64_t kHuge = int64_t{5} << 30;
  StoredZipMember huge = {"huge", kHuge, 0, 0};
  StoredZipMember small = {"small", 5, 0, 0x3610a686};  // CRC-32 of "hello"
  small.offset = static_cast<int64_t>(ZipLocalHeader(huge).size()) + kHuge;
  const int64_t contents = small.offset + static_cast<int64_t>(ZipLocalHeader(small).size());
  absl::StatusOr<OutputFile> file = OutputFile::Create(path);
  ASSERT_THAT(file.status(), IsOk());
  ASSERT_THAT(file->WriteAt(0, ZipLocalHeader(huge)), IsOk());
  ASSERT_THAT(file->WriteAt(small.offset, ZipLocalHeader(small)), IsOk());
  ASSERT_THAT(file->WriteAt(contents, "hello"), IsOk());
  const std::string directory = ZipDirectoryEntry(huge) + ZipDirectoryEntry(small);
  const std::string end = ZipEndRecords(2, static_cast<int64_t>(directory.size()), contents + 5);
  ASSERT_THAT(file->WriteAt(contents + 5, directory + end), IsOk());
  ASSERT_THAT(file->Commit(), IsOk());

  int error = 0;
  zip_t* const zip = zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &error);
  ASSERT_NE(zip, nullptr) << error;
  EXPECT_EQ(zip_get_num_entries(zip, 0), 2);
  zip_stat_t stat;
  ASSERT_EQ(zip_stat(zip, "huge", 0, &stat), 0);
  EXPECT_EQ(stat.size, kHuge);
  zip_file_t* const member = zip_fopen(zip, "small", 0);
  ASSERT_NE(member, nullptr);
  char buffer[10];
  EXPECT_EQ(zip_fread(member, buffer, 10), 5) << zip_file_strerror(member);
  EXPECT_EQ(std::memcmp(buffer, "hello", 5), 0);
  zip_fclose(member);
  zip_discard(zip);
  ASSERT_THAT(RemoveFile(path), IsOk());
}

TEST(ZipRecords, HoldManyMembers) {
  const std::string path = ScratchPath("many.zip");
  absl::StatusOr<OutputFile> file = OutputFile::Create(path);
  ASSERT_THAT(file.status(), IsOk());
  constexpr int64_t kMembers = 70000;
  int64_t offset = 0;
  std::string directory;
  for (int64_t i = 0; i < kMembers; ++i) {
    const StoredZipMember member = {absl::StrCat(i), 0, offset, 0};
    const std::string header = ZipLocalHeader(member);
    ASSERT_THAT(file->Append(header), IsOk());
    offset += static_cast<int64_t>(header.size());
    directory += ZipDirectoryEntry(member);
  }
  ASSERT_THAT(file->Append(directory), IsOk());
  ASSERT_THAT(file->Append(ZipEndRecords(kMembers, static_cast<int64_t>(directory.size()), offset)),
              IsOk());
  ASSERT_THAT(file->Commit(), IsOk());
  int error = 0;
  zip_t* const zip = zip_open(path.c_str(), ZIP_RDONLY, &error);
  ASSERT_NE(zip, nullptr) << error;
  EXPECT_EQ(zip_get_num_entries(zip, 0), kMembers);
  zip_discard(zip);
}

}  // namespace
}  // namespace didact
