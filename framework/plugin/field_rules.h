// Reads the rules of config fields (protos/field_rules.proto) and words them: one wording for errors and for the
// manual.

#ifndef DIDACT_FRAMEWORK_PLUGIN_FIELD_RULES_H_
#define DIDACT_FRAMEWORK_PLUGIN_FIELD_RULES_H_

#include <string>

#include "google/protobuf/descriptor.h"
#include "protos/field_rules.pb.h"

namespace didact {

// The rules written at `field`; empty rules if there are none. Lives as long as the field's descriptor.
const FieldRules& RulesOf(const google::protobuf::FieldDescriptor& field);

// Whether plugin configs stand in `field`: a google.protobuf.Any whose rules name a kind.
bool HoldsPlugins(const google::protobuf::FieldDescriptor& field);

// Whether `value` keeps the bounds. Long double holds every 64-bit integer exactly.
bool InRange(long double value, const FieldRules& rules);

// ">= 0 and < 1" for minimum 0 and below 1; empty without bounds.
std::string RangeText(const FieldRules& rules);

// "DOUBLE, FLOAT": the names of an enum's values, in order.
std::string EnumNames(const google::protobuf::EnumDescriptor& type);

// The shortest text that reads back as the same number; whole numbers below 1e15 without exponent.
std::string ShortestNumber(double value);
std::string ShortestNumber(float value);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_FIELD_RULES_H_
