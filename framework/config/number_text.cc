#include "didact/framework/config/number_text.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/config/text_walker.h"
#include "didact/framework/plugin/silent_errors.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace didact {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::io::Tokenizer;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

bool IsInteger(const FieldDescriptor* field) {
  if (field == nullptr) return false;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return true;
    default:
      return false;
  }
}

// Returns the digits of the whole number that `number` denotes, if it is one and exactly known.
std::optional<std::string> WholeNumber(absl::string_view number) {
  // Decimal numbers of so few digits are told apart by doubles.
  constexpr std::ptrdiff_t kMostDigits = 15;
  constexpr double kLargest = 0x1p53;
  const absl::string_view mantissa = number.substr(0, number.find_first_of("eE"));
  if (std::count_if(mantissa.begin(), mantissa.end(), IsDigit) > kMostDigits) return std::nullopt;
  double value = 0;
  if (!absl::SimpleAtod(number, &value) || !(std::fabs(value) <= kLargest) ||
      value != std::floor(value)) {
    return std::nullopt;
  }
  return absl::StrCat(static_cast<int64_t>(value));
}

// Returns the text from a line on, counted from 0.
absl::string_view FromLine(absl::string_view text, int line) {
  for (; line > 0; --line) {
    const size_t end = text.find('\n');
    text.remove_prefix(end == absl::string_view::npos ? text.size() : end + 1);
  }
  return text;
}

// Returns the column after a character at `column`, as the tokenizer counts.
int NextColumn(char c, int column) {
  constexpr int kTabulator = 8;
  return column + (c == '\t' ? kTabulator - column % kTabulator : 1);
}

// Returns the number of bytes before a column of a line.
int BytesBefore(absl::string_view line, int column) {
  size_t bytes = 0;
  for (int at = 0; at < column && bytes < line.size(); ++bytes) at = NextColumn(line[bytes], at);
  return static_cast<int>(bytes);
}

}  // namespace

bool HasLeadingZero(const Tokenizer::Token& token) {
  const bool is_number =
      token.type == Tokenizer::TYPE_INTEGER || token.type == Tokenizer::TYPE_FLOAT;
  return is_number && token.text.size() > 1 && token.text[0] == '0' && IsDigit(token.text[1]);
}

std::string LeadingZeroProblem(absl::string_view text, const Tokenizer::Token& token) {
  const absl::string_view line = FromLine(text, token.line);
  const absl::string_view from = line.substr(BytesBefore(line, int{token.column}));
  const absl::string_view number =
      from.substr(0, from.find_first_not_of("0123456789.", token.text.size()));
  const absl::string_view rest =
      number.substr(std::min(number.find_first_not_of('0'), number.size() - 1));
  return absl::StrCat("must not begin with a 0, which stands for octal numbers, got ", number,
                      "; write ", IsDigit(rest[0]) ? "" : "0", rest);
}

std::string LeadingZeroProblem(absl::string_view text) {
  google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  SilentErrors errors;
  Tokenizer tokenizer(&stream, &errors);
  tokenizer.set_comment_style(Tokenizer::SH_COMMENT_STYLE);
  while (tokenizer.Next()) {
    if (HasLeadingZero(tokenizer.current())) return LeadingZeroProblem(text, tokenizer.current());
  }
  return "";
}

IntegerText::IntegerText(absl::string_view text, const google::protobuf::Descriptor& root,
                         const FieldDescriptor* slot, const PluginFinder& finder)
    : original_(text) {
  TextWalker walker(text, root, slot, finder);
  absl::string_view rest = text;  // from the beginning of `line`
  int line = 0;
  size_t copied = 0;
  int growth_of_line = 0;
  while (walker.Next()) {
    const Tokenizer::Token& token = walker.token();
    if (token.type != Tokenizer::TYPE_FLOAT || HasLeadingZero(token)) continue;
    if (!IsInteger(walker.place().field)) continue;
    const std::optional<std::string> whole = WholeNumber(token.text);
    if (!whole) continue;
    if (token.line != line) growth_of_line = 0;
    rest = FromLine(rest, token.line - line);
    line = token.line;
    const int begin = BytesBefore(rest, int{token.column});
    const int growth = static_cast<int>(whole->size()) - static_cast<int>(token.text.size());
    replacements_.push_back({line, begin + growth_of_line, growth});
    growth_of_line += growth;
    const size_t offset = text.size() - rest.size() + static_cast<size_t>(begin);
    absl::StrAppend(&text_, text.substr(copied, offset - copied), *whole);
    copied = offset + token.text.size();
  }
  absl::StrAppend(&text_, text.substr(copied));
}

int IntegerText::OriginalColumn(int line, int column) const {
  int growth = 0;
  const int bytes = BytesBefore(FromLine(text_, line), column);
  for (const Replacement& replacement : replacements_) {
    if (replacement.line == line && replacement.begin < bytes) growth += replacement.growth;
  }
  if (growth == 0) return column;
  int original_column = 0;
  for (const char c : FromLine(original_, line).substr(0, static_cast<size_t>(bytes - growth))) {
    original_column = NextColumn(c, original_column);
  }
  return original_column;
}

}  // namespace didact
