#include "didact/framework/config/override.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/no_such_field.h"
#include "didact/framework/config/number_text.h"
#include "didact/framework/config/plugin_finder.h"
#include "didact/framework/config/plugin_text.h"
#include "didact/framework/config/text_encoding.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/plugin/edit_plugin.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/packed_config.h"
#include "didact/framework/plugin/silent_errors.h"
#include "didact/protos/experiment.pb.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

namespace didact {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// A field's name and an optional index: `hidden[0]`.
struct Step {
  std::string name;
  std::optional<int> index;
};

absl::StatusOr<std::vector<Step>> ParsePath(absl::string_view path, const FieldPath& origin) {
  const auto wrong = [&] {
    return origin.Invalid(
        absl::StrCat("must be the path of a field, e.g. teacher.hidden[0].width, got \"",
                     path.substr(0, 200), "\""));
  };
  std::vector<Step> steps;
  for (absl::string_view part : absl::StrSplit(path, '.')) {
    Step step;
    const size_t bracket = part.find('[');
    if (bracket != absl::string_view::npos) {
      // An index is accepted only in its printed form, so that different paths denote different
      // fields.
      int value = 0;
      if (!absl::SimpleAtoi(absl::StripSuffix(part.substr(bracket + 1), "]"), &value) ||
          value < 0 || part.substr(bracket) != absl::StrCat("[", value, "]")) {
        return wrong();
      }
      step.index = value;
    }
    step.name = std::string(part.substr(0, bracket));
    if (!google::protobuf::io::Tokenizer::IsIdentifier(step.name)) return wrong();
    steps.push_back(std::move(step));
    if (steps.size() > kMaxConfigDepth) return wrong();
  }
  return steps;
}

std::string ValueKind(const FieldDescriptor& field) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return absl::StrCat("one of ", EnumNames(*field.enum_type()));
  }
  return absl::StrCat("a value of type ", field.cpp_type_name());
}

// Moves the last element of a repeated field to `index`, replacing the element there.
void ReplaceByLast(Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const int last = reflection.FieldSize(message, &field) - 1;
  if (index == last) return;
  reflection.SwapElements(&message, &field, index, last);
  reflection.RemoveLast(&message, &field);
}

// Longer values are not repeated in messages.
constexpr size_t kMostShown = 200;

class Setter {
 public:
  Setter(absl::string_view value, absl::string_view value_origin, const PluginRegistry& registry)
      : value_(absl::StripAsciiWhitespace(value)),
        value_origin_(value_origin),
        registry_(registry) {}

  absl::Status Set(Message& message, absl::Span<const Step> steps, const FieldPath& parent) const {
    const Step& step = steps.front();
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(step.name);
    if (field == nullptr) {
      return parent.Invalid(NoSuchField(*message.GetDescriptor(), step.name));
    }
    FieldPath path = parent.Field(step.name);
    if (step.index.has_value()) {
      if (!field->is_repeated()) return path.Invalid("takes no index: it is not repeated");
      const int size = message.GetReflection()->FieldSize(message, field);
      if (*step.index > size) {
        return path.Invalid(
            absl::StrCat("index must be <= ", size, " (which appends), got ", *step.index));
      }
      path = path.Index(*step.index);
    }
    if (steps.size() == 1) {
      return SetField(message, *field, step.index, ForValue(path), ForValue(parent));
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      return path.Invalid(
          absl::StrCat("is ", ValueKind(*field), " and has no field \"", steps[1].name, "\""));
    }
    if (field->is_repeated() && !step.index.has_value()) {
      return path.Invalid(absl::StrCat("is repeated: say which one, e.g. ", step.name, "[0]"));
    }
    return SetWithin(MutableMessage(message, *field, step.index), *field, steps.subspan(1), path);
  }

 private:
  // Returns the path of the same field, with the place of the value as its origin.
  FieldPath ForValue(const FieldPath& path) const {
    const FieldPath origin(value_origin_);
    return path.path().empty() ? origin : origin.Field(path.path());
  }

  static Message& MutableMessage(Message& message, const FieldDescriptor& field,
                                 std::optional<int> index) {
    const Reflection& reflection = *message.GetReflection();
    if (!index.has_value()) return *reflection.MutableMessage(&message, &field);
    if (*index == reflection.FieldSize(message, &field)) {
      return *reflection.AddMessage(&message, &field);
    }
    return *reflection.MutableRepeatedMessage(&message, &field, *index);
  }

  absl::Status SetWithin(Message& value, const FieldDescriptor& field, absl::Span<const Step> steps,
                         const FieldPath& path) const {
    if (!HoldsPlugins(field)) return Set(value, steps, path);
    return EditPlugin(field, registry_, path, value,
                      [&](Message& config) { return Set(config, steps, path); });
  }

  absl::Status SetField(Message& message, const FieldDescriptor& field, std::optional<int> index,
                        const FieldPath& path, const FieldPath& parent) const {
    const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (is_message && (index.has_value() || !field.is_repeated())) {
      DIDACT_RETURN_IF_ERROR(CheckIsMessage(message, field, index, path));
      absl::string_view fields = value_;
      if (absl::StartsWith(fields, "{") && absl::EndsWith(fields, "}") && fields.size() > 1) {
        fields = fields.substr(1, fields.size() - 2);
      }
      return ParseText(fields, registry_, path, MutableMessage(message, field, index), &field);
    }
    // The value is first parsed into a separate message, so that an invalid value changes nothing.
    const std::unique_ptr<Message> own(message.New());
    const bool is_list = field.is_repeated() && !index.has_value();
    const std::string text = ValueText(field, is_list);
    DIDACT_RETURN_IF_ERROR(CheckCharacters(text, path));
    std::string assignment = absl::StrCat(field.name(), ": ", text);
    if (is_message) {
      const int size = message.GetReflection()->FieldSize(message, &field);
      if (!IsListOfMessages()) return path.Invalid(MustBeList(field, path.path(), size));
      if (size > 1 && !absl::StartsWith(value_, "[")) {
        return path.Invalid(
            absl::StrCat("is a list of ", size, ", all of which a single one would replace; ",
                         Alternatives(path.path(), absl::StrCat("[", value_, "]"), size, value_)));
      }
      DIDACT_RETURN_IF_ERROR(ParseText(assignment, registry_, parent, *own));
    } else if (const std::string problem = LeadingZeroProblem(text); !problem.empty()) {
      return path.Invalid(problem);
    } else {
      assignment = WithIntegers(assignment, *message.GetDescriptor());
    }
    SilentErrors errors;
    google::protobuf::TextFormat::Parser parser;
    parser.RecordErrorsTo(&errors);
    parser.AllowPartialMessage(true);
    const bool parsed = is_message || (is_list ? parser.ParseFromString(assignment, own.get())
                                               : parser.ParseFieldValueFromString(
                                                     assignment.substr(field.name().size() + 2),
                                                     &field, own.get()));
    if (!parsed || HoldsAnother(*own, field)) {
      return path.Invalid(absl::StrCat("must be ", ValueKind(field),
                                       is_list ? ", or a list of such: [A, B]" : "", ", got ",
                                       value_.empty() ? "nothing" : value_));
    }
    if (!index.has_value()) message.GetReflection()->ClearField(&message, &field);
    message.MergeFrom(*own);
    if (index.has_value()) ReplaceByLast(message, field, *index);
    return absl::OkStatus();
  }

  // Returns the text of a field without plugins, with whole numbers in digits.
  static std::string WithIntegers(absl::string_view assignment,
                                  const google::protobuf::Descriptor& type) {
    const PluginRegistry no_plugins;
    return IntegerText(assignment, type, nullptr, PluginFinder(no_plugins)).text();
  }

  std::string ValueText(const FieldDescriptor& field, bool is_list) const {
    const bool is_text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
                         !absl::StartsWith(value_, "\"") && !absl::StartsWith(value_, "'") &&
                         !(is_list && absl::StartsWith(value_, "["));
    return is_text ? absl::StrCat("\"", absl::CEscape(value_), "\"") : std::string(value_);
  }

  // Returns true if the value begins like a list of messages, `[{ ... }, { ... }]` or `[]`, or like
  // a single message, `{ ... }`.
  bool IsListOfMessages() const {
    absl::string_view text = absl::StripLeadingAsciiWhitespace(value_);
    const auto begins_message = [&text] {
      return absl::StartsWith(text, "{") || absl::StartsWith(text, "<");
    };
    if (begins_message()) return true;
    if (!absl::ConsumePrefix(&text, "[")) return false;
    text = absl::StripLeadingAsciiWhitespace(text);
    return begins_message() || absl::StartsWith(text, "]");
  }

  bool IsFlag() const { return absl::StartsWith(value_origin_, "--"); }

  // Returns the assignment as it is given: quoted for the shell if it is a flag, because shells
  // read blanks and brackets otherwise.
  std::string Assignment(absl::string_view path, absl::string_view value) const {
    return IsFlag() ? absl::StrCat(value_origin_, "='", path, "=", value, "'")
                    : absl::StrCat(path, "=", value);
  }

  // Returns what to write for a list of `size` elements: the whole list, or one more element.
  std::string Alternatives(absl::string_view path, absl::string_view list, int size,
                           absl::string_view element) const {
    return absl::StrCat("write ", Assignment(path, list), ", which replaces the list, or ",
                        Assignment(absl::StrCat(path, "[", size, "]"), element),
                        ", which appends to it");
  }

  // Returns true if the value is that of a plugin, `[didact/Relu] { ... }` within braces or not, or
  // of a google.protobuf.Any as it is.
  bool IsPluginText() const {
    absl::string_view text = absl::StripLeadingAsciiWhitespace(value_);
    if (absl::ConsumePrefix(&text, "{") || absl::ConsumePrefix(&text, "<")) {
      text = absl::StripLeadingAsciiWhitespace(text);
      if (text == "}" || text == ">") return true;
    }
    if (text.empty() || absl::StartsWith(text, "type_url") || absl::StartsWith(text, "#")) {
      return true;
    }
    const size_t end = text.find(']');
    return absl::StartsWith(text, "[") && end != absl::string_view::npos &&
           text.find_first_of("{<", end) != absl::string_view::npos;
  }

  // Checks that the value is the text of a message, and not a number or a name.
  absl::Status CheckIsMessage(const Message& message, const FieldDescriptor& field,
                              std::optional<int> index, const FieldPath& path) const {
    const absl::string_view got = value_.substr(0, 100);
    if (HoldsPlugins(field)) {
      if (IsPluginText()) return absl::OkStatus();
      const std::string text = PluginTextFor(value_, field, registry_);
      return path.Invalid(absl::StrCat("must be a plugin of kind ", RulesOf(field).plugin_kind(),
                                       ", such as ", Assignment(path.path(), text),
                                       NumberWithin(message, field, index, path), ", got ", got));
    }
    if (value_.empty() || value_.find_first_of("{<:#") != absl::string_view::npos) {
      return absl::OkStatus();
    }
    const std::string text = MessageTextFor(value_, *field.message_type());
    return path.Invalid(
        absl::StrCat("must be a message, such as ", Assignment(path.path(), text), ", got ", got));
  }

  // Returns an alternative if the value is the number of the plugin that the field holds.
  std::string NumberWithin(const Message& message, const FieldDescriptor& field,
                           std::optional<int> index, const FieldPath& path) const {
    double number = 0;
    const Reflection& reflection = *message.GetReflection();
    const bool is_there = index ? *index < reflection.FieldSize(message, &field)
                                : !field.is_repeated() && reflection.HasField(message, &field);
    if (!is_there || !absl::SimpleAtod(value_, &number)) return "";
    const Message& any = index ? reflection.GetRepeatedMessage(message, &field, *index)
                               : reflection.GetMessage(message, &field);
    google::protobuf::Any packed;
    if (!packed.ParseFromString(any.SerializeAsString())) return "";
    const auto plugin = registry_.Find(RulesOf(field).plugin_kind(), packed.type_url(), path);
    const FieldDescriptor* const only = plugin.ok() ? OnlyNumber(**plugin) : nullptr;
    if (only == nullptr) return "";
    const std::string name = absl::StrCat(path.path(), ".", only->name());
    return IsFlag() ? absl::StrCat(", or ", value_origin_, "=", name, "=", value_)
                    : absl::StrCat(", or a value of the field ", name);
  }

  // Returns an error text with values that would work, for a value that is no list of messages.
  std::string MustBeList(const FieldDescriptor& field, const std::string& path, int size) const {
    const absl::string_view value = absl::StripAsciiWhitespace(value_);
    const bool is_list = value.size() > 1 && value.front() == '[' && value.back() == ']';
    const absl::string_view inner =
        is_list ? absl::StripAsciiWhitespace(value.substr(1, value.size() - 2)) : "";
    // In brackets, there is either a list or the name of a plugin.
    if (is_list && (absl::StartsWith(inner, "[") || !HoldsPlugins(field))) {
      const std::string elements =
          inner.size() > kMostShown ? "..." : absl::StrReplaceAll(inner, {{"}, [", "} }, { ["}});
      return absl::StrCat("must be a list of messages in braces, such as ",
                          Assignment(path, absl::StrCat("[{ ", elements, " }]")));
    }
    const bool is_shown = !value.empty() && value.size() <= kMostShown;
    std::string element = is_shown ? std::string(value) : "...";
    if (is_shown && HoldsPlugins(field) && !IsPluginText()) {
      element = PluginTextFor(value, field, registry_);
    }
    return absl::StrCat(
        "must be a list: ", Alternatives(path, absl::StrCat("[{ ", element, " }]"), size, element),
        value.empty() ? ", got nothing" : "");
  }

  // Returns true if the message holds other fields too: text after a list could name them.
  static bool HoldsAnother(const Message& message, const FieldDescriptor& field) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    return std::any_of(fields.begin(), fields.end(),
                       [&](const FieldDescriptor* other) { return other != &field; });
  }

  absl::string_view value_;
  absl::string_view value_origin_;
  const PluginRegistry& registry_;
};

// Returns an error if the override sets a plugin library. Libraries are loaded before the rest of a
// config is read, so that such an override would be recorded but have no effect.
absl::Status CheckIsNoLibrary(const Message& message, const Step& first, const FieldPath& origin) {
  const bool is_library =
      message.GetDescriptor() == Experiment::descriptor() &&
      message.GetDescriptor()->FindFieldByName(first.name) ==
          Experiment::descriptor()->FindFieldByNumber(Experiment::kPluginLibraryFieldNumber);
  if (!is_library) return absl::OkStatus();
  return origin.Field(first.name)
      .Invalid(
          "cannot be changed here, since plugin libraries are loaded before; name them in the "
          "config or the sweep itself, plugin_library: \"FILE\", or give --plugin=FILE");
}

}  // namespace

absl::StatusOr<Override> ParseOverride(absl::string_view assignment) {
  const size_t equals = assignment.find('=');
  const absl::string_view path = absl::StripAsciiWhitespace(assignment.substr(0, equals));
  if (equals == absl::string_view::npos || path.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("must be PATH=VALUE, e.g. student.width_multiplier=2, got \"",
                     assignment.substr(0, 200), "\""));
  }
  return Override{std::string(path), std::string(assignment.substr(equals + 1))};
}

absl::Status ApplyOverride(const Override& change, const PluginRegistry& registry,
                           const FieldPath& origin, google::protobuf::Message& message) {
  return ApplyOverride(change, registry, origin, origin.origin(), message);
}

absl::Status ApplyOverride(absl::string_view assignment, const PluginRegistry& registry,
                           const FieldPath& origin, google::protobuf::Message& message) {
  const absl::StatusOr<Override> change = ParseOverride(assignment);
  if (!change.ok()) return AnnotateWithPath(change.status(), origin);
  return ApplyOverride(*change, registry, origin, message);
}

absl::Status ApplyOverride(const Override& change, const PluginRegistry& registry,
                           const FieldPath& origin, const std::string& value_origin,
                           google::protobuf::Message& message) {
  DIDACT_ASSIGN_OR_RETURN(const std::vector<Step> steps, ParsePath(change.path, origin));
  DIDACT_RETURN_IF_ERROR(CheckIsNoLibrary(message, steps.front(), origin));
  return Setter(change.value, value_origin, registry).Set(message, steps, origin);
}

}  // namespace didact
