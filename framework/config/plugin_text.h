// The text that a mistaken value of a field probably stands for, for error messages.

#ifndef DIDACT_FRAMEWORK_CONFIG_PLUGIN_TEXT_H_
#define DIDACT_FRAMEWORK_CONFIG_PLUGIN_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// Returns the plugin of this kind (of any if it is empty) whose name without its package is `name`
// without its package, whatever the case of the letters; null if there is none.
const PluginFactory* PluginNamed(absl::string_view name, absl::string_view kind,
                                 const PluginRegistry& registry);

// Returns the field of a plugin's config that is a number, if it is the only one that must be given;
// null otherwise.
const google::protobuf::FieldDescriptor* OnlyNumber(const PluginFactory& plugin);

// Returns the text of a plugin for the field `slot` that `value` probably stands for: `[didact/Tanh]
// {}` for Tanh, `[didact/Constant] { value: 0.001 }` for 0.001; otherwise the slot's example.
std::string PluginTextFor(absl::string_view value, const google::protobuf::FieldDescriptor& slot,
                          const PluginRegistry& registry);

// Returns the fields of a message, which holds no plugin, that `value` probably stands for, in
// braces: `{ first: 5 }` for 5.
std::string MessageTextFor(absl::string_view value, const google::protobuf::Descriptor& message);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_PLUGIN_TEXT_H_
