#include "didact/framework/config/plugin_finder.h"

#include "absl/strings/str_cat.h"
#include "didact/framework/plugin/type_url.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/empty.pb.h"

namespace didact {

PluginFinder::PluginFinder(const PluginRegistry& registry) {
  for (const PluginFactory* factory : registry.List()) {
    // An Any directly within an Any would escape the parser's limit on nesting.
    if (&factory->config() == google::protobuf::Any::descriptor()) continue;
    configs_[factory->config().full_name()] = &factory->config();
  }
}

const google::protobuf::Descriptor* PluginFinder::Find(absl::string_view type_url) const {
  const auto found = configs_.find(MessageNameOfTypeUrl(type_url));
  return found == configs_.end() ? nullptr : found->second;
}

const google::protobuf::Descriptor* PluginFinder::FindAnyType(const google::protobuf::Message&,
                                                              const std::string& prefix,
                                                              const std::string& name) const {
  const google::protobuf::Descriptor* config = Find(absl::StrCat(prefix, name));
  if (config != nullptr) return config;
  met_unknown_plugin_ = true;
  return google::protobuf::Empty::descriptor();
}

}  // namespace didact
