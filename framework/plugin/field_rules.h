// Reads the rules of config fields (protos/field_rules.proto) and formats them in the same words
// for errors and the manual.

#ifndef DIDACT_FRAMEWORK_PLUGIN_FIELD_RULES_H_
#define DIDACT_FRAMEWORK_PLUGIN_FIELD_RULES_H_

#include <string>

#include "didact/protos/field_rules.pb.h"
#include "google/protobuf/descriptor.h"

namespace didact {

// Returns the rules of `field`; empty rules if there are none. Valid as long as the field's
// descriptor.
const FieldRules& RulesOf(const google::protobuf::FieldDescriptor& field);

// Returns true if `field` holds plugin configs: a google.protobuf.Any whose rules name a kind.
bool HoldsPlugins(const google::protobuf::FieldDescriptor& field);

// Returns true if `value` satisfies the bounds. A long double holds every 64-bit integer exactly.
bool InRange(long double value, const FieldRules& rules);

// Returns ">= 0 and < 1" for minimum 0 and below 1; empty without bounds.
std::string RangeText(const FieldRules& rules);

// Returns the names of an enum's values in order: "DOUBLE, FLOAT".
std::string EnumNames(const google::protobuf::EnumDescriptor& type);

// Returns the shortest text that parses to the same number; whole numbers below 1e15 have no
// exponent.
std::string ShortestNumber(double value);
std::string ShortestNumber(float value);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_FIELD_RULES_H_
