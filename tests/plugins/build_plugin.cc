#include "tests/plugins/build_plugin.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/plugin/type_url.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

namespace didact {
namespace {

// Finds the messages of nested plugins by either form of their name.
class ShortNames final : public google::protobuf::TextFormat::Finder {
 public:
  const google::protobuf::Descriptor* FindAnyType(const google::protobuf::Message&,
                                                  const std::string& prefix,
                                                  const std::string& name) const override {
    return google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
        MessageNameOfTypeUrl(absl::StrCat(prefix, name)));
  }
};

// Collects the parser's messages.
class Messages final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    absl::StrAppend(&text_, text_.empty() ? "" : "; ", line + 1, ":", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

absl::StatusOr<google::protobuf::Any> PluginConfig(const PluginRegistry& registry,
                                                   const std::string& text) {
  const std::vector<const PluginFactory*> plugins = registry.List();
  if (plugins.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("the registry must hold 1 plugin, it holds ", plugins.size()));
  }
  const google::protobuf::Descriptor& type = plugins[0]->config();
  google::protobuf::DynamicMessageFactory messages;
  messages.SetDelegateToGeneratedFactory(true);
  const std::unique_ptr<google::protobuf::Message> config(messages.GetPrototype(&type)->New());

  ShortNames names;
  Messages errors;
  google::protobuf::TextFormat::Parser parser;
  parser.SetFinder(&names);
  parser.RecordErrorsTo(&errors);
  if (!parser.ParseFromString(text, config.get())) {
    return absl::InvalidArgumentError(
        absl::StrCat("the text of ", type.full_name(), " does not parse: ", errors.text()));
  }
  google::protobuf::Any any;
  any.PackFrom(*config);
  return any;
}

}  // namespace didact
