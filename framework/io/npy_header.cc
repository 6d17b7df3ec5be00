#include "didact/framework/io/npy_header.h"

#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file_kind.h"

namespace didact {
namespace {

constexpr absl::string_view kMagic = "\x93NUMPY";
constexpr int64_t kAlignment = 64;
constexpr int64_t kGrowthDigits = 21;

absl::Status ErrorAt(absl::string_view name, int64_t offset, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(name, ": byte ", offset, ": ", problem));
}

int64_t LittleEndian(absl::string_view bytes) {
  int64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

// Recursive descent over the dictionary; one method per production.
class DictionaryParser {
 public:
  // `begin` and `end` delimit the dictionary within `bytes`.
  DictionaryParser(absl::string_view bytes, int64_t begin, int64_t end, absl::string_view name)
      : text_(bytes.substr(0, static_cast<size_t>(end))),
        position_(static_cast<size_t>(begin)),
        name_(name) {}

  absl::StatusOr<NpyHeader> Parse() {
    DIDACT_RETURN_IF_ERROR(Expect('{'));
    while (!Accept('}')) {
      DIDACT_RETURN_IF_ERROR(ParseEntry());
      if (!Accept(',')) {
        DIDACT_RETURN_IF_ERROR(Expect('}'));
        break;
      }
    }
    SkipSpace();
    if (position_ < text_.size()) return Unexpected("white space to the end of the header");
    for (const auto& [seen, key] :
         {std::pair(seen_descr_, "descr"), std::pair(seen_order_, "fortran_order"),
          std::pair(seen_shape_, "shape")}) {
      if (!seen) {
        return ErrorAt(name_, static_cast<int64_t>(position_),
                       absl::StrCat("the header has no key '", key, "'"));
      }
    }
    return std::move(header_);
  }

 private:
  absl::Status ParseEntry() {
    SkipSpace();
    const size_t key_position = position_;
    DIDACT_ASSIGN_OR_RETURN(const std::string key, ParseString("a key in quotes"));
    DIDACT_RETURN_IF_ERROR(Expect(':'));
    bool* seen = key == "descr"           ? &seen_descr_
                 : key == "fortran_order" ? &seen_order_
                 : key == "shape"         ? &seen_shape_
                                          : nullptr;
    if (seen == nullptr || *seen) {
      return ErrorAt(
          name_, static_cast<int64_t>(key_position),
          absl::StrCat("expected each of the keys 'descr', 'fortran_order', 'shape' once, found '",
                       absl::CHexEscape(key), "'"));
    }
    *seen = true;
    if (seen == &seen_descr_) return ParseDescr();
    return seen == &seen_order_ ? ParseOrder() : ParseShape();
  }

  absl::Status ParseDescr() {
    SkipSpace();
    if (position_ < text_.size() && text_[position_] == '[') {
      return ErrorAt(name_, static_cast<int64_t>(position_),
                     "records (structured element types) are not supported");
    }
    header_.descr_offset = static_cast<int64_t>(position_);
    DIDACT_ASSIGN_OR_RETURN(header_.descr, ParseString("an element type in quotes"));
    return absl::OkStatus();
  }

  absl::Status ParseOrder() {
    SkipSpace();
    const absl::string_view rest = text_.substr(position_);
    for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)}) {
      if (absl::StartsWith(rest, word)) {
        position_ += absl::string_view(word).size();
        header_.fortran_order = value;
        return absl::OkStatus();
      }
    }
    return Unexpected("True or False");
  }

  absl::Status ParseShape() {
    SkipSpace();
    header_.shape_offset = static_cast<int64_t>(position_);
    DIDACT_RETURN_IF_ERROR(Expect('('));
    bool comma = true;
    while (!Accept(')')) {
      if (!comma) return Unexpected("',' or ')'");
      if (header_.shape.size() == kNpyMaxRank) {
        return Unexpected(absl::StrCat("at most ", kNpyMaxRank, " dimensions"));
      }
      DIDACT_RETURN_IF_ERROR(ParseExtent());
      comma = Accept(',');
    }
    return absl::OkStatus();
  }

  absl::Status ParseExtent() {
    SkipSpace();
    const size_t first_digit = position_;
    int64_t extent = 0;
    while (position_ < text_.size() &&
           absl::ascii_isdigit(static_cast<unsigned char>(text_[position_]))) {
      if (__builtin_mul_overflow(extent, int64_t{10}, &extent) ||
          __builtin_add_overflow(extent, int64_t{text_[position_] - '0'}, &extent)) {
        return ErrorAt(name_, static_cast<int64_t>(first_digit), "the extent does not fit 64 bits");
      }
      ++position_;
    }
    if (position_ == first_digit) return Unexpected("an extent, a whole number >= 0");
    // Python 2 wrote long integers with this suffix.
    if (position_ < text_.size() && text_[position_] == 'L') ++position_;
    header_.shape.push_back(extent);
    return absl::OkStatus();
  }

  // Parses the text between two equal quotes. NumPy writes no escapes; they are not interpreted.
  absl::StatusOr<std::string> ParseString(absl::string_view wanted) {
    SkipSpace();
    if (position_ == text_.size() || (text_[position_] != '\'' && text_[position_] != '"')) {
      return Unexpected(wanted);
    }
    const size_t closing = text_.find(text_[position_], position_ + 1);
    if (closing == absl::string_view::npos) {
      return ErrorAt(name_, static_cast<int64_t>(position_), "the quote is not closed");
    }
    std::string value(text_.substr(position_ + 1, closing - position_ - 1));
    position_ = closing + 1;
    return value;
  }

  void SkipSpace() {
    while (position_ < text_.size() &&
           absl::ascii_isspace(static_cast<unsigned char>(text_[position_]))) {
      ++position_;
    }
  }

  bool Accept(char wanted) {
    SkipSpace();
    if (position_ == text_.size() || text_[position_] != wanted) return false;
    ++position_;
    return true;
  }

  absl::Status Expect(char wanted) {
    if (Accept(wanted)) return absl::OkStatus();
    return Unexpected(absl::StrCat("'", absl::string_view(&wanted, 1), "'"));
  }

  absl::Status Unexpected(absl::string_view wanted) const {
    const std::string found =
        position_ == text_.size()
            ? "the end of the header"
            : absl::StrCat("'", absl::CHexEscape(text_.substr(position_, 1)), "'");
    return ErrorAt(name_, static_cast<int64_t>(position_),
                   absl::StrCat("expected ", wanted, ", found ", found));
  }

  const absl::string_view text_;
  size_t position_;
  const absl::string_view name_;
  NpyHeader header_;
  bool seen_descr_ = false;
  bool seen_order_ = false;
  bool seen_shape_ = false;
};

// Formats a tuple as Python does: (), (3,), (3, 2).
std::string TupleString(absl::Span<const int64_t> shape) {
  return absl::StrCat("(", absl::StrJoin(shape, ", "), shape.size() == 1 ? ",)" : ")");
}

}  // namespace

absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view bytes, absl::string_view name) {
  const int64_t size = static_cast<int64_t>(bytes.size());
  if (!absl::StartsWith(bytes, kMagic)) {
    const absl::string_view hint = KindOfFile(bytes.substr(0, kFileKindBytes));
    return ErrorAt(
        name, 0,
        absl::StrCat("not a .npy file: expected the magic number ", absl::CHexEscape(kMagic),
                     ", found ",
                     size == 0 ? "no bytes at all" : absl::CHexEscape(bytes.substr(0, 6)), hint));
  }
  constexpr int64_t kVersionOffset = 6;
  constexpr int64_t kLengthOffset = 8;
  if (size < kLengthOffset) return ErrorAt(name, size, "the file ends inside the version number");
  const int major = static_cast<uint8_t>(bytes[kVersionOffset]);
  const int minor = static_cast<uint8_t>(bytes[kVersionOffset + 1]);
  if (major < 1 || major > 3 || minor != 0) {
    return ErrorAt(name, kVersionOffset,
                   absl::StrCat("expected version 1.0, 2.0 or 3.0, found ", major, ".", minor));
  }
  const int64_t length_bytes = major == 1 ? 2 : 4;
  const int64_t begin = kLengthOffset + length_bytes;
  if (size < begin) return ErrorAt(name, size, "the file ends inside the header's length");
  const int64_t length =
      LittleEndian(bytes.substr(kLengthOffset, static_cast<size_t>(length_bytes)));
  if (length > size - begin) {
    return ErrorAt(
        name, kLengthOffset,
        absl::StrCat("the header claims ", length, " bytes, the file has ", size - begin, " more"));
  }
  DIDACT_ASSIGN_OR_RETURN(NpyHeader header,
                          DictionaryParser(bytes, begin, begin + length, name).Parse());
  header.data_offset = begin + length;
  return header;
}

std::string SerializeNpyHeader(absl::string_view descr, absl::Span<const int64_t> shape) {
  std::string dictionary = absl::StrCat(
      "{'descr': '", descr, "', 'fortran_order': False, 'shape': ", TupleString(shape), ", }");
  if (!shape.empty()) {
    const int64_t digits = static_cast<int64_t>(absl::StrCat(shape[0]).size());
    dictionary.append(static_cast<size_t>(kGrowthDigits - digits), ' ');
  }
  constexpr int64_t kPrefix = 10;  // magic number, version and a length of two bytes
  const int64_t unpadded = kPrefix + static_cast<int64_t>(dictionary.size()) + 1;
  // Appends a full 64 bytes even where no padding is needed, as NumPy does.
  dictionary.append(static_cast<size_t>(kAlignment - unpadded % kAlignment), ' ');
  dictionary.push_back('\n');
  std::string header = absl::StrCat(kMagic, absl::string_view("\x01\x00", 2));
  header.push_back(static_cast<char>(dictionary.size() & 0xff));
  header.push_back(static_cast<char>(dictionary.size() >> 8));
  return absl::StrCat(header, dictionary);
}

}  // namespace didact
