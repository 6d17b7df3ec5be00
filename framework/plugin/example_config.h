// Writes example configs for the manual, for tests of plugins and for error messages.

#ifndef DIDACT_FRAMEWORK_PLUGIN_EXAMPLE_CONFIG_H_
#define DIDACT_FRAMEWORK_PLUGIN_EXAMPLE_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// Returns the name by which a config selects a plugin: `didact/Relu`, or the type URL for a message
// that the short form cannot express.
std::string NameInConfig(const google::protobuf::Descriptor& config);

// Returns an example with every field of `message` and its example value (ExampleValue); optional
// fields are comments. A plugin within it is the one that the field's rule names; otherwise the
// first of its kind, preferably of the message's own package, that has a complete example; one that
// needs no fields is preferred. Lines are indented by `indent` blanks. The text parses and
// satisfies the rules of all fields.
std::string ExampleConfig(const google::protobuf::Descriptor& message,
                          const PluginRegistry& registry, int indent);

// Returns the example of a plugin in the manual as text: `[didact/Relu] {}`. Files that it names
// must be in `folder`.
// Errors: NOT_FOUND, naming the field, if a file or a plugin that it needs is missing;
// INVALID_ARGUMENT if there is no valid example.
absl::StatusOr<std::string> ExampleText(const PluginFactory& plugin, const PluginRegistry& registry,
                                        const std::string& folder);

// Returns the plugin in one line, with everything required within it: `[didact/Relu] {}`.
std::string ShortExample(const PluginFactory& plugin, const PluginRegistry& registry);

// Returns one line that gives the field a value, with everything required within it: `epochs: 100`,
// `loss { [didact/HalfSquaredError] {} }`. Empty if there is no valid example.
std::string ExampleOfField(const google::protobuf::FieldDescriptor& field,
                           const PluginRegistry& registry);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_EXAMPLE_CONFIG_H_
