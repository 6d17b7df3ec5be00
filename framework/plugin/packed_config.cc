#include "didact/framework/plugin/packed_config.h"

#include "absl/strings/str_cat.h"
#include "didact/framework/plugin/type_url.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace didact {

absl::Status UnpackBytes(const google::protobuf::Any& any, const FieldPath& path,
                         google::protobuf::Message& config) {
  if (config.ParsePartialFromString(any.value())) return absl::OkStatus();
  return path.Invalid(absl::StrCat("must hold a serialized ", config.GetDescriptor()->full_name(),
                                   ", got ", any.value().size(), " bytes that do not parse"));
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
