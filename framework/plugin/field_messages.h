// Lists the messages that the fields of a config hold.

#ifndef DIDACT_FRAMEWORK_PLUGIN_FIELD_MESSAGES_H_
#define DIDACT_FRAMEWORK_PLUGIN_FIELD_MESSAGES_H_

#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace didact {

// A message that is the value of a field, or one element of it.
struct FieldMessage {
  const google::protobuf::FieldDescriptor& field;
  const google::protobuf::Message& value;
};

// Returns the messages that fields of `message` hold, in the order of field numbers, without those
// inside of them. Valid as long as `message` does not change.
std::vector<FieldMessage> FieldMessages(const google::protobuf::Message& message);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_FIELD_MESSAGES_H_
