#include "framework/experiment/example_config.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "framework/plugin/field_rules.h"
#include "framework/plugin/type_url.h"

namespace didact {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Plugins within plugins are shown this deep.
constexpr int kMaxDepth = 4;

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

bool IsText(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
}

// Whether a config without the field is wrong.
bool IsNeeded(const FieldDescriptor& field) {
  const FieldRules& rules = RulesOf(field);
  return rules.required() || field.is_required() ||
         (IsNumber(field) && !field.is_repeated() && !field.has_presence() && !InRange(0, rules));
}

double NumberInRange(const FieldRules& rules) {
  const double low = rules.has_above() ? rules.above() : rules.minimum();
  const double high = rules.has_below() ? rules.below() : rules.maximum();
  for (double value : {0.0, 1.0, low, high, low + 1, high - 1}) {
    if (InRange(value, rules)) return value;
  }
  return (low + high) / 2;
}

class Example {
 public:
  explicit Example(const PluginRegistry& registry) : registry_(registry) {}

  std::vector<std::string> Fields(const Descriptor& message, bool needed_only, int depth) const {
    std::vector<std::string> lines;
    if (depth > kMaxDepth) return lines;
    for (int f = 0; f < message.field_count(); ++f) {
      const FieldDescriptor& field = *message.field(f);
      const bool is_given = IsNeeded(field) || RulesOf(field).has_default_value() ||
                            !(field.has_presence() || field.is_repeated() || IsText(field));
      if (needed_only && !IsNeeded(field)) continue;
      for (const std::string& line : Field(field, depth)) {
        lines.push_back(absl::StrCat(is_given ? "" : "# ", line));
      }
    }
    return lines;
  }

 private:
  std::vector<std::string> Field(const FieldDescriptor& field, int depth) const {
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      const std::string value = ScalarValue(field);
      return {absl::StrCat(field.name(), ": ",
                           field.is_repeated() ? absl::StrCat("[", value, "]") : value)};
    }
    if (!HoldsPlugins(field)) {
      return Block(field.name(), Fields(*field.message_type(), depth > 0, depth + 1));
    }
    for (const PluginFactory* factory : registry_.List()) {
      if (factory->kind() != RulesOf(field).plugin_kind()) continue;
      return Block(field.name(), Block(absl::StrCat("[", NameInConfig(factory->config()), "]"),
                                       Fields(factory->config(), true, depth + 1)));
    }
    return Block(field.name(), {});
  }

  static std::vector<std::string> Block(absl::string_view name,
                                        const std::vector<std::string>& inner) {
    if (inner.empty()) return {absl::StrCat(name, " {}")};
    if (inner.size() == 1) return {absl::StrCat(name, " { ", inner[0], " }")};
    std::vector<std::string> lines = {absl::StrCat(name, " {")};
    for (const std::string& line : inner) lines.push_back(absl::StrCat("  ", line));
    lines.push_back("}");
    return lines;
  }

  static std::string ScalarValue(const FieldDescriptor& field) {
    const FieldRules& rules = RulesOf(field);
    const bool is_text = IsText(field);
    if (rules.has_default_value()) {
      return is_text ? absl::StrCat("\"", rules.default_value(), "\"") : rules.default_value();
    }
    if (is_text) return rules.file() ? "\"FILE\"" : "\"TEXT\"";
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return "false";
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      return field.enum_type()->value(0)->name();
    }
    return ShortestNumber(NumberInRange(rules));
  }

  const PluginRegistry& registry_;
};

}  // namespace

std::string NameInConfig(const Descriptor& config) {
  const std::string& package = config.file()->package();
  if (package.empty() || config.containing_type() != nullptr) {
    return CanonicalTypeUrl(config.full_name());
  }
  return absl::StrCat(package, "/", config.name());
}

std::string ExampleConfig(const Descriptor& message, const PluginRegistry& registry, int indent) {
  std::string text;
  for (const std::string& line : Example(registry).Fields(message, false, 0)) {
    absl::StrAppend(&text, std::string(indent, ' '), line, "\n");
  }
  return text;
}

}  // namespace didact
