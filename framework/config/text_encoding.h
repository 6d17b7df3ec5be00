// The encoding of configs, and the characters that their text format has.

#ifndef DIDACT_FRAMEWORK_CONFIG_TEXT_ENCODING_H_
#define DIDACT_FRAMEWORK_CONFIG_TEXT_ENCODING_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"

namespace didact {

// Returns the text of a file without the byte order mark of UTF-8, which editors may write.
// Errors: INVALID_ARGUMENT, beginning with `path`, for UTF-16 and UTF-32, and for bytes that are
// not UTF-8, with their line and column.
absl::StatusOr<std::string> DecodeUtf8(std::string bytes, const std::string& path);

// Checks that `text`, in UTF-8, has only ASCII characters outside of strings and comments. Word
// processors and web pages replace some of these by others that look alike.
// Errors: INVALID_ARGUMENT, a single problem at `ORIGIN:LINE:COLUMN`, counted from 1 in characters,
// for the first such character; it says what to write instead and where further ones are.
absl::Status CheckCharacters(absl::string_view text, const FieldPath& where);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_TEXT_ENCODING_H_
