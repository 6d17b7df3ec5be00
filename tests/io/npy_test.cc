#include "didact/framework/io/npy.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// The output of numpy 1.24 for several arrays, in hexadecimal.
//
// np.save of [[1.5, -2], [3, 4.25], [0, 1]]
constexpr char kMatrix[] =
    "934e554d5059010076007b276465736372273a20273c6638272c2027666f727472616e5f6f72646572273a204661"
    "6c73652c20277368617065273a2028332c2032292c207d2020202020202020202020202020202020202020202020"
    "20202020202020202020202020202020202020202020202020202020202020202020200a000000000000f83f0000"
    "0000000000c0000000000000084000000000000011400000000000000000000000000000f03f";
// np.save of np.asfortranarray([[1, 2, 3], [4, 5, 6]], float32)
constexpr char kFortranMatrix[] =
    "934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a205472"
    "75652c20277368617065273a2028322c2033292c207d202020202020202020202020202020202020202020202020"
    "20202020202020202020202020202020202020202020202020202020202020202020200a0000803f000080400000"
    "00400000a040000040400000c040";
// np.save of np.array(-7)
constexpr char kScalar[] =
    "934e554d5059010076007b276465736372273a20273c6938272c2027666f727472616e5f6f72646572273a204661"
    "6c73652c20277368617065273a2028292c207d202020202020202020202020202020202020202020202020202020"
    "20202020202020202020202020202020202020202020202020202020202020202020200af9ffffffffffffff";
// np.save of [True, False, True]
constexpr char kBools[] =
    "934e554d5059010076007b276465736372273a20277c6231272c2027666f727472616e5f6f72646572273a204661"
    "6c73652c20277368617065273a2028332c292c207d20202020202020202020202020202020202020202020202020"
    "20202020202020202020202020202020202020202020202020202020202020202020200a010001";
// np.lib.format.write_array(..., np.array([1, -1], int32), version=(2, 0)). Version (3, 0) differs
// only in byte 6.
constexpr char kVersion2[] =
    "934e554d50590200740000007b276465736372273a20273c6934272c2027666f727472616e5f6f72646572273a20"
    "46616c73652c20277368617065273a2028322c292c207d2020202020202020202020202020202020202020202020"
    "20202020202020202020202020202020202020202020202020202020202020202020200a01000000ffffffff";

// Returns a file with this dictionary and the shortest possible header.
std::string FileWith(const std::string& dictionary, const std::string& payload = "") {
  std::string file("\x93NUMPY\x01\x00", 8);
  file.push_back(static_cast<char>(dictionary.size() & 0xff));
  file.push_back(static_cast<char>(dictionary.size() >> 8));
  return file + dictionary + payload;
}

absl::Status ParseError(std::string bytes) { return ParseNpy(std::move(bytes), "f.npy").status(); }

TEST(Npy, ReadsAMatrixThatNumpyWrote) {
  const absl::StatusOr<NpyArray> array = ParseNpy(BytesFromHexadecimal(kMatrix), "f.npy");
  ASSERT_THAT(array.status(), IsOk());
  EXPECT_EQ(array->element, NpyElement::kFloat64);
  EXPECT_THAT(array->shape, ElementsAre(3, 2));
  EXPECT_EQ(array->size(), 6);
  EXPECT_EQ(array->origin, "f.npy");
  EXPECT_THAT(*array->ReadAs<double>(), ElementsAre(1.5, -2, 3, 4.25, 0, 1));
  EXPECT_THAT(*array->ReadAs<float>(), ElementsAre(1.5f, -2, 3, 4.25f, 0, 1));
}

TEST(Npy, ReadsAScalarAsOneElementWithoutDimensions) {
  const absl::StatusOr<NpyArray> array = ParseNpy(BytesFromHexadecimal(kScalar), "f.npy");
  ASSERT_THAT(array.status(), IsOk());
  EXPECT_EQ(array->rank(), 0);
  EXPECT_EQ(array->size(), 1);
  EXPECT_THAT(*array->ReadAs<int64_t>(), ElementsAre(-7));
}

TEST(Npy, ReadsBools) {
  const absl::StatusOr<NpyArray> array = ParseNpy(BytesFromHexadecimal(kBools), "f.npy");
  ASSERT_THAT(array.status(), IsOk());
  EXPECT_THAT(*array->ReadAs<uint8_t>(), ElementsAre(1, 0, 1));
}

TEST(Npy, ReadsVersionsTwoAndThree) {
  std::string bytes = BytesFromHexadecimal(kVersion2);
  for (const char version : {2, 3}) {
    bytes[6] = version;
    const absl::StatusOr<NpyArray> array = ParseNpy(bytes, "f.npy");
    ASSERT_THAT(array.status(), IsOk());
    EXPECT_THAT(*array->ReadAs<int32_t>(), ElementsAre(1, -1));
  }
}

TEST(Npy, TransposesFortranOrder) {
  const absl::StatusOr<NpyArray> array = ParseNpy(BytesFromHexadecimal(kFortranMatrix), "f.npy");
  ASSERT_THAT(array.status(), IsOk());
  EXPECT_THAT(array->shape, ElementsAre(2, 3));
  EXPECT_THAT(*array->ReadAs<double>(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Npy, TransposesThreeDimensionsInFortranOrder) {
  // Element (i, j, k) of a [2, 3, 2] array is 100 i + 10 j + k, written with i running fastest.
  std::string payload;
  for (int k = 0; k < 2; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 2; ++i) payload.push_back(static_cast<char>(100 * i + 10 * j + k));
    }
  }
  const absl::StatusOr<NpyArray> array = ParseNpy(
      FileWith("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2)}", payload), "f.npy");
  ASSERT_THAT(array.status(), IsOk());
  EXPECT_THAT(*array->ReadAs<int64_t>(),
              ElementsAre(0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121));
}

TEST(Npy, WritesTheBytesThatNumpyWrites) {
  for (const char* file : {kMatrix, kScalar, kBools}) {
    const absl::StatusOr<NpyArray> array = ParseNpy(BytesFromHexadecimal(file), "f.npy");
    ASSERT_THAT(array.status(), IsOk());
    EXPECT_EQ(absl::BytesToHexString(*SerializeNpy(*array)), file);
  }
}

TEST(Npy, PadsAFullBlockWhereNoneIsNeededAsNumpyDoes) {
  // The header of this shape would end at byte 128 exactly; numpy.save makes it 192 bytes.
  NpyArray array;
  array.shape = {0, 10, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  EXPECT_EQ(SerializeNpy(array)->size(), 192u);
}

template <class T>
void ExpectRoundTrip(const std::vector<T>& values) {
  const int64_t count = static_cast<int64_t>(values.size());
  const NpyArray array = MakeNpyArray<T>({1, count}, values);
  const absl::StatusOr<std::string> bytes = SerializeNpy(array);
  ASSERT_THAT(bytes.status(), IsOk());
  EXPECT_EQ((bytes->size() - array.bytes.size()) % 64, 0u);
  const absl::StatusOr<NpyArray> read = ParseNpy(*bytes, "f.npy");
  ASSERT_THAT(read.status(), IsOk());
  EXPECT_EQ(read->element, array.element);
  EXPECT_THAT(read->shape, ElementsAre(1, count));
  EXPECT_EQ(read->bytes, array.bytes);
  EXPECT_EQ(*read->ReadAs<T>(), values);
}

TEST(Npy, RoundTripsEveryElementTypeItMakes) {
  ExpectRoundTrip<double>({0.1, -1e300, 5e-324, std::numeric_limits<double>::infinity()});
  ExpectRoundTrip<float>({0.1f, -3e38f, 0, 1});
  ExpectRoundTrip<int64_t>({std::numeric_limits<int64_t>::min(), -1, 0, int64_t{1} << 62});
  ExpectRoundTrip<int32_t>({std::numeric_limits<int32_t>::min(), -1, 0, 1 << 30});
  ExpectRoundTrip<uint8_t>({0, 1, 128, 255});
}

TEST(Npy, ReadsEveryElementTypeByItsDescription) {
  const std::pair<const char*, NpyElement> types[] = {
      {"|b1", NpyElement::kBool},    {"|i1", NpyElement::kInt8},    {"<i2", NpyElement::kInt16},
      {"<i4", NpyElement::kInt32},   {"<i8", NpyElement::kInt64},   {"|u1", NpyElement::kUint8},
      {"<u2", NpyElement::kUint16},  {"<u4", NpyElement::kUint32},  {"<u8", NpyElement::kUint64},
      {"<f4", NpyElement::kFloat32}, {"<f8", NpyElement::kFloat64},
  };
  for (const auto& [descr, element] : types) {
    const int size = descr[2] - '0';
    const std::string zeros(static_cast<size_t>(2 * size), '\0');
    const absl::StatusOr<NpyArray> array = ParseNpy(
        FileWith(absl::StrCat("{'descr': '", descr, "', 'fortran_order': False, 'shape': (2,)}"),
                 zeros),
        "f.npy");
    ASSERT_THAT(array.status(), IsOk()) << descr;
    EXPECT_EQ(array->element, element);
    EXPECT_EQ(NpyElementBytes(element), size);
    EXPECT_THAT(*array->ReadAs<double>(), ElementsAre(0, 0));
  }
}

TEST(Npy, ReadsBigEndianElements) {
  const auto read = [](const std::string& descr, const std::string& payload, bool fortran = false) {
    return ParseNpy(FileWith(absl::StrCat("{'descr': '", descr, "', 'fortran_order': ",
                                          fortran ? "True" : "False", ", 'shape': (2, 1)}"),
                             payload),
                    "f.npy");
  };
  // The numbers 1.5 and -2, and 258 and -2.
  const auto doubles = read(">f8", BytesFromHexadecimal("3ff8000000000000c000000000000000"));
  ASSERT_THAT(doubles.status(), IsOk());
  EXPECT_EQ(doubles->element, NpyElement::kFloat64);
  EXPECT_THAT(*doubles->ReadAs<double>(), ElementsAre(1.5, -2));
  EXPECT_THAT(*read(">f4", BytesFromHexadecimal("3fc00000c0000000"), true)->ReadAs<float>(),
              ElementsAre(1.5, -2));
  EXPECT_THAT(*read(">i2", BytesFromHexadecimal("0102fffe"))->ReadAs<int64_t>(),
              ElementsAre(258, -2));
  EXPECT_THAT(*read(">u4", BytesFromHexadecimal("0000010280000000"))->ReadAs<int64_t>(),
              ElementsAre(258, int64_t{1} << 31));
  EXPECT_THAT(
      *read(">i8", BytesFromHexadecimal("0000000000000102fffffffffffffffe"))->ReadAs<int64_t>(),
      ElementsAre(258, -2));
}

TEST(Npy, ReadsHalfPrecision) {
  // The values are those of IEEE 754: 1, -2, the largest, the smallest normal and subnormal
  // numbers, and one third as it is rounded.
  const std::vector<float> expected = {1, -2, 65504, 0x1p-14f, 0x1p-24f, 0x1.554p-2f, -0.0f};
  const std::pair<const char*, const char*> files[] = {{"<f2", "003c00c0ff7b0004010055350080"},
                                                       {">f2", "3c00c0007bff0400000135558000"}};
  for (const auto& [descr, payload] : files) {
    const absl::StatusOr<NpyArray> array = ParseNpy(
        FileWith(absl::StrCat("{'descr': '", descr, "', 'fortran_order': False, 'shape': (7,)}"),
                 BytesFromHexadecimal(payload)),
        "f.npy");
    ASSERT_THAT(array.status(), IsOk());
    EXPECT_EQ(array->element, NpyElement::kFloat32);
    EXPECT_EQ(*array->ReadAs<float>(), expected);
    EXPECT_TRUE(std::signbit(array->ReadAs<float>()->back()));
  }
  const absl::StatusOr<NpyArray> others =
      ParseNpy(FileWith("{'descr': '<f2', 'fortran_order': False, 'shape': (3,)}",
                        BytesFromHexadecimal("007c00fc007e")),
               "f.npy");
  EXPECT_EQ(others->ReadAs<float>()->at(0), std::numeric_limits<float>::infinity());
  EXPECT_EQ(others->ReadAs<float>()->at(1), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(others->ReadAs<float>()->at(2)));
  EXPECT_THAT(ParseError(FileWith("{'descr': '<f2', 'fortran_order': False, 'shape': (3,)}", "ab")),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        HasSubstr("expected 6 bytes for shape [3] of float16, found 2")));
}

TEST(Npy, SignsExtendWhenIntegersAreWidened) {
  const absl::StatusOr<NpyArray> array =
      ParseNpy(FileWith("{'descr': '<i2', 'fortran_order': False, 'shape': (2,)}",
                        std::string("\xfe\xff\x00\x80", 4)),
               "f.npy");
  ASSERT_THAT(array.status(), IsOk());
  EXPECT_THAT(*array->ReadAs<int64_t>(), ElementsAre(-2, -32768));
  EXPECT_THAT(*array->ReadAs<float>(), ElementsAre(-2, -32768));
}

TEST(Npy, RefusesFloatingPointElementsAsIntegers) {
  EXPECT_THAT(ParseNpy(BytesFromHexadecimal(kMatrix), "f.npy")->ReadAs<int64_t>().status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        testing::StrEq("f.npy: has element type float64, expected integers, which "
                                       "x.astype('int64') makes of whole numbers")));
}

TEST(Npy, RefusesAnIntegerThatTheWantedTypeDoesNotHold) {
  const NpyArray array = MakeNpyArray<int64_t>({3}, std::vector<int64_t>{255, 0, 256});
  EXPECT_THAT(array.ReadAs<uint8_t>().status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        testing::StrEq("element 2: 256 is outside 0 to 255")));
}

TEST(Npy, RefusesToWriteAShapeThatDoesNotFitTheElements) {
  const NpyArray array = MakeNpyArray<double>({3}, std::vector<double>{1, 2});
  EXPECT_THAT(SerializeNpy(array).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        testing::StrEq("shape [3] of float64 does not describe 16 bytes")));
}

TEST(Npy, AcceptsWhatPythonWouldReadTheSame) {
  for (const char* dictionary : {
           "{\"descr\": \"<i4\", \"fortran_order\": False, \"shape\": (2,)}",
           "{'shape':(2,),'fortran_order':False,'descr':'<i4'}",
           "  { 'descr' : '<i4' ,\t'fortran_order' : False ,\n 'shape' : ( 2 , ) , }   \n",
           "{'descr': '<i4', 'fortran_order': False, 'shape': (2L,)}",
       }) {
    const absl::StatusOr<NpyArray> array =
        ParseNpy(FileWith(dictionary, std::string(8, '\0')), "f.npy");
    ASSERT_THAT(array.status(), IsOk()) << dictionary;
    EXPECT_THAT(array->shape, ElementsAre(2));
  }
}

TEST(Npy, RefusesAMalformedHeaderAndSaysWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "byte 10: expected '{', found the end of the header"},
      {"['descr']", "byte 10: expected '{', found '['"},
      {"{'descr': '<f8', 'fortran_order': False}", "the header has no key 'shape'"},
      {"{'descr': '<f8', 'fortran_order': 0, 'shape': ()}", "expected True or False, found '0'"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': 3}", "expected '(', found '3'"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}",
       "byte 61: expected an extent, a whole number >= 0, found '-'"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3 3)}",
       "expected ',' or ')', found '3'"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,)} x",
       "expected white space to the end of the header, found 'x'"},
      {"{'descr': '<f8, 'fortran_order': False, 'shape': (3,)}", "expected '}', found 'f'"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'descr': '<f8'}", "found 'descr'"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'more': 1}", "found 'more'"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3", "expected ',' or ')'"},
      {"{'descr': '<f8", "byte 20: the quote is not closed"},
  };
  for (const auto& [dictionary, message] : cases) {
    EXPECT_THAT(ParseError(FileWith(dictionary)),
                FailsWith(absl::StatusCode::kInvalidArgument,
                          AllOf(StartsWith("f.npy: byte "), HasSubstr(message))))
        << dictionary;
  }
}

TEST(Npy, RefusesElementTypesItCannotHold) {
  const std::pair<const char*, const char*> cases[] = {
      {"'|O'", "Python objects are not supported"},
      {"'<c16'", "not supported; expected bool"},
      {"'<f16'", "save numbers that these hold with numpy.save(FILE, x.astype('float64'))"},
      {"'<U8'", "not supported; expected bool"},
      {"'|S8'", "not supported; expected bool"},
      {"'|f8'", "expected the byte order '<' or '>'"},
      {"'xf8'", "expected the byte order '<', '>' or '|'"},
      {"'f'", "expected a byte order, a kind and a size"},
      {"''", "expected a byte order, a kind and a size"},
      {"[('a', '<f8')]", "records (structured element types) are not supported"},
  };
  for (const auto& [descr, message] : cases) {
    const std::string file =
        FileWith(absl::StrCat("{'descr': ", descr, ", 'fortran_order': False, 'shape': (0,)}"));
    EXPECT_THAT(ParseError(file),
                FailsWith(absl::StatusCode::kInvalidArgument,
                          AllOf(StartsWith("f.npy: byte 20: "), HasSubstr(message))))
        << descr;
  }
}

TEST(Npy, RefusesShapesThatOverflow) {
  for (const char* shape : {"(4294967296, 4294967296)", "(9223372036854775807,)",
                            "(0, 4294967296, 4294967296)", "(99999999999999999999,)"}) {
    const std::string file =
        FileWith(absl::StrCat("{'descr': '<f8', 'fortran_order': False, 'shape': ", shape, "}"));
    EXPECT_THAT(ParseError(file),
                FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("not fit")))
        << shape;
  }
}

TEST(Npy, RefusesMoreDimensionsThanNumpyHas) {
  std::string shape;
  for (int d = 0; d < 65; ++d) shape += "1,";
  EXPECT_THAT(ParseError(FileWith(absl::StrCat(
                  "{'descr': '|u1', 'fortran_order': False, 'shape': (", shape, ")}"))),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("at most 64 dimensions")));
  NpyArray array;
  array.shape.assign(65, 1);
  array.bytes.assign(8, '\0');
  EXPECT_THAT(SerializeNpy(array).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("has 65 dimensions")));
}

TEST(Npy, RefusesAPayloadThatIsNotAsLongAsTheShapeSays) {
  const std::string file = BytesFromHexadecimal(kMatrix);
  EXPECT_THAT(ParseError(file + "x"),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        testing::StrEq("f.npy: byte 128: expected 48 bytes for shape [3, 2] of "
                                       "float64, found 49")));
  EXPECT_THAT(ParseError(file.substr(0, 175)),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("found 47")));
}

TEST(Npy, RefusesFilesThatAreSomethingElse) {
  EXPECT_THAT(ParseError(""), FailsWith(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("f.npy: byte 0: not a .npy file")));
  EXPECT_THAT(ParseError("PK\x03\x04 and so on"),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("zip archive, .npz?")));
  EXPECT_THAT(ParseError(std::string("\x93NUMPY\x04\x00\x00\x00\x00\x00", 12)),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        HasSubstr("byte 6: expected version 1.0, 2.0 or 3.0, found 4.0")));
  EXPECT_THAT(ParseError(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12)),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        HasSubstr("byte 8: the header claims 4294967295 bytes, the file has 0")));
}

TEST(Npy, RefusesEveryTruncation) {
  for (const char* hexadecimal : {kMatrix, kFortranMatrix, kScalar, kBools, kVersion2}) {
    const std::string file = BytesFromHexadecimal(hexadecimal);
    for (size_t size = 0; size < file.size(); ++size) {
      EXPECT_THAT(ParseError(file.substr(0, size)),
                  FailsWith(absl::StatusCode::kInvalidArgument, StartsWith("f.npy: byte ")))
          << size;
    }
  }
}

TEST(Npy, SurvivesEveryFlippedBit) {
  const std::string file = BytesFromHexadecimal(kMatrix);
  for (size_t bit = 0; bit < 8 * file.size(); ++bit) {
    std::string flipped = file;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    const absl::StatusOr<NpyArray> array = ParseNpy(flipped, "f.npy");
    if (array.ok()) {
      // The payload cannot be verified, but its size must be that of the header.
      EXPECT_EQ(array->size() * NpyElementBytes(array->element), 48) << bit;
    } else {
      EXPECT_THAT(std::string(array.status().message()), StartsWith("f.npy: byte ")) << bit;
    }
  }
}

TEST(NpyFile, RoundTripsThroughAFile) {
  const std::string path = ScratchPath("round_trip.npy");
  const NpyArray array = MakeNpyArray<float>({2, 1}, std::vector<float>{1, 2});
  ASSERT_THAT(WriteNpyFile(path, array), IsOk());
  const absl::StatusOr<NpyArray> read = ReadNpyFile(path);
  ASSERT_THAT(read.status(), IsOk());
  EXPECT_EQ(read->origin, path);
  EXPECT_THAT(*read->ReadAs<float>(), ElementsAre(1, 2));
}

TEST(NpyFile, RefusesADirectoryAndAMissingFile) {
  EXPECT_THAT(
      ReadNpyFile(testing::TempDir()).status(),
      FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("is a directory, a file is wanted")));
  EXPECT_THAT(ReadNpyFile(ScratchPath("missing.npy")).status(),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("No such file or directory")));
}

}  // namespace
}  // namespace didact
