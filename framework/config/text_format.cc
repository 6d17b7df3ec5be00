#include "didact/framework/config/text_format.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/nearest_name.h"
#include "didact/framework/config/no_such_field.h"
#include "didact/framework/config/number_text.h"
#include "didact/framework/config/plugin_finder.h"
#include "didact/framework/config/plugin_text.h"
#include "didact/framework/config/text_encoding.h"
#include "didact/framework/config/text_walker.h"
#include "didact/framework/plugin/example_config.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/packed_config.h"
#include "didact/framework/plugin/type_url.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

namespace didact {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::io::ColumnNumber;
using google::protobuf::io::Tokenizer;

// More reports than these would not help the user.
constexpr size_t kMaxReports = 50;

struct Report {
  int line;
  int column;
  std::string message;
};

// Collects the parser's reports, in the order of the text. Unknown fields are reported as warnings,
// because the parser would stop at errors.
class Reports : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, ColumnNumber column, const std::string& message) override {
    if (reports_.size() < kMaxReports) reports_.push_back({line, column, message});
  }
  void AddWarning(int line, ColumnNumber column, const std::string& message) override {
    // Fields of an unknown plugin follow from its own report, and deprecated fields are no errors.
    const bool is_fault = absl::StrContains(message, "has no field named") ||
                          absl::StartsWith(message, "Ignoring extension");
    if (is_fault &&
        !absl::StrContains(message, google::protobuf::Empty::descriptor()->full_name())) {
      AddError(line, column, message);
    }
  }
  const std::vector<Report>& list() const { return reports_; }

 private:
  std::vector<Report> reports_;
};

// Converts reports and unknown plugins into problems with the paths of their fields.
class ProblemLocator {
 public:
  // `is_plugin`: the text is that of a plugin, of any kind. `text`: the text of the places.
  ProblemLocator(const PluginRegistry& registry, const FieldPath& where, bool is_plugin,
                 const IntegerText& text)
      : registry_(registry), where_(where), is_plugin_(is_plugin), text_(text) {}

  // `before` is the place of the token before the walker's, for which CheckNumber was called last.
  void AddReport(const Report& report, const TextWalker& walker, const TextWalker::Place& before) {
    // The position of an error within a token lies after the token's beginning.
    const bool within_before = std::pair(report.line, report.column) <
                               std::pair(walker.token().line, int{walker.token().column});
    // CheckNumber says what is wrong with such a number.
    if (within_before ? before_has_leading_zero_ : HasLeadingZero(walker.token())) return;
    const std::vector<std::string> quoted = absl::StrSplit(report.message, '"');
    if (absl::StrContains(report.message, "has no field named") && quoted.size() > 3) {
      const Descriptor* type =
          google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(quoted[1]);
      const FieldDescriptor* const slot = walker.enclosing_field();
      if (type == google::protobuf::Any::descriptor() && slot != nullptr && HoldsPlugins(*slot)) {
        Add(walker.name_place(), MustBePlugin(quoted[3], *slot));
      } else {
        Add(walker.name_place(), type == nullptr ? report.message : NoSuchField(*type, quoted[3]));
      }
    } else if (absl::StartsWith(report.message, "Unknown enumeration value")) {
      std::string message(absl::StripSuffix(report.message, "."));
      if (before.field != nullptr && before.field->enum_type() != nullptr) {
        absl::StrAppend(&message, "; there are: ", EnumNames(*before.field->enum_type()));
      }
      Add(before, message);
    } else if (absl::StartsWith(report.message, "Invalid value for boolean")) {
      Add(before, report.message);
    } else if (problems_.empty() || !absl::StartsWith(report.message, "Cannot skip")) {
      // Text that cannot be skipped belongs to an unknown field or plugin that is already reported.
      TextWalker::Place place = within_before ? before : walker.place();
      place.line = report.line;
      place.column = report.column;
      Add(place, absl::StrCat(report.message, Hint(report, walker, place)));
    }
  }

  void CheckPlugin(const std::string& name, const TextWalker& walker, const PluginFinder& finder) {
    const TextWalker::Place place = walker.name_place();
    const bool is_text = is_plugin_ && walker.depth() == 0;
    // The plugin is part of an unknown field or plugin that is already reported.
    if (place.field == nullptr && !is_text) return;
    if (place.field != nullptr && HoldsPlugins(*place.field)) {
      const std::string& kind = RulesOf(*place.field).plugin_kind();
      const absl::Status found = registry_.Find(kind, name, PathOf(place)).status();
      problems_.Add(found.ok() ? found : AppendText(found, DidYouMean(name, kind)));
    } else if (finder.Find(name) == nullptr) {
      problems_.Add(PathOf(place).Error(absl::StatusCode::kNotFound,
                                        NoSuchPlugin(MessageNameOfTypeUrl(name))));
    }
  }

  void CheckNumber(const TextWalker& walker) {
    before_has_leading_zero_ = HasLeadingZero(walker.token());
    if (before_has_leading_zero_) {
      Add(walker.place(), LeadingZeroProblem(text_.text(), walker.token()));
    }
  }

  absl::Status ToStatus() const { return problems_.ToStatus(); }

 private:
  FieldPath PathOf(const TextWalker::Place& place) const {
    FieldPath path(absl::StrCat(where_.origin(), ":", place.line + 1, ":",
                                text_.OriginalColumn(place.line, place.column) + 1));
    if (!where_.path().empty()) path = path.Field(where_.path());
    return place.path.empty() ? path : path.Field(place.path);
  }

  std::string MustBePlugin(absl::string_view value, const FieldDescriptor& slot) const {
    return absl::StrCat("must be a plugin of kind ", RulesOf(slot).plugin_kind(), ", such as ",
                        PluginTextFor(value, slot, registry_), ", got ", value.substr(0, 100));
  }

  // Returns the end of a message about the name of a plugin that has another package or case.
  std::string DidYouMean(absl::string_view name, absl::string_view kind) const {
    const PluginFactory* const named = PluginNamed(name, kind, registry_);
    return named == nullptr ? ""
                            : absl::StrCat("; did you mean [", NameInConfig(named->config()), "]?");
  }

  // Returns the end of a parser's message that shows what to write, or an empty text.
  std::string Hint(const Report& report, const TextWalker& walker,
                   const TextWalker::Place& place) const {
    const FieldDescriptor* const field = place.field;
    const absl::string_view given = absl::string_view(walker.token().text).substr(0, 100);
    if (absl::StartsWith(report.message, "Expected \"/\"") && !walker.plugin_name().empty()) {
      const bool is_slot = field != nullptr && HoldsPlugins(*field);
      const std::string kind = is_slot ? RulesOf(*field).plugin_kind() : "";
      return absl::StrCat("; the name of a plugin has a package",
                          DidYouMean(walker.plugin_name(), kind));
    }
    const bool is_word = walker.token().type != Tokenizer::TYPE_SYMBOL && !given.empty();
    if (field == nullptr || !is_word) return "";
    if (absl::StartsWith(report.message, "Expected string, got: ")) {
      return absl::StrCat("; write it in quotes: \"", given, "\"");
    }
    if (!absl::StartsWith(report.message, "Expected \"{\"") ||
        field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      return "";
    }
    if (HoldsPlugins(*field)) {
      return absl::StrCat("; write ", field->name(), " { ", PluginTextFor(given, *field, registry_),
                          " }");
    }
    return absl::StrCat("; write ", field->name(), " ",
                        MessageTextFor(given, *field->message_type()));
  }

  std::string NoSuchPlugin(const std::string& name) const {
    std::vector<std::string> names;
    for (const PluginFactory* factory : registry_.List()) {
      names.push_back(factory->config().full_name());
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    const std::string nearest = NearestName(name, names);
    return absl::StrCat(
        "no plugin ", name, nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?"),
        nearest.empty() ? "; there are: " : " There are: ",
        names.empty() ? "none" : absl::StrJoin(names, ", "), "; ", registry_.HowPluginsAreLoaded());
  }

  void Add(const TextWalker::Place& place, absl::string_view message) {
    problems_.Add(PathOf(place).Invalid(message));
  }

  const PluginRegistry& registry_;
  const FieldPath& where_;
  const bool is_plugin_;
  const IntegerText& text_;
  bool before_has_leading_zero_ = false;
  Problems problems_;
};

absl::Status Locate(TextWalker& walker, const Reports& reports, bool parsed,
                    const PluginFinder& finder, const PluginRegistry& registry,
                    const FieldPath& where, bool is_plugin, const IntegerText& text) {
  ProblemLocator locator(registry, where, is_plugin, text);
  auto report = reports.list().begin();
  const auto is_due = [&] {
    return report != reports.list().end() &&
           std::pair(report->line, ColumnNumber{report->column}) <=
               std::pair(walker.token().line, walker.token().column);
  };
  bool more = true;
  while (more) {
    const TextWalker::Place before = walker.place();
    more = walker.Next();
    for (; is_due() || (!more && report != reports.list().end()); ++report) {
      locator.AddReport(*report, walker, before);
    }
    locator.CheckNumber(walker);
    // After a syntax error, the parser has not read the rest of the text.
    if (!parsed && report == reports.list().end()) break;
    if (const std::string plugin = walker.plugin_name(); !plugin.empty()) {
      locator.CheckPlugin(plugin, walker, finder);
    }
  }
  const absl::Status located = locator.ToStatus();
  const bool well_formed = parsed && reports.list().empty() && !finder.met_unknown_plugin();
  return located.ok() && !well_formed ? where.Invalid("must be a config in text format") : located;
}

}  // namespace

absl::Status ParseText(absl::string_view text, const PluginRegistry& registry,
                       const FieldPath& where, google::protobuf::Message& message,
                       const FieldDescriptor* slot) {
  message.Clear();
  DIDACT_RETURN_IF_ERROR(CheckCharacters(text, where));
  const PluginFinder finder(registry);
  Reports reports;
  google::protobuf::TextFormat::Parser parser;
  parser.SetFinder(&finder);
  parser.RecordErrorsTo(&reports);
  parser.SetRecursionLimit(kMaxConfigDepth);
  parser.AllowUnknownField(true);
  parser.AllowPartialMessage(true);
  const IntegerText integers(text, *message.GetDescriptor(), slot, finder);
  const bool parsed = parser.ParseFromString(integers.text(), &message);
  TextWalker walker(integers.text(), *message.GetDescriptor(), slot, finder);
  const bool is_plugin =
      slot == nullptr && message.GetDescriptor() == google::protobuf::Any::descriptor();
  return Locate(walker, reports, parsed, finder, registry, where, is_plugin, integers);
}

std::string PrintText(const google::protobuf::Message& message, const PluginRegistry& registry) {
  const PluginFinder finder(registry);
  google::protobuf::TextFormat::Printer printer;
  printer.SetFinder(&finder);
  printer.SetExpandAny(true);
  printer.SetUseShortRepeatedPrimitives(true);
  printer.SetUseUtf8StringEscaping(true);
  std::string fields;
  printer.PrintToString(message, &fields);
  const Descriptor& type = *message.GetDescriptor();
  return absl::StrCat("# proto-file: ", type.file()->name(),
                      "\n# proto-message: ", type.full_name(), "\n", fields);
}

}  // namespace didact
