#include "didact/framework/config/teacher_run.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/scaled_width.h"
#include "didact/framework/config/teacher_preparation.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/factory.h"
#include "didact/protos/experiment.pb.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/message.h"

namespace didact {
namespace {

constexpr absl::string_view kWeightsPlugin = "type.googleapis.com/didact.NpzWeights";
constexpr int64_t kMaxConfigBytes = int64_t{8} << 20;

// Refuses fields that the run determines.
absl::Status CheckLeftOut(const Teacher& teacher, const FieldPath& path) {
  Problems problems;
  const auto refuse = [&](bool is_given, absl::string_view field) {
    if (!is_given) return;
    problems.Add(path.Field(std::string(field))
                     .Invalid("must be left out where teacher.run is given, which determines it"));
  };
  refuse(!teacher.hidden().empty(), "hidden");
  refuse(teacher.outputs() != 0, "outputs");
  refuse(teacher.has_bias(), "bias");
  return problems.ToStatus();
}

// Reads the resolved experiment of a run.
absl::StatusOr<Experiment> ReadExperiment(const std::string& run, const PluginRegistry& registry,
                                          const FieldPath& path) {
  const std::string file = JoinPath(run, "experiment.textproto");
  if (!PathExists(file)) {
    return path.Error(
        absl::StatusCode::kNotFound,
        absl::StrCat("must be the directory of a finished run, got ", run, ", where ",
                     PathExists(run) ? "there is no experiment.textproto" : "there is nothing"));
  }
  Experiment experiment;
  const absl::StatusOr<std::string> text = ReadFile(file, kMaxConfigBytes);
  const absl::Status status =
      text.ok() ? ParseText(*text, registry, FieldPath(file), experiment) : text.status();
  if (!status.ok()) {
    return path.Invalid(absl::StrCat("must be a run that can be read: ", status.message()));
  }
  return experiment;
}

// Returns the seed of the trial.
absl::StatusOr<uint64_t> SeedOf(const Teacher& teacher, const SeedRange& seeds,
                                const FieldPath& path) {
  const FieldPath field = path.Field("run_seed");
  if (!teacher.has_run_seed()) {
    if (seeds.first() == seeds.last()) return seeds.first();
    return field.Invalid(absl::StrCat("must be given, since the run has the trials of seeds ",
                                      seeds.first(), " to ", seeds.last()));
  }
  if (teacher.run_seed() >= seeds.first() && teacher.run_seed() <= seeds.last()) {
    return teacher.run_seed();
  }
  return field.Invalid(absl::StrCat("must be a seed of the run, ", seeds.first(), " to ",
                                    seeds.last(), ", got ", teacher.run_seed()));
}

// Returns the path of the student's last weights. The files are those of
// framework/results/trial_directory.h, a module above this one.
absl::StatusOr<std::string> WeightsOf(const std::string& run, uint64_t seed, int64_t epochs,
                                      const FieldPath& path) {
  const std::string trial = JoinPath(run, absl::StrCat("trials/", seed));
  const absl::StatusOr<std::string> outcome = ReadFile(JoinPath(trial, "outcome.json"));
  if (!outcome.ok() || !absl::StrContains(*outcome, "\"status\":\"finished\"")) {
    return path.Invalid(absl::StrCat(
        "must be the directory of a run whose trial of seed ", seed, " has finished, got ", run,
        outcome.ok() ? ", where it diverged" : "; finish it by: didact resume " + run));
  }
  std::string weights = JoinPath(trial, absl::StrFormat("weights/epoch_%04d.npz", epochs - 1));
  if (PathExists(weights)) return weights;
  return path.Invalid(
      absl::StrCat("must be the directory of a run that has kept its last weights, ", weights,
                   ", which one with output { weights: NONE } has not"));
}

// Sets the layers of `teacher` to those of the student of `experiment`.
void CopyStudent(const Experiment& experiment, Teacher& teacher) {
  const Student& student = experiment.student();
  teacher.set_bias(student.bias());
  teacher.set_outputs(experiment.has_teacher() ? experiment.teacher().outputs()
                                               : student.outputs());
  if (student.hidden_size() > 0) {
    *teacher.mutable_hidden() = student.hidden();
    return;
  }
  *teacher.mutable_hidden() = experiment.teacher().hidden();
  const std::vector<int64_t> widths = PreparedWidths(experiment.teacher());
  for (int l = 0; l < teacher.hidden_size(); ++l) {
    teacher.mutable_hidden(l)->set_width(
        static_cast<int32_t>(ScaledWidth(widths[l], student.width_multiplier())));
  }
}

// Returns the config of an initializer that reads the student's weights.
absl::StatusOr<google::protobuf::Any> ReadWeights(const std::string& file,
                                                  const PluginRegistry& registry,
                                                  const FieldPath& path) {
  DIDACT_ASSIGN_OR_RETURN(const PluginFactory* const plugin,
                          registry.Find("initializer", kWeightsPlugin, path));
  const std::unique_ptr<google::protobuf::Message> config = plugin->NewConfig();
  const google::protobuf::Descriptor& fields = plugin->config();
  const auto* const path_field = fields.FindFieldByName("path");
  const auto* const prefix_field = fields.FindFieldByName("prefix");
  if (config == nullptr || path_field == nullptr || prefix_field == nullptr) {
    return path.Invalid("needs the plugin didact.NpzWeights with the fields path and prefix");
  }
  config->GetReflection()->SetString(config.get(), path_field, file);
  config->GetReflection()->SetString(config.get(), prefix_field, "student.");
  google::protobuf::Any packed;
  packed.PackFrom(*config);
  return packed;
}

}  // namespace

absl::Status ResolveTeacherRun(Teacher& teacher, const PluginRegistry& registry,
                               const FieldPath& path) {
  if (teacher.run().empty()) {
    if (!teacher.has_run_seed()) return absl::OkStatus();
    return path.Field("run_seed").Invalid("must be left out where teacher.run is not given");
  }
  const FieldPath field = path.Field("run");
  DIDACT_RETURN_IF_ERROR(CheckLeftOut(teacher, path));
  DIDACT_ASSIGN_OR_RETURN(const Experiment experiment,
                          ReadExperiment(teacher.run(), registry, field));
  DIDACT_ASSIGN_OR_RETURN(const uint64_t seed, SeedOf(teacher, experiment.seed(), path));
  DIDACT_ASSIGN_OR_RETURN(const std::string weights,
                          WeightsOf(teacher.run(), seed, experiment.training().epochs(), field));
  DIDACT_ASSIGN_OR_RETURN(google::protobuf::Any reader, ReadWeights(weights, registry, field));
  CopyStudent(experiment, teacher);
  *teacher.add_initializer() = std::move(reader);
  auto& initializers = *teacher.mutable_initializer();
  for (int i = initializers.size() - 1; i > 0; --i) initializers.SwapElements(i, i - 1);
  teacher.clear_run();
  teacher.clear_run_seed();
  return absl::OkStatus();
}

}  // namespace didact
