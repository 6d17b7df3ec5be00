#include "didact/framework/plugin/example_value.h"

#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/field_rules.h"

namespace didact {
namespace {

using google::protobuf::FieldDescriptor;

bool IsReal(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE;
}

bool IsUnsigned(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
}

bool IsNumber(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return false;
    default:
      return true;
  }
}

// Returns the number converted to the field's type.
double AsFieldHoldsIt(double number, const FieldDescriptor& field) {
  if (!IsReal(field)) return std::trunc(number);
  return field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT ? static_cast<float>(number) : number;
}

absl::StatusOr<std::string> NumberInRange(const FieldDescriptor& field) {
  const FieldRules& rules = RulesOf(field);
  const double low = rules.has_above() ? rules.above() : rules.minimum();
  const double high = rules.has_below() ? rules.below() : rules.maximum();
  // A typical rate or size.
  const double typical = IsReal(field) ? 0.1 : 8;
  // Elements of lists are often indices.
  const double first = field.is_repeated() || !MustBeGiven(field) ? 0 : typical;
  for (const double candidate :
       {first, typical, 1.0, low, high, low + 1, high - 1, std::ceil(low), (low + high) / 2}) {
    const double number = AsFieldHoldsIt(candidate, field);
    if (!InRange(number, rules) || (IsUnsigned(field) && number < 0)) continue;
    return IsReal(field) ? ShortestNumber(candidate) : absl::StrCat(static_cast<int64_t>(number));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("must be ", RangeText(rules), ", no such number was found"));
}

absl::StatusOr<std::string> MadeUpValue(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return field.enum_type()->value(0)->name();
    case FieldDescriptor::CPPTYPE_STRING:
      return RulesOf(field).file() ? "FILE" : "TEXT";
    default:
      return NumberInRange(field);
  }
}

}  // namespace

bool MustBeGiven(const FieldDescriptor& field) {
  const FieldRules& rules = RulesOf(field);
  return rules.required() || field.is_required() ||
         (IsNumber(field) && !field.is_repeated() && !field.has_presence() && !InRange(0, rules));
}

absl::StatusOr<std::vector<std::string>> ExampleValues(const FieldDescriptor& field) {
  const FieldRules& rules = RulesOf(field);
  if (!rules.has_example() && !rules.has_default_value()) {
    DIDACT_ASSIGN_OR_RETURN(std::string value, MadeUpValue(field));
    return std::vector<std::string>{std::move(value)};
  }
  const std::string& text = rules.has_example() ? rules.example() : rules.default_value();
  std::vector<std::string> values =
      field.is_repeated() ? absl::StrSplit(text, ',') : std::vector<std::string>{text};
  for (std::string& value : values) absl::StripAsciiWhitespace(&value);
  return values;
}

std::string InTextFormat(absl::Span<const std::string> values, const FieldDescriptor& field) {
  std::vector<std::string> texts;
  for (const std::string& value : values) {
    texts.push_back(field.cpp_type() == FieldDescriptor::CPPTYPE_STRING
                        ? absl::StrCat("\"", absl::Utf8SafeCEscape(value), "\"")
                        : value);
  }
  const std::string list = absl::StrJoin(texts, ", ");
  return field.is_repeated() ? absl::StrCat("[", list, "]") : list;
}

}  // namespace didact
