// Packs plugin configs into a google.protobuf.Any and unpacks them.

#ifndef DIDACT_FRAMEWORK_PLUGIN_PACKED_CONFIG_H_
#define DIDACT_FRAMEWORK_PLUGIN_PACKED_CONFIG_H_

#include "absl/status/status.h"
#include "didact/framework/base/field_path.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/message.h"

namespace didact {

// Maximum depth of configs within configs; it bounds the stack that a malicious config can use.
inline constexpr int kMaxConfigDepth = 64;

// Parses the bytes of `any` into `config`, whatever its type URL; checks no rules. Errors:
// INVALID_ARGUMENT at `path` if they do not parse.
absl::Status UnpackBytes(const google::protobuf::Any& any, const FieldPath& path,
                         google::protobuf::Message& config);

// Packs `config` under its canonical type URL; equal messages give equal bytes.
void Pack(const google::protobuf::Message& config, google::protobuf::Any& any);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_PACKED_CONFIG_H_
