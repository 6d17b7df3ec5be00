#include "didact/framework/io/idx.h"

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/io/npy.h"
#include "tests/base/test_files.h"
#include "tests/io/zip_builder.h"

namespace didact {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using testing::StrEq;

constexpr int kGzip = 31;  // zlib's window bits for a gzip header and trailer

// Returns two images of 2 x 3 pixels with the values 0 to 11.
std::string Images() {
  std::string bytes("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03", 16);
  for (char i = 0; i < 12; ++i) bytes.push_back(i);
  return bytes;
}

std::string Labels(char count) {
  std::string bytes("\0\0\x08\x01\0\0\0", 7);
  bytes.push_back(count);
  for (char i = 0; i < count; ++i) bytes.push_back(i);
  return bytes;
}

absl::Status ParseError(const std::string& bytes) { return ParseIdx(bytes, "f.idx").status(); }

TEST(Idx, ReadsPlainAndCompressedFiles) {
  for (const std::string& bytes : {Images(), Deflated(Images(), kGzip)}) {
    const absl::StatusOr<IdxArray> array = ReadIdx(ScratchFile("images", bytes));
    ASSERT_THAT(array.status(), IsOk());
    EXPECT_THAT(array->shape, ElementsAre(2, 2, 3));
    EXPECT_THAT(array->values, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  }
}

TEST(Idx, ReadsAnArrayWithoutElements) {
  const absl::StatusOr<IdxArray> array = ParseIdx(Labels(0), "f.idx");
  ASSERT_THAT(array.status(), IsOk());
  EXPECT_THAT(array->shape, ElementsAre(0));
}

TEST(Idx, ReadsEveryElementType) {
  const auto read = [](const std::string& type_and_elements) {
    return ParseIdx(BytesFromHexadecimal(absl::StrCat("0000", type_and_elements.substr(0, 2),
                                                      "0100000002", type_and_elements.substr(2))),
                    "f.idx");
  };
  const auto values = [&](const std::string& type_and_elements) {
    const absl::StatusOr<IdxArray> array = read(type_and_elements);
    EXPECT_THAT(array.status(), IsOk());
    const NpyArray npy = {array->element, array->shape,
                          std::string(array->values.begin(), array->values.end()), ""};
    return *npy.ReadAs<double>();
  };
  EXPECT_THAT(values("0880ff"), ElementsAre(128, 255));
  EXPECT_THAT(values("0980ff"), ElementsAre(-128, -1));
  EXPECT_THAT(values("0b0102fffe"), ElementsAre(258, -2));
  EXPECT_THAT(values("0c00000102fffffffe"), ElementsAre(258, -2));
  EXPECT_THAT(values("0d3fc00000c0000000"), ElementsAre(1.5, -2));
  EXPECT_THAT(values("0e3ff8000000000000c000000000000000"), ElementsAre(1.5, -2));
  EXPECT_THAT(read("0b010203").status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq("f.idx: byte 11: expected 4 bytes for shape [2] behind the header, "
                              "found 3")));
}

TEST(Idx, ReadsFashionMnist) {
  // The sums and the checksum were computed by another program from the same package.
  const std::string folder = "/usr/share/datasets/fashion-mnist/";
  const absl::StatusOr<IdxImages> test =
      ReadIdxImages(folder + "t10k-images-idx3-ubyte.gz", folder + "t10k-labels-idx1-ubyte.gz");
  ASSERT_THAT(test.status(), IsOk());
  EXPECT_THAT(test->images.shape, ElementsAre(10000, 28, 28));
  EXPECT_THAT(test->labels.shape, ElementsAre(10000));
  const std::vector<uint8_t>& pixels = test->images.values;
  EXPECT_EQ(std::accumulate(pixels.begin(), pixels.end(), int64_t{0}), 573469082);
  EXPECT_EQ(crc32(0, pixels.data(), static_cast<uInt>(pixels.size())), 0x12728439u);
  EXPECT_EQ(std::accumulate(test->labels.values.begin(), test->labels.values.end(), 0), 45000);
  EXPECT_THAT(std::vector<uint8_t>(test->labels.values.begin(), test->labels.values.begin() + 10),
              ElementsAre(9, 2, 1, 1, 6, 1, 4, 6, 5, 7));
}

TEST(Idx, RefusesOtherMagicNumbers) {
  EXPECT_THAT(ParseError("PK\x03\x04 and more"),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq("f.idx: byte 0: not an IDX file: expected the magic number 0000TTNN, "
                              "found 504b0304 (a zip archive, .npz?)")));
  EXPECT_THAT(ParseError(std::string("\0\0\x77\x01\0\0\0\0", 8)),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq("f.idx: byte 2: expected an element type: 08, 09 (bytes), 0b, 0c "
                              "(integers), 0d or 0e (float, double), found 77")));
  EXPECT_THAT(ParseError(std::string("\0\0\x08\0", 4)),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq("f.idx: byte 3: expected at least one dimension, found 0")));
}

TEST(Idx, NamesFilesOfOtherKinds) {
  const std::pair<std::string, const char*> files[] = {
      {"<!DOCTYPE html><title>404</title>", "(a web page, perhaps the message of a server"},
      {"\r\n <html lang='en'>", "(a web page,"},
      {Deflated(Deflated(Images(), kGzip), kGzip), "(gzip data within gzip data;"},
      {Deflated("<!doctype HTML>", kGzip), "(a web page,"},
      {"version https://git-lfs.github.com/spec/v1\n", "'git lfs pull'"},
      {"BZh91AY", "(bzip2 data;"}};
  for (const auto& [bytes, kind] : files) {
    EXPECT_THAT(ParseError(bytes),
                FailsWith(absl::StatusCode::kInvalidArgument,
                          AllOf(StartsWith("f.idx: byte 0: not an IDX file: "), HasSubstr(kind))));
  }
}

TEST(Idx, RefusesTooManyAndTooFewBytes) {
  EXPECT_THAT(ParseError(Images() + "x"),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq("f.idx: byte 28: expected 12 bytes for shape [2, 2, 3] behind the "
                              "header, found more")));
  EXPECT_THAT(ParseError(Images().substr(0, 20)),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq("f.idx: byte 20: expected 12 bytes for shape [2, 2, 3] behind the "
                              "header, found 4")));
}

TEST(Idx, RefusesExtentsThatOverflow) {
  for (const char* head : {"\0\0\x08\x03", "\0\0\x08\x04"}) {
    std::string bytes(head, 4);
    // The product of the extents would be zero if one of them were.
    bytes += std::string(static_cast<size_t>(head[3] == 4 ? 4 : 0), '\0') + std::string(12, '\xff');
    EXPECT_THAT(ParseError(bytes), FailsWith(absl::StatusCode::kInvalidArgument,
                                             AllOf(StartsWith("f.idx: byte 4: shape ["),
                                                   HasSubstr("does not fit 63 bits"))));
  }
}

TEST(Idx, RefusesMoreThanTheLimit) {
  EXPECT_THAT(ParseIdx(Images(), "f.idx", 12).status(), IsOk());
  EXPECT_THAT(
      ParseIdx(Images(), "f.idx", 11).status(),
      FailsWith(absl::StatusCode::kOutOfRange,
                StrEq("f.idx: byte 4: shape [2, 2, 3] has 12 bytes, more than the 11 allowed")));
}

TEST(Idx, RefusesEveryTruncation) {
  const std::string plain = Images();
  for (size_t size = 0; size < plain.size(); ++size) {
    EXPECT_THAT(ParseError(plain.substr(0, size)),
                FailsWith(absl::StatusCode::kInvalidArgument, StartsWith("f.idx: byte ")))
        << size;
  }
  const std::string compressed = Deflated(plain, kGzip);
  for (size_t size = 0; size < compressed.size(); ++size) {
    EXPECT_THAT(ParseError(compressed.substr(0, size)),
                FailsWith(absl::StatusCode::kInvalidArgument, StartsWith("f.idx: byte ")))
        << size;
  }
}

TEST(Idx, SurvivesEveryFlippedBit) {
  for (const std::string& bytes : {Images(), Deflated(Images(), kGzip)}) {
    for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
      const absl::StatusOr<IdxArray> array = ParseIdx(flipped, "f.idx");
      if (array.ok()) {
        EXPECT_EQ(array->values.size(), 12u) << bit;
      } else {
        EXPECT_THAT(std::string(array.status().message()), StartsWith("f.idx: byte ")) << bit;
      }
    }
  }
}

TEST(IdxImages, RefusesFilesThatDoNotBelongTogether) {
  const std::string images = ScratchFile("images", Images());
  const std::string two = ScratchFile("two", Labels(2));
  EXPECT_THAT(ReadIdxImages(images, two).status(), IsOk());
  for (const char count : {1, 3}) {
    const std::string labels = ScratchFile("other", Labels(count));
    EXPECT_THAT(
        ReadIdxImages(images, labels).status(),
        FailsWith(absl::StatusCode::kInvalidArgument,
                  StrEq(absl::StrCat(labels, ": byte 4: has ", int{count},
                                     " labels, expected as many as the 2 images of ", images))));
  }
  EXPECT_THAT(ReadIdxImages(two, two).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq(two + ": byte 3: has 1 dimensions, expected 3 for images")));
  EXPECT_THAT(ReadIdxImages(images, images).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq(images + ": byte 3: has 3 dimensions, expected 1 for labels")));
}

TEST(IdxImages, NamesAMissingFile) {
  EXPECT_THAT(ReadIdxImages(ScratchPath("absent"), ScratchPath("absent")).status(),
              FailsWith(absl::StatusCode::kNotFound, StartsWith(ScratchPath("absent"))));
}

}  // namespace
}  // namespace didact
