#include "framework/plugin/packed_config.h"

#include "absl/strings/str_cat.h"
#include "framework/base/status.h"
#include "framework/plugin/type_url.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace didact {

absl::Status UnpackBytes(const google::protobuf::Any& any, const FieldPath& path,
                         google::protobuf::Message& config) {
  if (config.ParsePartialFromString(any.value())) return absl::OkStatus();
  return path.Invalid(absl::StrCat("must hold a serialized ", config.GetDescriptor()->full_name(),
                                   ", got ", any.value().size(), " bytes that do not parse"));
}

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> UnpackNew(
    const google::protobuf::Any& any, const google::protobuf::Descriptor& config,
    const FieldPath& path) {
  const google::protobuf::Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&config);
  if (prototype == nullptr) {
    return path.Invalid(
        absl::StrCat("must be a message compiled into the program, got ", config.full_name()));
  }
  std::unique_ptr<google::protobuf::Message> message(prototype->New());
  DIDACT_RETURN_IF_ERROR(UnpackBytes(any, path, *message));
  return message;
}

void Pack(const google::protobuf::Message& config, google::protobuf::Any& any) {
  any.set_type_url(CanonicalTypeUrl(config.GetDescriptor()->full_name()));
  any.clear_value();
  google::protobuf::io::StringOutputStream bytes(any.mutable_value());
  google::protobuf::io::CodedOutputStream stream(&bytes);
  stream.SetSerializationDeterministic(true);
  config.SerializePartialToCodedStream(&stream);
}

}  // namespace didact
