// Sets comments of .proto files as paragraphs for a terminal.

#ifndef DIDACT_FRAMEWORK_CONFIG_WRAP_TEXT_H_
#define DIDACT_FRAMEWORK_CONFIG_WRAP_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace didact {

// Lines of the manual are at most this long, unless one word is longer.
inline constexpr int kManualColumns = 100;

// `text` in lines of at most kManualColumns characters, each behind `indent` blanks and ended by a newline. Its own line breaks
// are not kept, blank lines are. Empty text gives nothing.
std::string WrapText(absl::string_view text, int indent);

// `label`, then `text` beside it in a column that begins behind `indent` blanks.
std::string WrapBeside(absl::string_view label, absl::string_view text, int indent);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_WRAP_TEXT_H_
