#include "didact/framework/config/resolve_experiment.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/floating_point_control.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/scaled_width.h"
#include "didact/framework/config/teacher_preparation.h"
#include "didact/framework/config/teacher_run.h"
#include "didact/framework/plugin/example_config.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/resolve.h"
#include "google/protobuf/descriptor.h"

namespace didact {
namespace {

constexpr size_t kMaxNameLength = 200;
constexpr int64_t kMaxWidth = 1000000;

// Checks that the layers of the student are known: given, or those of a teacher.
absl::Status CheckLayers(const Experiment& experiment, const PluginRegistry& registry,
                         const FieldPath& path) {
  const Student& student = experiment.student();
  const FieldPath outputs = path.Field("student").Field("outputs");
  if (experiment.has_teacher()) {
    if (!student.has_outputs() || student.outputs() == experiment.teacher().outputs()) {
      return absl::OkStatus();
    }
    return outputs.Invalid(absl::StrCat("must be teacher.outputs, which is ",
                                        experiment.teacher().outputs(), ", or left out, got ",
                                        student.outputs()));
  }
  const auto example = [&registry](const google::protobuf::Descriptor& message,
                                   const std::string& field) {
    return ExampleOfField(*message.FindFieldByName(field), registry);
  };
  const std::string teacher = example(*Experiment::descriptor(), "teacher");
  if (student.hidden().empty() && !student.has_outputs()) {
    return path.Field("teacher").Invalid(
        absl::StrCat("must be given, such as ", teacher,
                     ", unless student.hidden and student.outputs are given"));
  }
  if (!student.has_outputs()) {
    return outputs.Invalid(absl::StrCat("must be given, such as outputs: 10, or else ", teacher));
  }
  if (!student.hidden().empty()) return absl::OkStatus();
  return path.Field("student").Field("hidden").Invalid(absl::StrCat(
      "must be given at least once, such as ", example(*Student::descriptor(), "hidden"),
      "; or replace student.outputs by ", teacher));
}

absl::Status CheckWidths(const Teacher& teacher, const Student& student, const FieldPath& path) {
  const double multiplier = student.width_multiplier();
  if (student.hidden_size() > 0) {
    if (multiplier == 1) return absl::OkStatus();
    return path.Invalid(absl::StrCat("must be 1, or left out, where student.hidden is given, got ",
                                     ShortestNumber(multiplier)));
  }
  if (!(multiplier > 0)) return absl::OkStatus();  // reported by the field's rule
  const std::vector<int64_t> widths = PreparedWidths(teacher);
  for (size_t layer = 0; layer < widths.size(); ++layer) {
    const int64_t width = widths[layer];
    const int64_t product = ScaledWidth(width, multiplier);
    if (width >= 1 && !(product >= 1 && product <= kMaxWidth)) {
      return path.Invalid(absl::StrCat("must make every hidden layer 1 to ", kMaxWidth,
                                       " nodes wide, got ", ShortestNumber(multiplier),
                                       " times the ", width, " nodes of teacher.hidden[", layer,
                                       "]"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckName(const std::string& name, const FieldPath& path) {
  if (name.empty()) return absl::OkStatus();  // reported by the field's rule
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.';
  });
  if (plain && name[0] != '.' && name.size() <= kMaxNameLength) return absl::OkStatus();
  return path.Invalid(
      absl::StrCat("must be letters, digits, '_', '-' and '.', not begin with '.', and be at most ",
                   kMaxNameLength, " long, got \"", name.substr(0, kMaxNameLength), "\""));
}

absl::Status ResolveSeeds(SeedRange& seed, const FieldPath& path) {
  DIDACT_RETURN_IF_ERROR(ResolveConfig(seed, PluginRegistry(), path));
  if (!seed.has_last()) seed.set_last(seed.first());
  if (seed.last() < seed.first()) {
    return path.Field("last").Invalid(
        absl::StrCat("must be >= first, which is ", seed.first(), ", got ", seed.last()));
  }
  if (seed.last() - seed.first() >= kMaxTrials) {
    return path.Field("last").Invalid(absl::StrCat(
        "must make at most ", kMaxTrials, " trials, got ", seed.first(), " to ", seed.last()));
  }
  return absl::OkStatus();
}

int64_t OutputsOf(const Experiment& experiment) {
  return experiment.has_teacher() ? experiment.teacher().outputs() : experiment.student().outputs();
}

absl::Status ResolveExperiment(Experiment& experiment, const PluginRegistry& registry,
                               const FieldPath& path) {
  // Without the layers of the run, there would be other problems, of which it is the cause.
  if (experiment.has_teacher()) {
    DIDACT_RETURN_IF_ERROR(
        ResolveTeacherRun(*experiment.mutable_teacher(), registry, path.Field("teacher")));
  }
  Problems problems;
  // These messages must exist, because their fields have defaults.
  experiment.mutable_seed();
  experiment.mutable_output();
  problems.Add(ResolveConfig(experiment, registry, path));
  if (experiment.has_training() &&
      experiment.training().sampler_case() == Training::SAMPLER_NOT_SET) {
    experiment.mutable_training()->mutable_shuffle();
  }
  if (experiment.has_teacher()) {
    problems.Add(ResolvePreparations(*experiment.mutable_teacher(), path.Field("teacher")));
  }
  problems.Add(CheckLayers(experiment, registry, path));
  problems.Add(CheckName(experiment.name(), path.Field("name")));
  problems.Add(ResolveSeeds(*experiment.mutable_seed(), path.Field("seed")));
  const FieldPath student = path.Field("student");
  problems.Add(
      CheckWidths(experiment.teacher(), experiment.student(), student.Field("width_multiplier")));
  problems.Add(CheckBatchSize(experiment.training(), path.Field("training").Field("batch_size")));
  return problems.ToStatus();
}

absl::StatusOr<ResolvedExperiment> ResolvedExperiment::Create(Experiment experiment,
                                                              const PluginRegistry& registry,
                                                              const FieldPath& path) {
  // Otherwise a denormal number in a field might count as zero.
  const StandardFloatingPoint standard;
  DIDACT_RETURN_IF_ERROR(ResolveExperiment(experiment, registry, path));
  return ResolvedExperiment(std::make_shared<const Experiment>(std::move(experiment)),
                            registry.identity());
}

BuildContext ResolvedExperiment::context(const PluginRegistry& registry,
                                         const FieldPath& path) const {
  return {registry, path, IsResolvedWith(registry) ? experiment_.get() : nullptr};
}

}  // namespace didact
