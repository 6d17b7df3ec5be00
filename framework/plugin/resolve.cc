#include "didact/framework/plugin/resolve.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/plugin/edit_plugin.h"
#include "didact/framework/plugin/example_config.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/field_messages.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/field_value.h"
#include "didact/framework/plugin/packed_config.h"
#include "google/protobuf/unknown_field_set.h"

namespace didact {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Further problems are only counted: a list of a million bad numbers is one mistake.
constexpr int64_t kMaxProblems = 50;

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
    if (rules.has_default_value() && !is_given()) {
      Add(AnnotateWithPath(SetDefault(field, message), path));
    }
    if (!is_given()) {
      if (rules.required() || field.is_required()) {
        const std::string example = ExampleOfField(field, registry_);
        return Add(path.Invalid(
            absl::StrCat(field.is_repeated() ? "must be given at least once" : "must be given",
                         example.empty() ? "" : ", such as ", example)));
      }
      if (field.is_repeated() || field.has_presence()) return;
    }
    if (!field.is_repeated()) return ResolveValue(message, field, -1, path, depth);
    const int size = reflection.FieldSize(message, &field);
    for (int i = 0; i < size; ++i) ResolveValue(message, field, i, path, depth);
  }

  // Resolves one value: of a singular field (index -1), or one element. `path` is that of the
  // field; an element's path is made only if it is needed, since lists of numbers are long.
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
    const std::string problem = ValueProblem(message, field, index);
    if (!problem.empty()) Add(value_path().Invalid(problem));
  }

  const PluginRegistry& registry_;
  Problems problems_;
  int64_t count_ = 0;
};

// Returns true if `any` itself, and not only an equal message, is a plugin's config within
// `message`.
bool Holds(const Message& message, const google::protobuf::Any& any) {
  for (const auto& [field, value] : FieldMessages(message)) {
    if (HoldsPlugins(field) ? &value == &any : Holds(value, any)) return true;
  }
  return false;
}

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
  if (context.resolved_ != nullptr && Holds(*context.resolved_, any)) return absl::OkStatus();
  return ResolveConfig(config, context.registry_, context.path);
}

}  // namespace didact
