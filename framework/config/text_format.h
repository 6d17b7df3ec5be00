// The text format of configs: plugins have short names, and errors have line, column and field
// path.

#ifndef DIDACT_FRAMEWORK_CONFIG_TEXT_FORMAT_H_
#define DIDACT_FRAMEWORK_CONFIG_TEXT_FORMAT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace didact {

// Parses `text`, which contains the fields of `message`; `message` is cleared first. A plugin in a
// google.protobuf.Any is written `[didact/Relu] { ... }` or `[type.googleapis.com/didact.Relu] {
// ... }`; type URLs are kept as written until ResolveConfig makes them canonical. `where` is the
// place of the text: its origin is the file. If `message` is the value of a field, `slot` is that
// field. Field rules are not checked. A whole number may be written as `1e4` for integer fields, too;
// numbers with leading zeros, which would be octal, are refused.
//
// Errors: INVALID_ARGUMENT (NOT_FOUND if the first problem is an unknown plugin), one line per
// problem, `ORIGIN:LINE:COLUMN: path.to.field: ...`, with lines and columns from 1. All misspelt
// fields and unknown plugins up to the first syntax error are reported together. Characters that the
// text format does not have are reported alone, in one line (CheckCharacters).
absl::Status ParseText(absl::string_view text, const PluginRegistry& registry,
                       const FieldPath& where, google::protobuf::Message& message,
                       const google::protobuf::FieldDescriptor* slot = nullptr);

// Returns a config as text from which ParseText restores it without loss, numbers bit by bit. The
// first two lines are comments that name the .proto file and the message, for editors. Equal
// resolved messages give equal text.
std::string PrintText(const google::protobuf::Message& message, const PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_TEXT_FORMAT_H_
