// Wraps comments of .proto files into paragraphs for a terminal.

#ifndef DIDACT_FRAMEWORK_CONFIG_WRAP_TEXT_H_
#define DIDACT_FRAMEWORK_CONFIG_WRAP_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace didact {

// Returns `text` in lines of at most `columns` characters, unless a single word is longer, each
// preceded by `indent` blanks and ended by a newline. Line breaks of `text` are not kept, but blank
// lines are. Empty for an empty text.
std::string WrapText(absl::string_view text, int indent, int columns);

// Returns `label` and, beside it, `text` in a column that begins after `indent` blanks.
std::string WrapBeside(absl::string_view label, absl::string_view text, int indent, int columns);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_WRAP_TEXT_H_
