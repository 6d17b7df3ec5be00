// Writes an example of a config message, for the manual.

#ifndef DIDACT_FRAMEWORK_EXPERIMENT_EXAMPLE_CONFIG_H_
#define DIDACT_FRAMEWORK_EXPERIMENT_EXAMPLE_CONFIG_H_

#include <string>

#include "framework/plugin/registry.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// `didact/Relu`, the name that a config has in front of a plugin's fields; for a message that the short form cannot
// express, the type URL.
std::string NameInConfig(const google::protobuf::Descriptor& config);

// Every field of `message` with its default, or a value that keeps its rules; what else may be left out
// is a comment. Lines begin behind `indent` blanks. The text parses and resolves, as far as no file is read.
std::string ExampleConfig(const google::protobuf::Descriptor& message,
                          const PluginRegistry& registry, int indent);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPERIMENT_EXAMPLE_CONFIG_H_
