#include "didact/framework/plugin/field_rules.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/any.pb.h"

namespace didact {
namespace {

template <class Float>
std::string Shortest(Float value) {
  if (std::abs(value) < 1e15 && value == std::trunc(value)) {
    return absl::StrCat(static_cast<int64_t>(value));
  }
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof(text), value).ptr);
}

}  // namespace

const FieldRules& RulesOf(const google::protobuf::FieldDescriptor& field) {
  return field.options().GetExtension(rules);
}

bool HoldsPlugins(const google::protobuf::FieldDescriptor& field) {
  return field.message_type() == google::protobuf::Any::descriptor() &&
         !RulesOf(field).plugin_kind().empty();
}

bool InRange(long double value, const FieldRules& rules) {
  return !(rules.has_minimum() && value < rules.minimum()) &&
         !(rules.has_above() && value <= rules.above()) &&
         !(rules.has_maximum() && value > rules.maximum()) &&
         !(rules.has_below() && value >= rules.below());
}

std::string RangeText(const FieldRules& rules) {
  std::vector<std::string> bounds;
  if (rules.has_minimum()) bounds.push_back(absl::StrCat(">= ", ShortestNumber(rules.minimum())));
  if (rules.has_above()) bounds.push_back(absl::StrCat("> ", ShortestNumber(rules.above())));
  if (rules.has_maximum()) bounds.push_back(absl::StrCat("<= ", ShortestNumber(rules.maximum())));
  if (rules.has_below()) bounds.push_back(absl::StrCat("< ", ShortestNumber(rules.below())));
  return absl::StrJoin(bounds, " and ");
}

std::string EnumNames(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int v = 0; v < type.value_count(); ++v) names.push_back(type.value(v)->name());
  return absl::StrJoin(names, ", ");
}

std::string ShortestNumber(double value) { return Shortest(value); }

std::string ShortestNumber(float value) { return Shortest(value); }

}  // namespace didact
