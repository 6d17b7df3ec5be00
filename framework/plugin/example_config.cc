#include "didact/framework/plugin/example_config.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/array_reference.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/example_value.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/type_url.h"

namespace didact {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Lines of a config, and the reason why they are not valid, if any.
struct Lines {
  std::vector<std::string> lines;
  absl::Status problem;

  // Adds the lines of a field; a problem within a comment does not matter.
  void Add(const Lines& field, bool as_comment) {
    for (const std::string& line : field.lines) {
      lines.push_back(absl::StrCat(as_comment ? "# " : "", line));
    }
    if (!as_comment) problem.Update(field.problem);
  }
};

Lines Block(absl::string_view name, Lines inner) {
  std::vector<std::string> lines;
  if (inner.lines.empty()) {
    lines = {absl::StrCat(name, " {}")};
  } else if (inner.lines.size() == 1 && !absl::StartsWith(inner.lines[0], "#")) {
    lines = {absl::StrCat(name, " { ", inner.lines[0], " }")};
  } else {
    lines = {absl::StrCat(name, " {")};
    for (const std::string& line : inner.lines) lines.push_back(absl::StrCat("  ", line));
    lines.push_back("}");
  }
  inner.lines = std::move(lines);
  return inner;
}

std::string InOneLine(Lines lines) {
  for (std::string& line : lines.lines) absl::StripLeadingAsciiWhitespace(&line);
  return absl::StrJoin(lines.lines, " ");
}

// Returns true if the field's line is not a comment: without it the config would be invalid or mean
// something else.
bool IsGiven(const FieldDescriptor& field) {
  return MustBeGiven(field) || RulesOf(field).has_default_value() ||
         !(field.has_presence() || field.is_repeated() ||
           field.cpp_type() == FieldDescriptor::CPPTYPE_STRING);
}

// Returns true if a config within another shows the field.
bool IsGivenWithin(const FieldDescriptor& field) {
  return MustBeGiven(field) || (RulesOf(field).has_example() && IsGiven(field));
}

class Example {
 public:
  // If a folder is given, the files of the example must be in it.
  Example(const PluginRegistry& registry, std::string folder)
      : registry_(registry), folder_(std::move(folder)) {}

  Lines Fields(const Descriptor& message, const FieldPath& path, bool within) {
    Lines all;
    open_.push_back(&message);
    for (int f = 0; f < message.field_count(); ++f) {
      const FieldDescriptor& field = *message.field(f);
      const bool is_given = within ? IsGivenWithin(field) : IsGiven(field);
      if (within && !is_given) continue;
      // A message may contain itself.
      if (!is_given && IsOpen(field.message_type())) continue;
      all.Add(Field(field, path.Field(field.name()), within || open_.size() > 1), !is_given);
    }
    open_.pop_back();
    return all;
  }

  // `within`: for messages within the message, only required fields are shown.
  Lines Field(const FieldDescriptor& field, const FieldPath& path, bool within) {
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return Scalar(field, path);
    if (HoldsPlugins(field)) return Plugin(field, path);
    if (IsOpen(field.message_type())) {
      return {{}, path.Invalid("must not be required within itself")};
    }
    return Block(field.name(), Fields(*field.message_type(), path, within));
  }

 private:
  bool IsOpen(const Descriptor* message) const {
    return std::find(open_.begin(), open_.end(), message) != open_.end();
  }

  Lines Plugin(const FieldDescriptor& field, const FieldPath& path) {
    const std::string& kind = RulesOf(field).plugin_kind();
    Lines chosen = Block(field.name(), {});
    chosen.problem = path.Error(absl::StatusCode::kNotFound,
                                absl::StrCat("must be a plugin of kind ", kind, ", there is none"));
    std::vector<const PluginFactory*> factories = registry_.List();
    // Sorted so that the example does not depend on which other libraries are loaded.
    std::stable_partition(factories.begin(), factories.end(),
                          [&field](const PluginFactory* factory) {
                            return factory->config().file()->package() == field.file()->package();
                          });
    const auto is_named = [&field](const PluginFactory* factory) {
      return factory->config().full_name() == RulesOf(field).example();
    };
    std::stable_partition(factories.begin(), factories.end(), is_named);
    bool is_first = true;
    for (const PluginFactory* factory : factories) {
      if (factory->kind() != kind || IsOpen(&factory->config())) continue;
      const bool is_of_package = factory->config().file()->package() == field.file()->package();
      if (chosen.problem.ok() && !is_of_package) break;
      Lines fields = Fields(factory->config(), path, true);
      const bool needs_fields = !fields.lines.empty();
      Lines lines =
          Block(field.name(),
                Block(absl::StrCat("[", NameInConfig(factory->config()), "]"), std::move(fields)));
      // A plugin that needs no fields fits most configs.
      if (lines.problem.ok() && (!needs_fields || is_named(factory))) return lines;
      if (std::exchange(is_first, false) || (lines.problem.ok() && !chosen.problem.ok())) {
        chosen = std::move(lines);
      }
    }
    return chosen;
  }

  Lines Scalar(const FieldDescriptor& field, const FieldPath& path) const {
    absl::StatusOr<std::vector<std::string>> values = ExampleValues(field);
    if (!values.ok()) return {{}, path.Invalid(values.status().message())};
    Lines lines;
    if (RulesOf(field).file()) lines.problem = FindFiles(field, path, *values);
    lines.lines = {absl::StrCat(field.name(), ": ", InTextFormat(*values, field))};
    return lines;
  }

  // Puts the folder before file names.
  absl::Status FindFiles(const FieldDescriptor& field, const FieldPath& path,
                         std::vector<std::string>& names) const {
    if (!RulesOf(field).has_example()) {
      return path.Error(absl::StatusCode::kNotFound,
                        "must name a file, and its .proto has no `example`");
    }
    if (folder_.empty()) return absl::OkStatus();
    for (std::string& name : names) {
      name = JoinPath(folder_, name);
      const absl::StatusOr<ArrayReference> array = ParseArrayReference(name);
      if (!PathExists(name) && !(array.ok() && PathExists(array->path))) {
        return path.Error(absl::StatusCode::kNotFound, absl::StrCat("there is no file ", name));
      }
    }
    return absl::OkStatus();
  }

  const PluginRegistry& registry_;
  const std::string folder_;
  std::vector<const Descriptor*> open_;  // messages being written, outermost first
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
  for (const std::string& line : Example(registry, "").Fields(message, FieldPath(), false).lines) {
    absl::StrAppend(&text, std::string(indent, ' '), line, "\n");
  }
  return text;
}

absl::StatusOr<std::string> ExampleText(const PluginFactory& plugin, const PluginRegistry& registry,
                                        const std::string& folder) {
  Lines example = Example(registry, folder).Fields(plugin.config(), FieldPath(), false);
  DIDACT_RETURN_IF_ERROR(example.problem);
  std::string text;
  for (const std::string& line :
       Block(absl::StrCat("[", NameInConfig(plugin.config()), "]"), std::move(example)).lines) {
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

std::string ShortExample(const PluginFactory& plugin, const PluginRegistry& registry) {
  Lines lines = Block(absl::StrCat("[", NameInConfig(plugin.config()), "]"),
                      Example(registry, "").Fields(plugin.config(), FieldPath(), /*within=*/true));
  return InOneLine(std::move(lines));
}

std::string ExampleOfField(const FieldDescriptor& field, const PluginRegistry& registry) {
  Example example(registry, "");
  Lines lines = example.Field(field, FieldPath(), /*within=*/true);
  if (!lines.problem.ok()) return "";
  return InOneLine(std::move(lines));
}

}  // namespace didact
