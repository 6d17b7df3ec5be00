// The text format of configs, with plugins by their short names and errors that say where and what.

#ifndef DIDACT_FRAMEWORK_CONFIG_TEXT_FORMAT_H_
#define DIDACT_FRAMEWORK_CONFIG_TEXT_FORMAT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "framework/base/field_path.h"
#include "framework/plugin/registry.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace didact {

// Parses `text`, the fields of `message`, which is emptied first. Plugins stand in a google.protobuf.Any as
// `[didact/Relu] { ... }` or `[type.googleapis.com/didact.Relu] { ... }`; type URLs stay as they are written until
// ResolveConfig makes them canonical. `where` says where the text stands: its origin is the file. Where `message` is
// the value of a field, `slot` is that field. No field rule is checked.
//
// Errors: INVALID_ARGUMENT (NOT_FOUND when the first problem is an unknown plugin), one line per problem,
// `ORIGIN:LINE:COLUMN: path.to.field: ...`, lines and columns from 1; misspelt fields and unknown plugins all at once,
// up to the first place where the text is no text format at all.
absl::Status ParseText(absl::string_view text, const PluginRegistry& registry,
                       const FieldPath& where, google::protobuf::Message& message,
                       const google::protobuf::FieldDescriptor* slot = nullptr);

// A config as text that ParseText reads back without loss, bit by bit for numbers. The first two lines are
// comments that name the .proto file and the message, for editors. Equal resolved messages give equal text.
std::string PrintText(const google::protobuf::Message& message, const PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_TEXT_FORMAT_H_
