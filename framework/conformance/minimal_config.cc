#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "framework/base/field_path.h"
#include "framework/base/status.h"
#include "framework/conformance/conformance.h"
#include "framework/plugin/field_rules.h"
#include "framework/plugin/packed_config.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace didact {
namespace {

using google::protobuf::Any;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::Reflection;

// Plugins within plugins, and messages within messages, go no deeper.
constexpr int kMaxDepth = 8;

bool IsInteger(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return true;
    default:
      return false;
  }
}

bool IsReal(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE;
}

// A number that keeps the rules: of an index 0, of a size 8, of a rate 1/16 if they allow that.
absl::StatusOr<double> SomeNumber(const FieldDescriptor& field, const FieldPath& path) {
  const FieldRules& rules = RulesOf(field);
  const double low = rules.has_above() ? rules.above() : rules.has_minimum() ? rules.minimum() : 0;
  const double high = rules.has_below()     ? rules.below()
                      : rules.has_maximum() ? rules.maximum()
                                            : low + 1;
  std::vector<double> candidates;
  if (field.is_repeated()) candidates.push_back(0);
  if (IsInteger(field)) {
    candidates.insert(candidates.end(), {8, 2, 1, low, low + 1, high, high - 1});
  } else {
    candidates.insert(candidates.end(),
                      {0.0625, 1, low, high, (low + high) / 2, low + 1, high - 1});
  }
  for (const double candidate : candidates) {
    if (InRange(candidate, rules)) return candidate;
  }
  return path.Invalid(absl::StrCat("must be ", RangeText(rules), ", no such number was found"));
}

void SetNumber(double number, const FieldDescriptor& field, Message& message) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
#define DIDACT_SET_NUMBER(CPPTYPE, Name, Type)                                               \
  case FieldDescriptor::CPPTYPE:                                                             \
    field.is_repeated() ? reflection.Add##Name(&message, &field, static_cast<Type>(number))  \
                        : reflection.Set##Name(&message, &field, static_cast<Type>(number)); \
    break
    DIDACT_SET_NUMBER(CPPTYPE_INT32, Int32, int32_t);
    DIDACT_SET_NUMBER(CPPTYPE_INT64, Int64, int64_t);
    DIDACT_SET_NUMBER(CPPTYPE_UINT32, UInt32, uint32_t);
    DIDACT_SET_NUMBER(CPPTYPE_UINT64, UInt64, uint64_t);
    DIDACT_SET_NUMBER(CPPTYPE_FLOAT, Float, float);
    DIDACT_SET_NUMBER(CPPTYPE_DOUBLE, Double, double);
#undef DIDACT_SET_NUMBER
    default:
      break;
  }
}

class MinimalConfigs {
 public:
  explicit MinimalConfigs(const PluginRegistry& registry) : registry_(registry) {}

  // The config of a plugin. `within`: of a plugin within another, where a number that may be 0 is
  // no use as 0: a learning rate, say.
  absl::StatusOr<Any> Plugin(const PluginFactory& plugin, const FieldPath& path, int depth,
                             bool within) const {
    const Message* prototype = MessageFactory::generated_factory()->GetPrototype(&plugin.config());
    if (prototype == nullptr)
      return path.Invalid(
          absl::StrCat("must be a generated message, got ", plugin.config().full_name()));
    const std::unique_ptr<Message> config(prototype->New());
    DIDACT_RETURN_IF_ERROR(Fill(*config, path, depth, within));
    Any any;
    Pack(*config, any);
    return any;
  }

 private:
  absl::Status Fill(Message& message, const FieldPath& path, int depth, bool within) const {
    if (depth > kMaxDepth) return path.Invalid("must not be nested so deep");
    const Descriptor& type = *message.GetDescriptor();
    for (int f = 0; f < type.field_count(); ++f) {
      const FieldDescriptor& field = *type.field(f);
      const FieldRules& rules = RulesOf(field);
      const bool bare_number =
          (IsInteger(field) || IsReal(field)) && !field.is_repeated() && !field.has_presence();
      if (rules.has_default_value()) continue;
      if (!rules.required() && !(bare_number && (within || !InRange(0, rules)))) continue;
      DIDACT_RETURN_IF_ERROR(FillField(field, message, path.Field(field.name()), depth));
    }
    return absl::OkStatus();
  }

  absl::Status FillField(const FieldDescriptor& field, Message& message, const FieldPath& path,
                         int depth) const {
    const Reflection& reflection = *message.GetReflection();
    if (IsInteger(field) || IsReal(field)) {
      DIDACT_ASSIGN_OR_RETURN(const double number, SomeNumber(field, path));
      SetNumber(number, field, message);
      return absl::OkStatus();
    }
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      return path.Invalid(RulesOf(field).file() ? "must be given, and no file can be made up"
                                                : "must be given, and no value can be made up");
    }
    Message& value = field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                         : *reflection.MutableMessage(&message, &field);
    if (!HoldsPlugins(field)) return Fill(value, path, depth + 1, true);
    absl::Status problem = path.Invalid(
        absl::StrCat("must be a plugin of kind ", RulesOf(field).plugin_kind(), ", there is none"));
    for (const PluginFactory* plugin : registry_.List()) {
      if (plugin->kind() != RulesOf(field).plugin_kind()) continue;
      absl::StatusOr<Any> config = Plugin(*plugin, path, depth + 1, true);
      if (config.ok()) {
        static_cast<Any&>(value) = *std::move(config);
        return absl::OkStatus();
      }
      problem = config.status();
    }
    return problem;
  }

  const PluginRegistry& registry_;
};

}  // namespace

absl::StatusOr<Any> MinimalConfig(const PluginRegistry& registry, const PluginFactory& plugin) {
  return MinimalConfigs(registry).Plugin(plugin, FieldPath(), 0, false);
}

}  // namespace didact
