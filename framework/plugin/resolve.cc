#include "framework/plugin/resolve.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "framework/base/problems.h"
#include "framework/plugin/edit_plugin.h"
#include "framework/plugin/factory.h"
#include "framework/plugin/field_rules.h"
#include "framework/plugin/packed_config.h"
#include "framework/plugin/silent_errors.h"
#include "google/protobuf/stubs/common.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/unknown_field_set.h"

namespace didact {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Beyond this many, problems are only counted: a list of a million bad numbers is one mistake.
constexpr int64_t kMaxProblems = 50;

// Calls `visit(value)` with the value of a singular field (index -1) or of one element.
template <class Visit>
void VisitNumber(const Message& message, const FieldDescriptor& field, int index,
                 const Visit& visit) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
#define DIDACT_VISIT_NUMBER(CPPTYPE, Name)                                   \
  case FieldDescriptor::CPPTYPE:                                             \
    visit(index < 0 ? reflection.Get##Name(message, &field)                  \
                    : reflection.GetRepeated##Name(message, &field, index)); \
    break
    DIDACT_VISIT_NUMBER(CPPTYPE_INT32, Int32);
    DIDACT_VISIT_NUMBER(CPPTYPE_INT64, Int64);
    DIDACT_VISIT_NUMBER(CPPTYPE_UINT32, UInt32);
    DIDACT_VISIT_NUMBER(CPPTYPE_UINT64, UInt64);
    DIDACT_VISIT_NUMBER(CPPTYPE_FLOAT, Float);
    DIDACT_VISIT_NUMBER(CPPTYPE_DOUBLE, Double);
#undef DIDACT_VISIT_NUMBER
    default:
      break;
  }
}

std::string NumberText(double value) { return ShortestNumber(value); }
std::string NumberText(float value) { return ShortestNumber(value); }
template <class Integer>
std::string NumberText(Integer value) {
  return absl::StrCat(value);
}

class Resolver {
 public:
  explicit Resolver(const PluginRegistry& registry) : registry_(registry) {}

  void ResolveMessage(Message& message, const FieldPath& path, int depth) {
    if (depth > kMaxConfigDepth) {
      return Add(path.Invalid(
          absl::StrCat("must not be nested deeper than ", kMaxConfigDepth, " messages")));
    }
    const auto& unknown = message.GetReflection()->GetUnknownFields(message);
    if (!unknown.empty()) {
      Add(path.Invalid(absl::StrCat("must be a ", message.GetDescriptor()->full_name(),
                                    ", got an unknown field with number ",
                                    unknown.field(0).number())));
    }
    const auto& type = *message.GetDescriptor();
    for (int f = 0; f < type.field_count(); ++f) {
      ResolveField(message, *type.field(f), path.Field(type.field(f)->name()), depth);
    }
  }

  absl::Status ToStatus(const FieldPath& path) {
    if (count_ > kMaxProblems) {
      problems_.Add(path.Invalid(absl::StrCat("and ", count_ - kMaxProblems, " more problems")));
    }
    return problems_.ToStatus();
  }

 private:
  void Add(const absl::Status& status) {
    if (!status.ok() && ++count_ <= kMaxProblems) problems_.Add(status);
  }

  void ResolveField(Message& message, const FieldDescriptor& field, const FieldPath& path,
                    int depth) {
    const FieldRules& rules = RulesOf(field);
    const Reflection& reflection = *message.GetReflection();
    const auto is_given = [&] {
      return field.is_repeated() ? reflection.FieldSize(message, &field) > 0
                                 : reflection.HasField(message, &field);
    };
    if (rules.has_default_value() && !is_given()) Add(FillDefault(message, field, path));
    if (!is_given()) {
      if (rules.required() || field.is_required()) {
        return Add(
            path.Invalid(field.is_repeated() ? "must be given at least once" : "must be given"));
      }
      if (field.is_repeated() || field.has_presence()) return;
    }
    if (!field.is_repeated()) return ResolveValue(message, field, -1, path, depth);
    const int size = reflection.FieldSize(message, &field);
    for (int i = 0; i < size; ++i) ResolveValue(message, field, i, path, depth);
  }

  // One value: of a singular field (index -1), or one element. `path` is the field's; an element's
  // is made only when it is needed, since lists of numbers are long.
  void ResolveValue(Message& message, const FieldDescriptor& field, int index,
                    const FieldPath& path, int depth) {
    const Reflection& reflection = *message.GetReflection();
    const auto value_path = [&] { return index < 0 ? path : path.Index(index); };
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Message& value = index < 0 ? *reflection.MutableMessage(&message, &field)
                                 : *reflection.MutableRepeatedMessage(&message, &field, index);
      if (HoldsPlugins(field)) {
        return Add(EditPlugin(field, registry_, value_path(), value, [&](Message& config) {
          ResolveMessage(config, value_path(), depth + 1);
          return absl::OkStatus();
        }));
      }
      return ResolveMessage(value, value_path(), depth + 1);
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      const int number = index < 0 ? reflection.GetEnumValue(message, &field)
                                   : reflection.GetRepeatedEnumValue(message, &field, index);
      if (field.enum_type()->FindValueByNumber(number) == nullptr) {
        Add(value_path().Invalid(
            absl::StrCat("must be one of ", EnumNames(*field.enum_type()), ", got ", number)));
      }
      return;
    }
    if (field.type() == FieldDescriptor::TYPE_STRING) {
      std::string copy;
      const std::string& text =
          index < 0 ? reflection.GetStringReference(message, &field, &copy)
                    : reflection.GetRepeatedStringReference(message, &field, index, &copy);
      if (!google::protobuf::internal::IsStructurallyValidUTF8(text)) {
        Add(value_path().Invalid(
            absl::StrCat("must be text in UTF-8, got \"", absl::CEscape(text), "\"")));
      }
      return;
    }
    const FieldRules& rules = RulesOf(field);
    VisitNumber(message, field, index, [&](auto value) {
      if (!std::isfinite(static_cast<long double>(value))) {
        Add(value_path().Invalid(absl::StrCat("must be finite, got ", NumberText(value))));
      } else if (!InRange(value, rules)) {
        Add(value_path().Invalid(
            absl::StrCat("must be ", RangeText(rules), ", got ", NumberText(value))));
      }
    });
  }

  // Whoever writes a plugin's .proto can get a default wrong; its user then hears of it.
  static absl::Status FillDefault(Message& message, const FieldDescriptor& field,
                                  const FieldPath& path) {
    const std::string& text = RulesOf(field).default_value();
    const bool allowed =
        field.is_repeated() || (field.has_presence() && field.real_containing_oneof() == nullptr);
    const std::vector<std::string> values =
        field.is_repeated() ? absl::StrSplit(text, ',') : std::vector<std::string>{text};
    for (const std::string& value : values) {
      if (!allowed || !ParseDefault(value, message, field)) {
        return path.Invalid(absl::StrCat(
            "must have a default that suits the field, its .proto has \"", text, "\""));
      }
    }
    return absl::OkStatus();
  }

  static bool ParseDefault(const std::string& text, Message& message,
                           const FieldDescriptor& field) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return false;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      const std::string value(absl::StripAsciiWhitespace(text));
      const Reflection& reflection = *message.GetReflection();
      if (field.is_repeated()) {
        reflection.AddString(&message, &field, value);
      } else {
        reflection.SetString(&message, &field, value);
      }
      return true;
    }
    SilentErrors errors;
    google::protobuf::TextFormat::Parser parser;
    parser.RecordErrorsTo(&errors);
    return parser.ParseFieldValueFromString(text, &field, &message);
  }

  const PluginRegistry& registry_;
  Problems problems_;
  int64_t count_ = 0;
};

}  // namespace

absl::Status ResolveConfig(google::protobuf::Message& message, const PluginRegistry& registry,
                           const FieldPath& path) {
  Resolver resolver(registry);
  resolver.ResolveMessage(message, path, 0);
  return resolver.ToStatus(path);
}

absl::Status UnpackConfig(const google::protobuf::Any& any, const BuildContext& context,
                          google::protobuf::Message& config) {
  DIDACT_RETURN_IF_ERROR(UnpackBytes(any, context.path, config));
  return ResolveConfig(config, context.registry, context.path);
}

}  // namespace didact
