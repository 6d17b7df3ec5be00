#include "didact/framework/config/plugin_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "didact/framework/plugin/example_config.h"
#include "didact/framework/plugin/example_value.h"
#include "didact/framework/plugin/field_rules.h"

namespace didact {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

bool IsNumber(absl::string_view text) {
  double number = 0;
  return absl::SimpleAtod(text, &number);
}

bool IsNumeric(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_BOOL:
      return false;
    default:
      return !field.is_repeated();
  }
}

absl::string_view WithoutPackage(absl::string_view name) {
  const size_t end = name.find_last_of("./");
  return end == absl::string_view::npos ? name : name.substr(end + 1);
}

}  // namespace

const PluginFactory* PluginNamed(absl::string_view name, absl::string_view kind,
                                 const PluginRegistry& registry) {
  for (const PluginFactory* const factory : registry.List()) {
    if (!kind.empty() && factory->kind() != kind) continue;
    if (absl::EqualsIgnoreCase(factory->config().name(), WithoutPackage(name))) return factory;
  }
  return nullptr;
}

const FieldDescriptor* OnlyNumber(const PluginFactory& plugin) {
  const FieldDescriptor* number = nullptr;
  for (int f = 0; f < plugin.config().field_count(); ++f) {
    const FieldDescriptor& field = *plugin.config().field(f);
    if (!MustBeGiven(field)) continue;
    if (number != nullptr || !IsNumeric(field)) return nullptr;
    number = &field;
  }
  return number;
}

std::string PluginTextFor(absl::string_view value, const FieldDescriptor& slot,
                          const PluginRegistry& registry) {
  value = absl::StripAsciiWhitespace(value);
  const std::string& kind = RulesOf(slot).plugin_kind();
  if (IsNumber(value)) {
    for (const PluginFactory* const factory : registry.List()) {
      const FieldDescriptor* const number =
          factory->kind() == kind ? OnlyNumber(*factory) : nullptr;
      if (number == nullptr) continue;
      return absl::StrCat("[", NameInConfig(factory->config()), "] { ", number->name(), ": ", value,
                          " }");
    }
  }
  absl::string_view name = value;
  while (absl::ConsumePrefix(&name, "[") || absl::ConsumePrefix(&name, "{") ||
         absl::ConsumePrefix(&name, " ")) {
  }
  name = name.substr(0, name.find_first_of("]{<} \t\n"));
  if (const PluginFactory* const named = PluginNamed(name, kind, registry); named != nullptr) {
    return ShortExample(*named, registry);
  }
  const std::string example = ExampleOfField(slot, registry);
  const size_t begin = example.find('{');
  if (begin == std::string::npos) return "[PACKAGE/NAME] {}";
  return std::string(
      absl::StripAsciiWhitespace(example.substr(begin + 1, example.rfind('}') - begin - 1)));
}

std::string MessageTextFor(absl::string_view value, const Descriptor& message) {
  if (message.field_count() == 0) return "{}";
  for (int f = 0; f < message.field_count(); ++f) {
    const FieldDescriptor& field = *message.field(f);
    if (IsNumeric(field) && IsNumber(value)) {
      return absl::StrCat("{ ", field.name(), ": ", value, " }");
    }
  }
  const FieldDescriptor& first = *message.field(0);
  return absl::StrCat("{ ", first.name(),
                      first.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ? " { ... }" : ": ...",
                      " }");
}

}  // namespace didact
