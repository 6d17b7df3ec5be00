#include "didact/framework/config/extension.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/plugin/quiet_compare.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"

namespace didact {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using SpecificField = MessageDifferencer::SpecificField;
using Fields = std::vector<SpecificField>;

// Turns each difference between an existing experiment and the wanted one into a problem.
class DifferenceReporter final : public MessageDifferencer::Reporter {
 public:
  DifferenceReporter(absl::string_view place, const FieldPath& path, Problems& problems)
      : place_(place), path_(path), problems_(problems) {}

  void ReportAdded(const Message& done, const Message& wanted, const Fields& fields) override {
    Add(fields, ValueOr("left out", done, fields.back()), ValueOf(wanted, fields.back()));
  }
  void ReportDeleted(const Message& done, const Message& wanted, const Fields& fields) override {
    Add(fields, ValueOf(done, fields.back()), ValueOr("nothing", wanted, fields.back()));
  }
  void ReportModified(const Message& done, const Message& wanted, const Fields& fields) override {
    // Differences within a message are reported separately, unless the message is of another type.
    if (IsMessage(fields.back()) && !HoldsOther(done, wanted, fields.back())) return;
    Add(fields, ValueOf(done, fields.back()), ValueOf(wanted, fields.back()));
  }

 private:
  static bool IsMessage(const SpecificField& specific) {
    return specific.field == nullptr ||
           specific.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  }

  static int IndexOf(const SpecificField& specific) {
    return specific.index >= 0 ? specific.index : specific.new_index;
  }

  // `message` holds the field.
  static std::string ValueOf(const Message& message, const SpecificField& specific) {
    if (IsMessage(specific)) return "";
    std::string text;
    google::protobuf::TextFormat::PrintFieldValueToString(
        message, specific.field, specific.field->is_repeated() ? IndexOf(specific) : -1, &text);
    return text;
  }

  // Returns the value of a field that cannot be absent, or `absent` for other fields.
  static std::string ValueOr(const std::string& absent, const Message& message,
                             const SpecificField& specific) {
    const bool may_be_absent =
        IsMessage(specific) || specific.field->is_repeated() || specific.field->has_presence();
    return may_be_absent ? absent : ValueOf(message, specific);
  }

  // Returns true if the field holds plugins of different types.
  static bool HoldsOther(const Message& done, const Message& wanted,
                         const SpecificField& specific) {
    const FieldDescriptor* const field = specific.field;
    if (field == nullptr || field->message_type() != google::protobuf::Any::descriptor()) {
      return false;
    }
    const auto type_of = [&](const Message& message) {
      const google::protobuf::Reflection& reflection = *message.GetReflection();
      google::protobuf::Any plugin;
      plugin.CopyFrom(field->is_repeated()
                          ? reflection.GetRepeatedMessage(message, field, IndexOf(specific))
                          : reflection.GetMessage(message, field));
      return plugin.type_url();
    };
    return type_of(done) != type_of(wanted);
  }

  void Add(const Fields& fields, const std::string& done, const std::string& wanted) {
    FieldPath path = path_;
    bool has_values = true;
    for (const SpecificField& specific : fields) {
      // Plugins of different types are reported as a whole, without their type_url and value.
      const bool is_of_any = specific.field == nullptr || specific.field->containing_type() ==
                                                              google::protobuf::Any::descriptor();
      has_values = !is_of_any && !IsMessage(specific);
      if (is_of_any) break;
      path = path.Field(specific.field->name());
      if (specific.field->is_repeated()) path = path.Index(IndexOf(specific));
    }
    const std::string same =
        has_values ? absl::StrCat("must be ", done, " as in ", place_, ", got ", wanted)
                   : absl::StrCat("must be as in ", place_);
    problems_.Add(path.Invalid(same + "; an extension adds seeds and epochs alone"));
  }

  absl::string_view place_;
  const FieldPath& path_;
  Problems& problems_;
};

absl::Status CheckSeeds(const SeedRange& done, const SeedRange& wanted, absl::string_view place,
                        const FieldPath& path) {
  if (wanted.first() <= done.first() && wanted.last() >= done.last()) return absl::OkStatus();
  return path.Invalid(absl::StrCat("must include ", done.first(), " to ", done.last(),
                                   ", which are in ", place, ", got ", wanted.first(), " to ",
                                   wanted.last()));
}

absl::Status CheckEpochs(const Training& done, const Training& wanted, absl::string_view place,
                         const FieldPath& path) {
  if (wanted.epochs() < done.epochs()) {
    return path.Field("epochs").Invalid(absl::StrCat(
        "must be >= ", done.epochs(), ", which are in ", place, ", got ", wanted.epochs()));
  }
  const bool spreads_steps = done.has_replay() && done.replay().steps_per_epoch() == 0;
  if (wanted.epochs() == done.epochs() || !spreads_steps) return absl::OkStatus();
  return path.Field("replay")
      .Field("steps_per_epoch")
      .Invalid(absl::StrCat("depends on the total number of epochs where it is 0, so that ",
                            wanted.epochs(), " epochs do not begin with the ", done.epochs(),
                            " that are in ", place, "; run them into another folder"));
}

}  // namespace

Experiment UnextendedPart(const Experiment& experiment) {
  Experiment part = experiment;
  part.clear_name();
  part.clear_seed();
  part.mutable_training()->clear_epochs();
  part.mutable_output()->clear_checkpoint_every_epochs();
  part.mutable_output()->clear_checkpoint_every_seconds();
  part.mutable_output()->clear_keep_final_checkpoint();
  part.clear_plugin_library();
  return part;
}

absl::Status CheckExtension(const Experiment& done, const Experiment& wanted,
                            absl::string_view place, const FieldPath& path) {
  Problems problems;
  problems.Add(CheckSeeds(done.seed(), wanted.seed(), place, path.Field("seed")));
  problems.Add(CheckEpochs(done.training(), wanted.training(), place, path.Field("training")));
  DifferenceReporter reporter(place, path, problems);
  MessageDifferencer differencer;
  differencer.ReportDifferencesTo(&reporter);
  // The differences are in the reporter.
  static_cast<void>(CompareQuietly(differencer, UnextendedPart(done), UnextendedPart(wanted)));
  return problems.ToStatus();
}

}  // namespace didact
