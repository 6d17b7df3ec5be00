// Finds the config message of a plugin by the plugin's name, for the text format.

#ifndef DIDACT_FRAMEWORK_CONFIG_PLUGIN_FINDER_H_
#define DIDACT_FRAMEWORK_CONFIG_PLUGIN_FINDER_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

namespace didact {

// Knows the config messages of a registry's plugins, of all kinds, in every form of their names
// (`didact/Relu`, `type.googleapis.com/didact.Relu`), and no other messages. Threads: one at a time.
class PluginFinder : public google::protobuf::TextFormat::Finder {
 public:
  explicit PluginFinder(const PluginRegistry& registry);

  // Null if no plugin has this name.
  const google::protobuf::Descriptor* Find(absl::string_view type_url) const;

  // Returns an empty message for an unknown plugin and remembers that there was one. A parser that
  // skips unknown fields then reaches the end of the text and reports all problems in it.
  const google::protobuf::Descriptor* FindAnyType(const google::protobuf::Message& any,
                                                  const std::string& prefix,
                                                  const std::string& name) const override;
  bool met_unknown_plugin() const { return met_unknown_plugin_; }

 private:
  std::map<std::string, const google::protobuf::Descriptor*, std::less<>> configs_;
  mutable bool met_unknown_plugin_ = false;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_PLUGIN_FINDER_H_
