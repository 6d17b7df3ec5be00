#include "didact/framework/config/text_encoding.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/stubs/common.h"

namespace didact {
namespace {

constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

// Returns the encoding that a text of ASCII characters has if it is not UTF-8, as iconv calls it;
// empty if nothing shows that it has another one.
absl::string_view OtherEncoding(absl::string_view bytes) {
  if (absl::StartsWith(bytes, absl::string_view("\xff\xfe\0\0", 4))) return "UTF-32LE";
  if (absl::StartsWith(bytes, absl::string_view("\0\0\xfe\xff", 4))) return "UTF-32BE";
  if (absl::StartsWith(bytes, "\xff\xfe")) return "UTF-16LE";
  if (absl::StartsWith(bytes, "\xfe\xff")) return "UTF-16BE";
  if (bytes.size() < 4) return "";
  // Bit i is set if byte i is 0.
  int zeros = 0;
  for (size_t i = 0; i < 4; ++i) zeros |= (bytes[i] == '\0' ? 1 : 0) << i;
  switch (zeros) {
    case 0b1110:
      return "UTF-32LE";
    case 0b0111:
      return "UTF-32BE";
    case 0b1010:
      return "UTF-16LE";
    case 0b0101:
      return "UTF-16BE";
    default:
      return "";
  }
}

// Counts lines and columns from 1, columns in characters and tabulators as protobuf's tokenizer
// counts them.
struct Position {
  int line = 1;
  int column = 1;

  void Advance(char first_byte) {
    constexpr int kTabulator = 8;
    if (first_byte == '\n') {
      ++line;
      column = 1;
    } else {
      column += first_byte == '\t' ? kTabulator - (column - 1) % kTabulator : 1;
    }
  }
};

// Returns the number of bytes of the character that begins with this byte.
size_t BytesOfCharacter(char first_byte) {
  const auto byte = static_cast<uint8_t>(first_byte);
  if (byte < 0x80) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

uint32_t CodePoint(absl::string_view character) {
  constexpr std::array<uint8_t, 5> kFirstBits = {0, 0x7f, 0x1f, 0x0f, 0x07};
  uint32_t code = static_cast<uint8_t>(character[0]) & kFirstBits[character.size()];
  for (const char byte : character.substr(1)) {
    code = code << 6 | (static_cast<uint8_t>(byte) & 0x3f);
  }
  return code;
}

// Code points that are often in the place of ASCII characters.
struct LookAlikes {
  uint32_t first;
  uint32_t last;
  absl::string_view name;
  absl::string_view advice;
};

constexpr LookAlikes kLookAlikes[] = {
    {0x00a0, 0x00a0, "a no-break space", "write a space instead"},
    {0x00ad, 0x00ad, "a soft hyphen", "remove it"},
    {0x2000, 0x200a, "a typographic space", "write a space instead"},
    {0x200b, 0x200f, "an invisible character", "remove it"},
    {0x2010, 0x2015, "a dash", "write - instead"},
    {0x2018, 0x201b, "a curly quote", "write ' instead"},
    {0x201c, 0x201f, "a curly quote", "write \" instead"},
    {0x2028, 0x2029, "a line separator", "write a new line instead"},
    {0x202a, 0x202e, "an invisible character", "remove it"},
    {0x202f, 0x202f, "a no-break space", "write a space instead"},
    {0x205f, 0x205f, "a typographic space", "write a space instead"},
    {0x2060, 0x2064, "an invisible character", "remove it"},
    {0x2212, 0x2212, "a minus sign", "write - instead"},
    {0x3000, 0x3000, "a wide space", "write a space instead"},
    {0xfeff, 0xfeff, "a byte order mark", "remove it"},
    {0xff01, 0xff5e, "a full-width character", "write it in ASCII instead"},
};

// Describes a character that is not ASCII and says what to do about it.
std::string Describe(absl::string_view character) {
  const uint32_t code = CodePoint(character);
  for (const LookAlikes& range : kLookAlikes) {
    if (code < range.first || code > range.last) continue;
    const bool is_visible = absl::StrContains(range.name, "quote") ||
                            absl::StrContains(range.name, "dash") || code >= 0xff01 ||
                            code == 0x2212;
    return absl::StrFormat("%s%s(U+%04X, %s) is not allowed here; %s", is_visible ? character : "",
                           is_visible ? " " : "", code, range.name, range.advice);
  }
  return absl::StrFormat("%s (U+%04X) is not allowed here", character, code);
}

struct Character {
  Position position;
  absl::string_view bytes;
};

// Returns the characters that are not ASCII, outside of strings and comments. A string that does
// not end on its line may have lost its closing quote to a curly one, so that its characters count
// as well.
std::vector<Character> ForeignCharacters(absl::string_view text) {
  std::vector<Character> foreign;
  std::vector<Character> in_string;
  Position position;
  char quote = '\0';  // the quote that ends the current string; # in a comment
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    size_t size = BytesOfCharacter(c);
    if (size > 1) {
      const Character character = {position, text.substr(i, size)};
      if (quote == '\0') foreign.push_back(character);
      if (quote == '"' || quote == '\'') in_string.push_back(character);
    } else if (c == '\n') {
      if (quote == '"' || quote == '\'') {
        foreign.insert(foreign.end(), in_string.begin(), in_string.end());
      }
      quote = '\0';
    } else if (quote == '\0' && (c == '"' || c == '\'' || c == '#')) {
      quote = c;
      in_string.clear();
    } else if (quote != '#' && c == quote) {
      quote = '\0';
    } else if (c == '\\' && quote != '\0' && quote != '#' && i + 1 < text.size() &&
               BytesOfCharacter(text[i + 1]) == 1 && text[i + 1] != '\n') {
      position.Advance(c);
      ++i;
      size = 1;
    }
    position.Advance(text[i]);
    i += size;
  }
  if (quote == '"' || quote == '\'') {
    foreign.insert(foreign.end(), in_string.begin(), in_string.end());
  }
  return foreign;
}

std::string Place(const Position& position) {
  return absl::StrCat(position.line, ":", position.column);
}

FieldPath AtPosition(const FieldPath& where, const Position& position) {
  const FieldPath path(absl::StrCat(where.origin(), ":", Place(position)));
  return where.path().empty() ? path : path.Field(where.path());
}

}  // namespace

absl::StatusOr<std::string> DecodeUtf8(std::string bytes, const std::string& path) {
  if (const absl::string_view encoding = OtherEncoding(bytes); !encoding.empty()) {
    return FieldPath(path).Invalid(absl::StrCat("must be a text file in UTF-8, got ", encoding,
                                                "; convert it, for example with: iconv -f ",
                                                encoding, " -t UTF-8 ", path, " > utf8.textproto"));
  }
  if (absl::StartsWith(bytes, kByteOrderMark)) bytes.erase(0, kByteOrderMark.size());
  const auto valid =
      static_cast<size_t>(google::protobuf::internal::UTF8SpnStructurallyValid(bytes));
  if (valid == bytes.size()) return bytes;
  Position position;
  for (size_t i = 0; i < valid; i += BytesOfCharacter(bytes[i])) position.Advance(bytes[i]);
  return AtPosition(FieldPath(path), position)
      .Invalid(absl::StrFormat(
          "must be a text file in UTF-8, got byte 0x%02x; if it is Latin-1 or Windows-1252, "
          "convert "
          "it, for example with: iconv -f WINDOWS-1252 -t UTF-8 %s > utf8.textproto",
          static_cast<uint8_t>(bytes[valid]), path));
}

absl::Status CheckCharacters(absl::string_view text, const FieldPath& where) {
  constexpr size_t kMaxPlaces = 8;
  const std::vector<Character> foreign = ForeignCharacters(text);
  if (foreign.empty()) return absl::OkStatus();
  std::vector<std::string> places;
  for (size_t i = 1; i < foreign.size() && places.size() < kMaxPlaces; ++i) {
    places.push_back(Place(foreign[i].position));
  }
  std::string problem = absl::StrCat(Describe(foreign[0].bytes),
                                     "; outside of strings and comments, a config has only ASCII "
                                     "characters");
  if (!places.empty()) {
    absl::StrAppend(&problem, "; others that are not are at ", absl::StrJoin(places, ", "));
  }
  if (const size_t rest = foreign.size() - 1 - places.size(); rest > 0) {
    absl::StrAppend(&problem, ", and ", rest, " more");
  }
  return AtPosition(where, foreign[0].position).Invalid(problem);
}

}  // namespace didact
