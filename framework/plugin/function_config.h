// The config message of a plugin that is a function. It is made at run time and needs no .proto
// file.

#ifndef DIDACT_FRAMEWORK_PLUGIN_FUNCTION_CONFIG_H_
#define DIDACT_FRAMEWORK_PLUGIN_FUNCTION_CONFIG_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/message.h"

namespace didact {

// A message type with its own name and the fields of another message. Immutable; all methods may
// run concurrently.
class FunctionConfig {
 public:
  // `name`: PACKAGE.NAME, e.g. "my_study.Square"; `comment`: description of the plugin in the
  // manual; `fields`: a message whose fields, with their rules, are those of the config.
  // Errors: INVALID_ARGUMENT for a name of another form; ALREADY_EXISTS for the name of a message
  // that is compiled into the program.
  static absl::StatusOr<std::unique_ptr<const FunctionConfig>> Create(
      absl::string_view name, absl::string_view comment,
      const google::protobuf::Descriptor& fields);

  // Valid as long as this object.
  const google::protobuf::Descriptor& descriptor() const { return *descriptor_; }

  // Returns an empty message, which must not outlive this object.
  std::unique_ptr<google::protobuf::Message> New() const;

  // The comment, for PluginRegistry::AddDocumentation.
  std::string Documentation() const;

 private:
  FunctionConfig() = default;

  google::protobuf::FileDescriptorProto file_;
  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory messages_;  // must be destroyed before the pool
  const google::protobuf::Descriptor* descriptor_ = nullptr;
  const google::protobuf::Message* prototype_ = nullptr;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_FUNCTION_CONFIG_H_
