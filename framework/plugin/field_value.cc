#include "didact/framework/plugin/field_value.h"

#include <cmath>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/silent_errors.h"
#include "google/protobuf/stubs/common.h"
#include "google/protobuf/text_format.h"

namespace didact {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string NumberText(double value) { return ShortestNumber(value); }
std::string NumberText(float value) { return ShortestNumber(value); }
template <class Integer>
std::string NumberText(Integer value) {
  return absl::StrCat(value);
}

template <class Number>
std::string NumberProblem(Number value, const FieldRules& rules) {
  if (!std::isfinite(static_cast<long double>(value))) {
    return absl::StrCat("must be finite, got ", NumberText(value));
  }
  if (InRange(value, rules)) return "";
  return absl::StrCat("must be ", RangeText(rules), ", got ", NumberText(value));
}

std::string EnumProblem(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const int number = index < 0 ? reflection.GetEnumValue(message, &field)
                               : reflection.GetRepeatedEnumValue(message, &field, index);
  if (field.enum_type()->FindValueByNumber(number) != nullptr) return "";
  return absl::StrCat("must be one of ", EnumNames(*field.enum_type()), ", got ", number);
}

std::string TextProblem(const Message& message, const FieldDescriptor& field, int index) {
  if (field.type() != FieldDescriptor::TYPE_STRING) return "";
  const Reflection& reflection = *message.GetReflection();
  std::string copy;
  const std::string& text =
      index < 0 ? reflection.GetStringReference(message, &field, &copy)
                : reflection.GetRepeatedStringReference(message, &field, index, &copy);
  if (google::protobuf::internal::IsStructurallyValidUTF8(text)) return "";
  return absl::StrCat("must be text in UTF-8, got \"", absl::CEscape(text), "\"");
}

bool ParseValue(const std::string& text, const FieldDescriptor& field, Message& message) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return false;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    const std::string value(absl::StripAsciiWhitespace(text));
    const Reflection& reflection = *message.GetReflection();
    if (field.is_repeated()) {
      reflection.AddString(&message, &field, value);
    } else {
      reflection.SetString(&message, &field, value);
    }
    return true;
  }
  SilentErrors errors;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  return parser.ParseFieldValueFromString(text, &field, &message);
}

}  // namespace

std::string ValueProblem(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
#define DIDACT_NUMBER_PROBLEM(CPPTYPE, Name)                                               \
  case FieldDescriptor::CPPTYPE:                                                           \
    return NumberProblem(index < 0 ? reflection.Get##Name(message, &field)                 \
                                   : reflection.GetRepeated##Name(message, &field, index), \
                         RulesOf(field))
    DIDACT_NUMBER_PROBLEM(CPPTYPE_INT32, Int32);
    DIDACT_NUMBER_PROBLEM(CPPTYPE_INT64, Int64);
    DIDACT_NUMBER_PROBLEM(CPPTYPE_UINT32, UInt32);
    DIDACT_NUMBER_PROBLEM(CPPTYPE_UINT64, UInt64);
    DIDACT_NUMBER_PROBLEM(CPPTYPE_FLOAT, Float);
    DIDACT_NUMBER_PROBLEM(CPPTYPE_DOUBLE, Double);
#undef DIDACT_NUMBER_PROBLEM
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumProblem(message, field, index);
    case FieldDescriptor::CPPTYPE_STRING:
      return TextProblem(message, field, index);
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return "";
}

absl::Status SetFromRule(const FieldDescriptor& field, absl::string_view rule,
                         const std::string& text, Message& message) {
  const std::vector<std::string> values =
      field.is_repeated() ? absl::StrSplit(text, ',') : std::vector<std::string>{text};
  for (const std::string& value : values) {
    if (ParseValue(value, field, message)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        rule, " \"", text, "\" is not ", field.is_repeated() ? "a list of values" : "a value",
        " of type ", field.type_name()));
  }
  return absl::OkStatus();
}

absl::Status SetDefault(const FieldDescriptor& field, Message& message) {
  return SetFromRule(field, "default_value", RulesOf(field).default_value(), message);
}

}  // namespace didact
