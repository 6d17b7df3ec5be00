#include "didact/framework/io/npz.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/base/test_files.h"
#include "tests/io/zip_builder.h"

namespace didact {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::StrEq;

// The output of numpy 1.24, in hexadecimal, for a = [1.0, 2.0] and b = [3], an int64.
//
// np.savez
constexpr char kStored[] =
    "504b030414000000000000002100645baabf900000009000000005001400612e6e70790100100090000000000000"
    "009000000000000000934e554d5059010076007b276465736372273a20273c6638272c2027666f727472616e5f6f"
    "72646572273a2046616c73652c20277368617065273a2028322c292c207d20202020202020202020202020202020"
    "20202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a00"
    "0000000000f03f0000000000000040504b030414000000000000002100439d311c88000000880000000500140062"
    "2e6e70790100100088000000000000008800000000000000934e554d5059010076007b276465736372273a20273c"
    "6938272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028312c292c207d20"
    "20202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "202020202020202020202020200a0300000000000000504b0102140314000000000000002100645baabf90000000"
    "90000000050000000000000000000000800100000000612e6e7079504b0102140314000000000000002100439d31"
    "1c88000000880000000500000000000000000000008001c7000000622e6e7079504b050600000000020002006600"
    "0000860100000000";
// np.savez_compressed
constexpr char kCompressed[] =
    "504b030414000000080000002100645baabf4c0000009000000005001400612e6e70790100100090000000000000"
    "004c000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f"
    "5f94920a12774bcc294e058a17672416a402f91a463a9a3a0ab50a14002e0630f8600fa1191c00504b0304140000"
    "00080000002100439d311c480000008800000005001400622e6e7079010010008800000000000000480000000000"
    "00009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9369a1aea3a09e965f54529498179f5f94920a12774b"
    "cc294e058a17672416a402f91a863a9a3a0ab50a14002e6606080000504b0102140314000000080000002100645b"
    "aabf4c00000090000000050000000000000000000000800100000000612e6e7079504b0102140314000000080000"
    "002100439d311c4800000088000000050000000000000000000000800183000000622e6e7079504b050600000000"
    "0200020066000000020100000000";

std::string NpyBytes(const std::vector<double>& values) {
  return *SerializeNpy(MakeNpyArray<double>({static_cast<int64_t>(values.size())}, values));
}

NpzReader ReaderOf(std::string bytes) {
  absl::StatusOr<NpzReader> reader = NpzReader::FromBytes(std::move(bytes), "f.npz");
  EXPECT_THAT(reader.status(), IsOk());
  return *std::move(reader);
}

TEST(Npz, ReadsWhatNumpyWrote) {
  for (const char* archive : {kStored, kCompressed}) {
    const NpzReader reader = ReaderOf(BytesFromHexadecimal(archive));
    EXPECT_THAT(reader.names(), ElementsAre("a", "b"));
    EXPECT_TRUE(reader.Has("a"));
    EXPECT_FALSE(reader.Has("a.npy"));
    const absl::StatusOr<NpyArray> a = reader.Read("a");
    ASSERT_THAT(a.status(), IsOk());
    EXPECT_EQ(a->origin, "f.npz: array \"a\"");
    EXPECT_THAT(*a->ReadAs<double>(), ElementsAre(1, 2));
    EXPECT_THAT(*reader.Read("b")->ReadAs<int64_t>(), ElementsAre(3));
    EXPECT_THAT(*reader.Read("a")->ReadAs<double>(), ElementsAre(1, 2)) << "read again";
  }
}

TEST(Npz, ReadsARecordedRunFromAFile) {
  const absl::StatusOr<NpzReader> reader = NpzReader::Open("tests/parity/data/t1.npz");
  ASSERT_THAT(reader.status(), IsOk());
  EXPECT_EQ(reader->names().size(), 69u);
  EXPECT_EQ(reader->names().front(), "hp_d");
  // The names remain valid after the reader is destroyed.
  size_t names = 0;
  for (const std::string& name : NpzReader::Open(reader->path())->names()) {
    EXPECT_EQ(name, reader->names()[names++]);
  }
  EXPECT_EQ(names, reader->names().size());
  // Values that numpy printed from the same file.
  const absl::StatusOr<NpyArray> weights = reader->Read("W1_t");
  ASSERT_THAT(weights.status(), IsOk());
  EXPECT_THAT(weights->shape, ElementsAre(11, 5));
  EXPECT_EQ(weights->ReadAs<double>()->front(), -0x1.02061446ffa99p-2);
  const absl::StatusOr<NpyArray> inputs = reader->Read("X_train");
  EXPECT_THAT(inputs->shape, ElementsAre(500, 10));
  EXPECT_EQ(inputs->ReadAs<double>()->back(), 0x1.1ccaae0000000p+1);
  const absl::StatusOr<NpyArray> batches = reader->Read("batch_idx");
  EXPECT_THAT(batches->shape, ElementsAre(200, 8));
  EXPECT_EQ(batches->element, NpyElement::kInt64);
  int64_t sum = 0;
  const std::vector<int64_t> indices = *batches->ReadAs<int64_t>();
  for (const int64_t index : indices) sum += index;
  EXPECT_EQ(sum, 406216);
  EXPECT_EQ(reader->Read("hp_kind")->bytes, "two_layer");
  EXPECT_EQ(reader->Read("draw_X_eval")->element, NpyElement::kFloat32);
  for (const std::string& name : reader->names()) {
    EXPECT_THAT(reader->Read(name).status(), IsOk());
  }
}

TEST(Npz, ListsWhatThereIsWhenAnArrayIsMissing) {
  const NpzReader reader = ReaderOf(BytesFromHexadecimal(kStored));
  EXPECT_THAT(
      reader.Read("c").status(),
      FailsWith(absl::StatusCode::kNotFound, StrEq("f.npz: no array \"c\"; the file has: a, b")));
}

TEST(Npz, ListsAHundredNamesAtMost) {
  std::vector<NamedArray> arrays;
  for (int i = 0; i < 103; ++i)
    arrays.push_back({absl::StrCat("x", i), MakeNpyArray<double>({0}, {})});
  EXPECT_THAT(ReaderOf(*SerializeNpz(arrays)).Read("c").status(),
              FailsWith(absl::StatusCode::kNotFound,
                        AllOf(StartsWith("f.npz: no array \"c\"; the file has: x0, x1, "),
                              testing::EndsWith(", x98, x99 and 3 more"))));
}

TEST(Npz, LeavesOtherMembersOut) {
  const NpzReader reader = ReaderOf(BuildZip(
      {{.name = "readme.txt", .contents = "text"}, {.name = "x.npy", .contents = NpyBytes({4})}}));
  EXPECT_THAT(reader.names(), ElementsAre("x"));
}

TEST(Npz, ReadsArchivesWithA64BitEnd) {
  const NpzReader reader =
      ReaderOf(BuildZip({{.name = "x.npy", .contents = NpyBytes({4})}}, /*with_64_bit_end=*/true));
  EXPECT_THAT(*reader.Read("x")->ReadAs<double>(), ElementsAre(4));
}

TEST(Npz, ReadsArraysWhoseBytesLookLikeTheEndOfAnArchive) {
  const std::vector<std::string> contents = {
      // The magic number among noise, with zeros behind it, which are an archive without members,
      // and a whole archive.
      "PK\x05\x06" + std::string(60, '\xee'), "PK\x05\x06" + std::string(60, '\0'),
      BuildZip({{"inner.npy", NpyBytes({9})}}), BuildZip({{"inner.npy", NpyBytes({9})}}, true)};
  for (const std::string& bytes : contents) {
    const std::vector<uint8_t> values(bytes.begin(), bytes.end());
    const NpyArray array = MakeNpyArray<uint8_t>({static_cast<int64_t>(values.size())}, values);
    const absl::StatusOr<std::string> npz = SerializeNpz({{"a", array}, {"b", array}});
    ASSERT_THAT(npz.status(), IsOk());
    const absl::StatusOr<NpzReader> reader = NpzReader::FromBytes(*npz, "f.npz");
    ASSERT_THAT(reader.status(), IsOk()) << absl::CHexEscape(bytes);
    EXPECT_THAT(reader->names(), ElementsAre("a", "b"));
    for (const char* name : {"a", "b"}) EXPECT_EQ(reader->Read(name)->bytes, bytes);
  }
}

TEST(Npz, WritesExactlyTheArchiveOfTheSpecification) {
  const std::vector<NamedArray> arrays = {
      {"b", MakeNpyArray<double>({2}, std::vector<double>{1, 2})},
      {"a", MakeNpyArray<int64_t>({1}, std::vector<int64_t>{3})}};
  std::string expected = BuildZip({{.name = "b.npy", .contents = *SerializeNpy(arrays[0].array)},
                                   {.name = "a.npy", .contents = *SerializeNpy(arrays[1].array)}});
  // The format does not determine versions and attributes. Blank them on both sides.
  const absl::StatusOr<std::string> written = SerializeNpz(arrays);
  ASSERT_THAT(written.status(), IsOk());
  ASSERT_EQ(written->size(), expected.size());
  std::string blanked = *written;
  for (std::string* archive : {&blanked, &expected}) {
    for (size_t entry = archive->find("PK\x03\x04"); entry != std::string::npos;
         entry = archive->find("PK\x03\x04", entry + 1)) {
      archive->replace(entry + 4, 2, "vv");
    }
    for (size_t entry = archive->find("PK\x01\x02"); entry != std::string::npos;
         entry = archive->find("PK\x01\x02", entry + 1)) {
      archive->replace(entry + 4, 4, "vvvv");
      archive->replace(entry + 38, 4, "aaaa");
    }
  }
  EXPECT_EQ(absl::BytesToHexString(blanked), absl::BytesToHexString(expected));
}

TEST(Npz, WritesTheSameBytesForTheSameArrays) {
  const std::vector<NamedArray> arrays = {
      {"x", MakeNpyArray<float>({2, 1}, std::vector<float>{1, 2})}};
  const std::string first = *SerializeNpz(arrays);
  // The resolution of a zip archive's clock is two seconds. The date must not be read from a clock
  // at all.
  EXPECT_EQ(first, *SerializeNpz(arrays));
  EXPECT_THAT(first, HasSubstr(std::string("\0\0\x21\0", 4))) << "1980-01-01 00:00:00";
}

TEST(Npz, RoundTripsThroughAFile) {
  const std::string path = ScratchPath("round_trip.npz");
  std::vector<double> many(100000);
  for (size_t i = 0; i < many.size(); ++i) many[i] = 1.0 / static_cast<double>(i + 1);
  const std::vector<NamedArray> arrays = {
      {"student.0.weight", MakeNpyArray<double>({1000, 100}, many)},
      {"empty", MakeNpyArray<float>({0, 3}, {})},
      {"größe", MakeNpyArray<uint8_t>({1}, std::vector<uint8_t>{7})}};
  ASSERT_THAT(WriteNpz(path, arrays), IsOk());
  const absl::StatusOr<NpzReader> reader = NpzReader::Open(path);
  ASSERT_THAT(reader.status(), IsOk());
  EXPECT_THAT(reader->names(), ElementsAre("student.0.weight", "empty", "größe"));
  EXPECT_THAT(reader->Read("student.0.weight")->shape, ElementsAre(1000, 100));
  EXPECT_EQ(*reader->Read("student.0.weight")->ReadAs<double>(), many);
  EXPECT_THAT(reader->Read("empty")->shape, ElementsAre(0, 3));
  EXPECT_THAT(*reader->Read("größe")->ReadAs<uint8_t>(), ElementsAre(7));
}

TEST(Npz, WritesAndReadsAnArchiveWithoutArrays) {
  const std::string archive = *SerializeNpz({});
  EXPECT_EQ(archive, BuildZip({}));
  EXPECT_THAT(ReaderOf(archive).names(), IsEmpty());
  EXPECT_THAT(ReaderOf(archive).Read("a").status(),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("the file has: none")));
}

TEST(Npz, RefusesToWriteBadNamesAndArrays) {
  const NpyArray good = MakeNpyArray<double>({1}, std::vector<double>{1});
  const NpyArray bad = MakeNpyArray<double>({2}, std::vector<double>{1});
  const std::pair<std::vector<NamedArray>, const char*> cases[] = {
      {{{"", good}}, "array name \"\": must not be empty"},
      {{{"x", good}, {"x", good}}, "array name \"x\": is given twice"},
      {{{std::string("a\0b", 3), good}}, "must not contain a zero byte"},
      {{{std::string(70000, 'x'), good}}, "must be shorter than 64 KiB"},
      {{{"x", bad}}, "array \"x\": shape [2] of float64 does not describe 8 bytes"},
  };
  const std::string path = ScratchPath("never.npz");
  for (const auto& [arrays, message] : cases) {
    EXPECT_THAT(WriteNpz(path, arrays),
                FailsWith(absl::StatusCode::kInvalidArgument,
                          AllOf(StartsWith(path + ": "), HasSubstr(message))));
  }
  EXPECT_FALSE(PathExists(path));
}

absl::Status ReadError(std::string archive) {
  const absl::StatusOr<NpzReader> reader = NpzReader::FromBytes(std::move(archive), "f.npz");
  return reader.ok() ? reader->Read("x").status() : reader.status();
}

TEST(Npz, RefusesAWrongChecksum) {
  for (const bool deflate : {false, true}) {
    EXPECT_THAT(
        ReadError(BuildZip(
            {{.name = "x.npy", .contents = NpyBytes({1}), .deflate = deflate, .crc = 123}})),
        FailsWith(absl::StatusCode::kInvalidArgument,
                  StrEq("f.npz: array \"x\": byte 136: the data are damaged: their checksum is "
                        "wrong")));
  }
}

TEST(Npz, RefusesASizeThatIsNotTheInflatedOne) {
  for (const uint32_t size : {1u, 135u, 137u, 0x7fffffffu}) {
    const absl::Status status = ReadError(BuildZip({{.name = "x.npy",
                                                     .contents = NpyBytes({1}),
                                                     .deflate = true,
                                                     .uncompressed_size = size}}));
    EXPECT_THAT(status, FailsWith(absl::StatusCode::kInvalidArgument,
                                  StartsWith("f.npz: array \"x\": byte ")));
  }
}

TEST(Npz, RefusesMoreThanTheLimit) {
  for (const bool deflate : {false, true}) {
    const NpzReader reader =
        ReaderOf(BuildZip({{.name = "x.npy", .contents = NpyBytes({1}), .deflate = deflate}}));
    EXPECT_THAT(reader.Read("x", 136).status(), IsOk());
    EXPECT_THAT(reader.Read("x", 135).status(),
                FailsWith(absl::StatusCode::kOutOfRange,
                          StrEq("f.npz: array \"x\": has 136 bytes, more than the 135 allowed")));
  }
}

TEST(Npz, RefusesCompressionMethodsThatNumpyDoesNotUse) {
  EXPECT_THAT(
      ReadError(BuildZip({{.name = "x.npy", .contents = NpyBytes({1}), .method = 12}})),
      FailsWith(
          absl::StatusCode::kInvalidArgument,
          HasSubstr("expected a stored or deflated zip member, found compression method 12")));
}

TEST(Npz, RefusesEncryptedMembers) {
  EXPECT_THAT(
      ReadError(BuildZip({{.name = "x.npy", .contents = NpyBytes({1}), .flags = 1}})),
      FailsWith(absl::StatusCode::kInvalidArgument,
                StrEq("f.npz: array \"x\": the zip member cannot be read: No password provided")));
}

TEST(Npz, RefusesTwoMembersOfOneName) {
  EXPECT_THAT(
      ReadError(BuildZip({{.name = "x.npy", .contents = NpyBytes({1})},
                          {.name = "x.npy", .contents = NpyBytes({2})}})),
      FailsWith(absl::StatusCode::kInvalidArgument, StrEq("f.npz: has two arrays named \"x\"")));
}

TEST(Npz, NamesTheArrayInErrorsOfItsHeader) {
  EXPECT_THAT(ReadError(BuildZip({{.name = "x.npy", .contents = "not an array"}})),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StartsWith("f.npz: array \"x\": byte 0: not a .npy file")));
}

TEST(Npz, RefusesEveryTruncation) {
  for (const char* hexadecimal : {kStored, kCompressed}) {
    const std::string archive = BytesFromHexadecimal(hexadecimal);
    for (size_t size = 0; size < archive.size(); ++size) {
      EXPECT_THAT(
          NpzReader::FromBytes(archive.substr(0, size), "f.npz").status(),
          FailsWith(absl::StatusCode::kInvalidArgument,
                    StartsWith(absl::StrCat("f.npz: byte ", size,
                                            ": not a zip archive, or one that was cut off"))));
    }
  }
}

TEST(Npz, ReadsTheRightArrayOrNoneAfterAnyFlippedBit) {
  for (const char* hexadecimal : {kStored, kCompressed}) {
    const std::string archive = BytesFromHexadecimal(hexadecimal);
    for (size_t bit = 0; bit < 8 * archive.size(); ++bit) {
      std::string flipped = archive;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
      const absl::StatusOr<NpzReader> reader = NpzReader::FromBytes(flipped, "f.npz");
      if (!reader.ok()) {
        EXPECT_THAT(std::string(reader.status().message()), StartsWith("f.npz: ")) << bit;
        continue;
      }
      const absl::StatusOr<NpyArray> a = reader->Read("a");
      if (a.ok()) {
        EXPECT_THAT(a->ReadAs<double>().value(), ElementsAre(1, 2)) << bit;
      } else {
        EXPECT_THAT(std::string(a.status().message()), StartsWith("f.npz: ")) << bit;
      }
    }
  }
}

TEST(Npz, RefusesFilesThatAreSomethingElse) {
  EXPECT_THAT(
      NpzReader::Open(testing::TempDir()).status(),
      FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("is a directory, a file is wanted")));
  EXPECT_THAT(NpzReader::Open(ScratchPath("missing.npz")).status(),
              FailsWith(absl::StatusCode::kNotFound,
                        HasSubstr("missing.npz: cannot be opened: No such file or directory")));
  const std::string text = ScratchFile("text.npz", "not a zip archive at all");
  EXPECT_THAT(NpzReader::Open(text).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StartsWith(text + ": byte 24: not a zip archive")));
  EXPECT_THAT(NpzReader::Open(ScratchFile("page.npz", "<!doctype html>\n")).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("(a web page,")));
  EXPECT_THAT(
      NpzReader::Open(ScratchFile("empty.npz", "")).status(),
      FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("byte 0: not a zip archive")));
}

}  // namespace
}  // namespace didact
