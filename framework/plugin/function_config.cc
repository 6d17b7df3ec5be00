#include "didact/framework/plugin/function_config.h"

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/io/tokenizer.h"

namespace didact {
namespace {

using google::protobuf::DescriptorPool;

bool IsFullName(absl::string_view name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '.');
  return parts.size() > 1 && absl::c_all_of(parts, [](const std::string& part) {
           return google::protobuf::io::Tokenizer::IsIdentifier(part);
         });
}

}  // namespace

absl::StatusOr<std::unique_ptr<const FunctionConfig>> FunctionConfig::Create(
    absl::string_view name, absl::string_view comment, const google::protobuf::Descriptor& fields) {
  if (!IsFullName(name)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the name of a plugin must be PACKAGE.NAME, e.g. my_study.Square, got \"", name, "\""));
  }
  if (DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(name)) != nullptr) {
    return absl::AlreadyExistsError(absl::StrCat(
        "the name of a plugin that is a function must not be that of a message, got ", name));
  }
  std::unique_ptr<FunctionConfig> config(new FunctionConfig);
  const size_t dot = name.rfind('.');
  google::protobuf::FileDescriptorProto& file = config->file_;
  file.set_name(absl::StrCat(name, " (a function)"));
  file.set_package(std::string(name.substr(0, dot)));
  file.set_syntax("proto3");
  google::protobuf::DescriptorProto& message = *file.add_message_type();
  fields.CopyTo(&message);
  message.set_name(std::string(name.substr(dot + 1)));
  const google::protobuf::FileDescriptor* const built = config->pool_.BuildFile(file);
  if (built == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("the name of a plugin cannot be ", name, ": no such message can be made"));
  }
  config->descriptor_ = built->message_type(0);
  config->prototype_ = config->messages_.GetPrototype(config->descriptor_);

  auto& location = *file.mutable_source_code_info()->add_location();
  location.add_path(google::protobuf::FileDescriptorProto::kMessageTypeFieldNumber);
  location.add_path(0);
  for (int i = 0; i < 3; ++i) location.add_span(0);
  location.set_leading_comments(std::string(comment));
  return config;
}

std::unique_ptr<google::protobuf::Message> FunctionConfig::New() const {
  return std::unique_ptr<google::protobuf::Message>(prototype_->New());
}

std::string FunctionConfig::Documentation() const {
  google::protobuf::FileDescriptorSet set;
  *set.add_file() = file_;
  return set.SerializeAsString();
}

}  // namespace didact
