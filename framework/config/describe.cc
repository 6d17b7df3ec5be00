#include "didact/framework/config/describe.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "didact/framework/config/nearest_name.h"
#include "didact/framework/config/plugin_text.h"
#include "didact/framework/config/wrap_text.h"
#include "didact/framework/plugin/example_config.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/type_url.h"

namespace didact {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Longer names do not shift the column next to them.
constexpr size_t kMaxNameColumn = 26;

// Returns the text up to the first full stop that ends a sentence. A capital letter or nothing
// follows such a full stop.
std::string FirstSentence(const std::string& comment) {
  const std::string text = absl::StrReplaceAll(comment, {{"\n", " "}});
  for (size_t stop = text.find(". "); stop != std::string::npos; stop = text.find(". ", stop + 1)) {
    const size_t next = text.find_first_not_of(' ', stop + 1);
    if (next == std::string::npos || absl::ascii_isupper(text[next])) {
      return text.substr(0, stop + 1);
    }
  }
  return text;
}

std::string TypeText(const FieldDescriptor& field) {
  const absl::string_view plural = field.is_repeated() ? "s" : "";
  const absl::string_view list = field.is_repeated() ? "list of " : "";
  if (HoldsPlugins(field)) {
    return absl::StrCat(list, RulesOf(field).plugin_kind(), " plugin", plural);
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    return absl::StrCat(list, field.message_type()->name());
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return absl::StrCat(list, "one of ", EnumNames(*field.enum_type()));
  }
  if (RulesOf(field).file()) return absl::StrCat(list, "file name", plural);
  return absl::StrCat(list, field.type_name());
}

// Describes the value that a field has if it is left out.
std::string DefaultText(const FieldDescriptor& field) {
  const FieldRules& rules = RulesOf(field);
  if (rules.required() || field.is_required()) return "required";
  if (rules.has_default_value()) {
    return field.is_repeated() ? absl::StrCat("default [", rules.default_value(), "]")
                               : absl::StrCat("default ", rules.default_value());
  }
  if (field.is_repeated() || field.has_presence()) return "optional";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return "optional";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "default false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("default ", field.enum_type()->value(0)->name());
    default:
      return InRange(0, rules) ? "default 0" : "required";
  }
}

std::string FieldSummary(const FieldDescriptor& field) {
  const FieldRules& rules = RulesOf(field);
  std::string summary = TypeText(field);
  if (!rules.unit().empty()) absl::StrAppend(&summary, " [", rules.unit(), "]");
  absl::StrAppend(&summary, ", ", DefaultText(field));
  if (const std::string range = RangeText(rules); !range.empty()) {
    absl::StrAppend(&summary, ", ", range);
  }
  if (const auto* oneof = field.real_containing_oneof(); oneof != nullptr) {
    std::vector<std::string> others;
    for (int f = 0; f < oneof->field_count(); ++f) {
      if (oneof->field(f) != &field) others.push_back(oneof->field(f)->name());
    }
    absl::StrAppend(&summary, ", excludes ", absl::StrJoin(others, ", "));
  }
  return summary;
}

int ColumnBehind(const std::vector<std::string>& names, int indent) {
  size_t longest = 0;
  for (const std::string& name : names) {
    if (name.size() <= kMaxNameColumn) longest = std::max(longest, name.size());
  }
  return indent + static_cast<int>(longest) + 2;
}

std::string DescribeFields(const Descriptor& message, const PluginRegistry& registry, int columns) {
  std::vector<std::string> names;
  for (int f = 0; f < message.field_count(); ++f) names.push_back(message.field(f)->name());
  const int column = ColumnBehind(names, 2);
  std::string text;
  for (int f = 0; f < message.field_count(); ++f) {
    const FieldDescriptor& field = *message.field(f);
    absl::StrAppend(
        &text, WrapBeside(absl::StrCat("  ", field.name()), FieldSummary(field), column, columns),
        WrapText(registry.Documentation(field.full_name()), column, columns));
    if (field.enum_type() == nullptr) continue;
    for (int v = 0; v < field.enum_type()->value_count(); ++v) {
      const auto& value = *field.enum_type()->value(v);
      const std::string comment = registry.Documentation(value.full_name());
      if (!comment.empty()) {
        text += WrapText(absl::StrCat(value.name(), ": ", comment), column + 2, columns);
      }
    }
  }
  return text;
}

// Collects the messages within `message`, each once, in the order of the fields.
void CollectInner(const Descriptor& message, std::vector<const Descriptor*>& found) {
  for (int f = 0; f < message.field_count(); ++f) {
    const FieldDescriptor& field = *message.field(f);
    const Descriptor* inner = field.message_type();
    if (inner == nullptr || HoldsPlugins(field)) continue;
    if (std::find(found.begin(), found.end(), inner) != found.end()) continue;
    found.push_back(inner);
    CollectInner(*inner, found);
  }
}

std::string DescribeOne(const Descriptor& message, absl::string_view title,
                        const PluginRegistry& registry, int columns) {
  std::string text = absl::StrCat(title, "\n");
  const std::string comment = registry.Documentation(message.full_name());
  absl::StrAppend(&text, WrapText(comment, 2, columns));
  if (message.field_count() > 0) {
    absl::StrAppend(&text, "\n", DescribeFields(message, registry, columns));
  }
  return text;
}

std::string DescribeWithInner(const Descriptor& message, absl::string_view title,
                              const PluginRegistry& registry, int columns) {
  std::vector<const Descriptor*> all = {&message};
  CollectInner(message, all);
  std::string text = DescribeOne(message, title, registry, columns);
  for (size_t i = 1; i < all.size(); ++i) {
    absl::StrAppend(&text, "\n", DescribeOne(*all[i], all[i]->name(), registry, columns));
  }
  return text;
}

// Returns the full name of the plugin that a misspelt name probably stands for, whatever its package
// and the case of its letters; empty if none is close enough.
std::string NearestPlugin(absl::string_view name, const PluginRegistry& registry) {
  if (const PluginFactory* const named = PluginNamed(name, "", registry); named != nullptr) {
    return named->config().full_name();
  }
  std::vector<std::string> candidates;
  std::map<std::string, std::string> full_names;
  for (const PluginFactory* const factory : registry.List()) {
    candidates.push_back(absl::AsciiStrToLower(factory->config().name()));
    full_names[candidates.back()] = factory->config().full_name();
  }
  const size_t package = name.find_last_of("./");
  if (package != absl::string_view::npos) name.remove_prefix(package + 1);
  const std::string nearest = NearestName(absl::AsciiStrToLower(name), candidates);
  return nearest.empty() ? "" : full_names[nearest];
}

}  // namespace

std::string DescribePlugins(const PluginRegistry& registry, int columns) {
  std::vector<std::string> names;
  for (const PluginFactory* factory : registry.List()) {
    names.push_back(factory->config().full_name());
  }
  const int column = ColumnBehind(names, 2);
  std::string text;
  absl::string_view kind;
  for (const PluginFactory* factory : registry.List()) {
    if (factory->kind() != kind) {
      absl::StrAppend(&text, text.empty() ? "" : "\n", factory->kind(), "\n");
    }
    kind = factory->kind();
    const std::string& name = factory->config().full_name();
    text += WrapBeside(absl::StrCat("  ", name), FirstSentence(registry.Documentation(name)),
                       column, columns);
  }
  return text;
}

absl::StatusOr<std::string> DescribePlugin(absl::string_view name, const PluginRegistry& registry,
                                           int columns) {
  const std::string full_name = MessageNameOfTypeUrl(name);
  std::vector<const PluginFactory*> found;
  std::set<std::string> namesakes, all;
  for (const PluginFactory* factory : registry.List()) {
    const Descriptor& config = factory->config();
    all.insert(config.full_name());
    if (config.name() == name) namesakes.insert(config.full_name());
    if (config.full_name() == full_name) found.push_back(factory);
  }
  if (found.empty() && namesakes.size() == 1)
    return DescribePlugin(*namesakes.begin(), registry, columns);
  if (found.empty() && namesakes.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("several plugins are called ", name, ": ", absl::StrJoin(namesakes, ", ")));
  }
  if (found.empty()) {
    const std::string nearest = NearestPlugin(full_name, registry);
    if (!nearest.empty()) {
      return absl::NotFoundError(absl::StrCat("no plugin ", full_name, "; did you mean ", nearest,
                                              "? 'didact plugins' lists all of them; ",
                                              registry.HowPluginsAreLoaded()));
    }
    return absl::NotFoundError(absl::StrCat(
        "no plugin ", full_name, "; there are: ", all.empty() ? "none" : absl::StrJoin(all, ", "),
        "; ", registry.HowPluginsAreLoaded()));
  }
  std::string text;
  for (const PluginFactory* factory : found) {
    const Descriptor& config = factory->config();
    const std::string title = absl::StrCat(config.full_name(), " (", factory->kind(), ")");
    const std::string example = ExampleConfig(config, registry, 4);
    absl::StrAppend(&text, text.empty() ? "" : "\n",
                    DescribeWithInner(config, title, registry, columns), "\nIn a config\n\n  [",
                    NameInConfig(config), "] {", example.empty() ? "" : "\n", example,
                    example.empty() ? "" : "  ", "}\n");
  }
  return text;
}

std::string DescribeMessage(const Descriptor& message, const PluginRegistry& registry,
                            int columns) {
  return DescribeWithInner(message, message.full_name(), registry, columns);
}

}  // namespace didact
