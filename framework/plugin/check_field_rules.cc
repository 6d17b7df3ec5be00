#include "didact/framework/plugin/check_field_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <type_traits>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/field_value.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/message.h"

namespace didact {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Returns "a field of type double", or the name of the message or enum as the type.
std::string TypeText(const FieldDescriptor& field) {
  if (field.is_map()) return "a map";
  const std::string type = field.message_type() != nullptr ? field.message_type()->full_name()
                           : field.enum_type() != nullptr  ? field.enum_type()->full_name()
                                                           : field.type_name();
  return absl::StrCat("a field of type ", type);
}

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

// Returns true if some finite number of a type satisfies the bounds. The smallest number above the
// lower bounds is the number of that type nearest to them, or the next.
template <class Number>
bool SomeNumberInRange(const FieldRules& rules) {
  using Limits = std::numeric_limits<Number>;
  long double low = Limits::lowest();
  if (rules.has_minimum()) low = std::max<long double>(low, rules.minimum());
  if (rules.has_above()) low = std::max<long double>(low, rules.above());
  if (low > static_cast<long double>(Limits::max())) return false;
  if constexpr (std::is_integral_v<Number>) {
    const auto nearest = static_cast<Number>(std::ceil(low));
    return InRange(nearest, rules) ||
           (nearest < Limits::max() && InRange(static_cast<long double>(nearest) + 1, rules));
  } else {
    const auto nearest = static_cast<Number>(low);
    const Number next = std::nextafter(nearest, Limits::infinity());
    return InRange(nearest, rules) || (std::isfinite(next) && InRange(next, rules));
  }
}

bool SomeValueInRange(const FieldDescriptor& field, const FieldRules& rules) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return SomeNumberInRange<int32_t>(rules);
    case FieldDescriptor::CPPTYPE_INT64:
      return SomeNumberInRange<int64_t>(rules);
    case FieldDescriptor::CPPTYPE_UINT32:
      return SomeNumberInRange<uint32_t>(rules);
    case FieldDescriptor::CPPTYPE_UINT64:
      return SomeNumberInRange<uint64_t>(rules);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return SomeNumberInRange<float>(rules);
    default:
      return SomeNumberInRange<double>(rules);
  }
}

class RuleChecker {
 public:
  explicit RuleChecker(absl::Span<const absl::string_view> kinds) : kinds_(kinds) {}

  void CheckMessage(const Descriptor& message) {
    if (!seen_.insert(&message).second) return;
    for (int f = 0; f < message.field_count(); ++f) {
      const FieldDescriptor& field = *message.field(f);
      CheckBounds(field);
      CheckDefault(field);
      CheckExample(field);
      CheckRequired(field);
      CheckKind(field);
      if (RulesOf(field).file() && field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
        Unsuitable(field, "file", "texts");
      }
      if (!RulesOf(field).unit().empty() && !IsNumber(field)) Unsuitable(field, "unit", "numbers");
      if (field.message_type() != nullptr) CheckMessage(*field.message_type());
    }
  }

  absl::Status ToStatus() const { return problems_.ToStatus(); }

 private:
  void Add(const FieldDescriptor& field, absl::string_view problem) {
    problems_.Add(absl::InvalidArgumentError(absl::StrCat(field.full_name(), ": ", problem)));
  }

  // Reports that `rule` applies only to `what`, which the field is not.
  void Unsuitable(const FieldDescriptor& field, absl::string_view rule, absl::string_view what) {
    Add(field, absl::StrCat(rule, " is a rule for ", what, ", and this is ", TypeText(field)));
  }

  void CheckBounds(const FieldDescriptor& field) {
    const FieldRules& rules = RulesOf(field);
    const struct {
      absl::string_view name;
      bool given;
      double value;
    } bounds[] = {{"minimum", rules.has_minimum(), rules.minimum()},
                  {"above", rules.has_above(), rules.above()},
                  {"maximum", rules.has_maximum(), rules.maximum()},
                  {"below", rules.has_below(), rules.below()}};
    bool well_formed = true;
    for (const auto& [name, given, value] : bounds) {
      if (!given) continue;
      if (!IsNumber(field)) {
        Unsuitable(field, name, "numbers");
        well_formed = false;
      } else if (!std::isfinite(value)) {
        Add(field, absl::StrCat(name, " must be finite, got ", ShortestNumber(value)));
        well_formed = false;
      }
    }
    if (!well_formed || !IsNumber(field)) return;
    if (rules.has_minimum() && rules.has_maximum() && rules.minimum() > rules.maximum()) {
      Add(field, absl::StrCat("minimum ", ShortestNumber(rules.minimum()), " is above maximum ",
                              ShortestNumber(rules.maximum())));
    } else if (!SomeValueInRange(field, rules)) {
      Add(field, absl::StrCat("no number of type ", field.type_name(), " is ", RangeText(rules)));
    }
  }

  // Checks that the text of `rule` is a valid value of the field, or a list of values for a
  // repeated field.
  void CheckValue(const FieldDescriptor& field, absl::string_view rule, const std::string& text) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return Unsuitable(field, rule, "numbers, texts, enums and bools");
    }
    const std::unique_ptr<Message> message(messages_.GetPrototype(field.containing_type())->New());
    if (const absl::Status status = SetFromRule(field, rule, text, *message); !status.ok()) {
      return Add(field, status.message());
    }
    const int size =
        field.is_repeated() ? message->GetReflection()->FieldSize(*message, &field) : 1;
    for (int i = 0; i < size; ++i) {
      const std::string problem = ValueProblem(*message, field, field.is_repeated() ? i : -1);
      if (!problem.empty()) return Add(field, absl::StrCat(rule, " \"", text, "\" ", problem));
    }
  }

  void CheckDefault(const FieldDescriptor& field) {
    const FieldRules& rules = RulesOf(field);
    if (!rules.has_default_value()) return;
    if (field.real_containing_oneof() != nullptr) {
      return Add(field, "default_value is no rule for a member of a oneof");
    }
    if (!field.is_repeated() && !field.has_presence()) {
      return Add(field, absl::StrCat("default_value needs a field that tells when it is left out: "
                                     "make it `optional`"));
    }
    CheckValue(field, "default_value", rules.default_value());
    // File names are made absolute before defaults are filled in.
    if (rules.file() && !absl::StartsWith(rules.default_value(), "/")) {
      Add(field, absl::StrCat("default_value \"", rules.default_value(),
                              "\" must be an absolute file name"));
    }
  }

  // The example of a plugin is the name of its config, which need not be registered.
  void CheckName(const FieldDescriptor& field, const std::string& name) {
    const auto is_in_names = [](unsigned char c) {
      return absl::ascii_isalnum(c) || c == '_' || c == '.';
    };
    if (!name.empty() && absl::c_all_of(name, is_in_names)) return;
    Add(field, absl::StrCat("example \"", name,
                            "\" must be the full name of a plugin's config, such as didact.Sgd"));
  }

  void CheckExample(const FieldDescriptor& field) {
    const FieldRules& rules = RulesOf(field);
    if (!rules.has_example()) return;
    if (!rules.plugin_kind().empty()) return CheckName(field, rules.example());
    CheckValue(field, "example", rules.example());
    if (rules.required() && !field.is_repeated() && !field.has_presence() &&
        field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && rules.example().empty()) {
      Add(field, "example \"\" counts as left out, and the field is required");
    }
  }

  void CheckRequired(const FieldDescriptor& field) {
    const FieldRules& rules = RulesOf(field);
    if (!rules.required()) return;
    if (rules.has_default_value()) {
      return Add(field, "required and default_value exclude each other");
    }
    if (field.real_containing_oneof() != nullptr) {
      return Add(field, "required is no rule for a member of a oneof");
    }
    // An empty text counts as no text.
    if (!field.is_repeated() && !field.has_presence() &&
        field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
      Add(field,
          "required needs a field that tells when it is left out, since a zero would count as "
          "that: "
          "make it `optional`");
    }
  }

  void CheckKind(const FieldDescriptor& field) {
    const std::string& kind = RulesOf(field).plugin_kind();
    if (kind.empty()) return;
    if (field.message_type() != google::protobuf::Any::descriptor()) {
      return Unsuitable(field, "plugin_kind", "google.protobuf.Any");
    }
    if (absl::c_find(kinds_, kind) == kinds_.end()) {
      Add(field,
          absl::StrCat("plugin_kind \"", kind, "\" must be one of ", absl::StrJoin(kinds_, ", ")));
    }
  }

  absl::Span<const absl::string_view> kinds_;
  // Makes messages that are not compiled into the program, too.
  google::protobuf::DynamicMessageFactory messages_;
  std::set<const Descriptor*> seen_;
  Problems problems_;
};

}  // namespace

absl::Status CheckFieldRules(const Descriptor& message, absl::Span<const absl::string_view> kinds) {
  RuleChecker checker(kinds);
  checker.CheckMessage(message);
  return checker.ToStatus();
}

}  // namespace didact
