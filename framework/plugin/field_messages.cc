#include "didact/framework/plugin/field_messages.h"

namespace didact {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::vector<FieldMessage> FieldMessages(const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  std::vector<FieldMessage> messages;
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      messages.push_back({*field, reflection.GetMessage(message, field)});
      continue;
    }
    const int size = reflection.FieldSize(message, field);
    for (int i = 0; i < size; ++i) {
      messages.push_back({*field, reflection.GetRepeatedMessage(message, field, i)});
    }
  }
  return messages;
}

}  // namespace didact
