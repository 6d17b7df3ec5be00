// Plugin configs in and out of a google.protobuf.Any.

#ifndef DIDACT_FRAMEWORK_PLUGIN_PACKED_CONFIG_H_
#define DIDACT_FRAMEWORK_PLUGIN_PACKED_CONFIG_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/field_path.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace didact {

// Configs within configs may nest this deep; it bounds the stack that a hostile config can use.
inline constexpr int kMaxConfigDepth = 64;

// Parses the bytes of `any` into `config`, whatever its type URL says; no rule is checked.
// Errors: INVALID_ARGUMENT at `path` if they do not parse.
absl::Status UnpackBytes(const google::protobuf::Any& any, const FieldPath& path,
                         google::protobuf::Message& config);

// The same, into a new message of type `config`, a generated one (so that rules can be read).
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> UnpackNew(
    const google::protobuf::Any& any, const google::protobuf::Descriptor& config,
    const FieldPath& path);

// Packs `config` under its canonical type URL; equal messages give equal bytes.
void Pack(const google::protobuf::Message& config, google::protobuf::Any& any);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_PACKED_CONFIG_H_
