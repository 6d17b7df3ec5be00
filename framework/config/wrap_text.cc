#include "didact/framework/config/wrap_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace didact {
namespace {

// Returns the number of characters of UTF-8 text. Continuation bytes are not counted.
int Length(absl::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string WrapParagraph(absl::string_view text, int indent, int columns) {
  std::string lines;
  int column = 0;
  for (absl::string_view word : absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty())) {
    if (column > 0 && column + 1 + Length(word) > columns) {
      lines += "\n";
      column = 0;
    }
    lines += column == 0 ? std::string(indent, ' ') : " ";
    column += (column == 0 ? indent : 1) + Length(word);
    absl::StrAppend(&lines, word);
  }
  return lines.empty() ? lines : absl::StrCat(lines, "\n");
}

}  // namespace

std::string WrapText(absl::string_view text, int indent, int columns) {
  std::string wrapped;
  for (absl::string_view paragraph : absl::StrSplit(text, "\n\n")) {
    if (!wrapped.empty()) wrapped += "\n";
    wrapped += WrapParagraph(paragraph, indent, columns);
  }
  return wrapped;
}

std::string WrapBeside(absl::string_view label, absl::string_view text, int indent, int columns) {
  std::string wrapped = WrapText(text, indent, columns);
  const int length = Length(label);
  if (wrapped.empty() || length >= indent) return absl::StrCat(label, "\n", wrapped);
  return absl::StrCat(label, wrapped.substr(static_cast<size_t>(length)));
}

}  // namespace didact
