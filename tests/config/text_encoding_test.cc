#include "didact/framework/config/text_encoding.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Returns ASCII text with each character in `bytes` bytes.
std::string Widen(absl::string_view text, int bytes, bool is_big_endian) {
  std::string wide;
  for (const char c : text) {
    const std::string zeros(static_cast<size_t>(bytes - 1), '\0');
    absl::StrAppend(&wide, is_big_endian ? zeros + c : c + zeros);
  }
  return wide;
}

TEST(DecodeUtf8, ReturnsTextWithoutItsByteOrderMark) {
  EXPECT_EQ(*DecodeUtf8("name: 'a'", "f"), "name: 'a'");
  EXPECT_EQ(*DecodeUtf8("\xef\xbb\xbfname: 'caf\u00e9'", "f"), "name: 'caf\u00e9'");
  EXPECT_EQ(*DecodeUtf8("\xef\xbb\xbf", "f"), "");
  EXPECT_EQ(*DecodeUtf8("", "f"), "");
}

TEST(DecodeUtf8, NamesOtherEncodingsAndHowToConvertThem) {
  const auto error = [](const std::string& bytes) {
    return std::string(DecodeUtf8(bytes, "f").status().message());
  };
  const std::string little16 =
      "f: must be a text file in UTF-8, got UTF-16LE; convert it, for "
      "example with: iconv -f UTF-16LE -t UTF-8 f > utf8.textproto";
  EXPECT_EQ(error(Widen("name", 2, false)), little16);
  EXPECT_EQ(error("\xff\xfe" + Widen("name", 2, false)), little16);
  EXPECT_THAT(error(Widen("name", 2, true)), HasSubstr("got UTF-16BE;"));
  EXPECT_THAT(error("\xfe\xff" + Widen("name", 2, true)), HasSubstr("got UTF-16BE;"));
  EXPECT_THAT(error(Widen("name", 4, false)), HasSubstr("got UTF-32LE;"));
  EXPECT_THAT(error(Widen("name", 4, true)), HasSubstr("got UTF-32BE;"));
}

TEST(DecodeUtf8, SaysWhereBytesAreNotUtf8) {
  EXPECT_THAT(std::string(DecodeUtf8("a: 1\n\u00e9 \x93", "f").status().message()),
              StartsWith("f:2:3: must be a text file in UTF-8, got byte 0x93; "));
}

TEST(CheckCharacters, AllowsAnyCharactersInStringsAndComments) {
  EXPECT_THAT(CheckCharacters("# \u201cna\u00efve\u201d\nname: \"\u201c\\\"\u00e9\" b: '\u2212'",
                              FieldPath("f")),
              IsOk());
  EXPECT_THAT(CheckCharacters("# it's\nname: 'a # b' # \u00e9", FieldPath("f")), IsOk());
}

TEST(CheckCharacters, NamesTheFirstCharacterItsReplacementAndTheOtherPlaces) {
  EXPECT_EQ(
      CheckCharacters("a: 1\nname: \u201cx\u201d\n\u00a0b: \u22121", FieldPath("f")).message(),
      "f:2:7: \u201c (U+201C, a curly quote) is not allowed here; write \" instead; outside of "
      "strings and comments, a config has only ASCII characters; others that are not are at 2:9, "
      "3:1, 3:5");
  const auto error = [](absl::string_view text) {
    return std::string(CheckCharacters(text, FieldPath("f").Field("seed")).message());
  };
  EXPECT_THAT(error("\u00a0first: 1"),
              StartsWith("f:1:1: seed: (U+00A0, a no-break space) is not allowed here; write a "
                         "space instead; "));
  EXPECT_THAT(error("first: \u22121"), HasSubstr("\u2212 (U+2212, a minus sign)"));
  EXPECT_THAT(error("\ufefffirst: 1"), HasSubstr("(U+FEFF, a byte order mark)"));
  EXPECT_THAT(error("first\uff1a 1"), HasSubstr("\uff1a (U+FF1A, a full-width character)"));
  EXPECT_THAT(error("gr\u00f6sse: 1"), HasSubstr(":1:3: seed: \u00f6 (U+00F6) is not allowed"));
}

TEST(CheckCharacters, FindsAClosingQuoteThatIsCurly) {
  EXPECT_THAT(std::string(CheckCharacters("name: \"x\u201d\nb: 1", FieldPath("f")).message()),
              StartsWith("f:1:9: \u201d (U+201D, a curly quote)"));
}

TEST(CheckCharacters, CountsPlacesThatAreTooManyToList) {
  std::string text;
  for (int i = 0; i < 12; ++i) text += "\u00a0";
  EXPECT_THAT(
      std::string(CheckCharacters(text, FieldPath("f")).message()),
      AllOf(HasSubstr("at 1:2, 1:3,"), HasSubstr("1:9, and 3 more"), Not(HasSubstr("1:10"))));
}

TEST(CheckCharacters, CountsColumnsAfterATabulatorAsTheParserDoes) {
  EXPECT_THAT(std::string(CheckCharacters("a\t\u00a0", FieldPath("f")).message()),
              StartsWith("f:1:9: "));
}

}  // namespace
}  // namespace didact
