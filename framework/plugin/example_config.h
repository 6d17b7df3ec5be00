// Writes an example of a config message, for the manual, for tests of plugins and for error messages.

#ifndef DIDACT_FRAMEWORK_PLUGIN_EXAMPLE_CONFIG_H_
#define DIDACT_FRAMEWORK_PLUGIN_EXAMPLE_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "framework/plugin/registry.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// `didact/Relu`, the name that a config has in front of a plugin's fields; for a message that the short form cannot
// express, the type URL.
std::string NameInConfig(const google::protobuf::Descriptor& config);

// Every field of `message` with its example value (ExampleValue); what else may be left out is a comment. A plugin
// within is the first of its kind, of the message's own package if it has one, whose example is complete, and one that needs no fields
// before others. Lines begin behind `indent` blanks. The text parses and
// keeps the rules of all fields.
std::string ExampleConfig(const google::protobuf::Descriptor& message,
                          const PluginRegistry& registry, int indent);

// The example of a plugin that the manual prints, as text: `[didact/Relu] {}`; the files that it names are looked for in
// `folder`. Errors: NOT_FOUND, naming the field, when a file or a plugin that it needs is not there; INVALID_ARGUMENT when
// no example can be made.
absl::StatusOr<std::string> ExampleText(const PluginFactory& plugin, const PluginRegistry& registry,
                                        const std::string& folder);

// One line that gives the field a value, and what must be given within it: `epochs: 100`,
// `loss { [didact/HalfSquaredError] {} }`. Empty if no example can be made.
std::string ExampleOfField(const google::protobuf::FieldDescriptor& field,
                           const PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_EXAMPLE_CONFIG_H_
