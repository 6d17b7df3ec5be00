#include "tools/bench/torch_tasks.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "framework/base/status.h"
#include "framework/plugin/registry.h"
#include "framework/training/trial.h"
#include "nlohmann/json.hpp"
#include "plugins/builtin.h"
#include "protos/plugins/dataset.pb.h"
#include "protos/plugins/initializer.pb.h"
#include "protos/plugins/metric.pb.h"
#include "tools/bench/experiments.h"
#include "tools/bench/step_tasks.h"

namespace didact {
namespace {

namespace fs = std::filesystem;

constexpr char kTorch[] = "PyTorch";
constexpr int64_t kComparedSteps = 100;

Task MakeTask(TorchProcess& torch, const char* section, const std::string& label,
              nlohmann::json request) {
  request["do"] = "time";
  Task task;
  task.section = section;
  task.label = label;
  task.precision = request["precision"];
  task.contender = kTorch;
  task.run = [&torch, request](int64_t iterations) mutable -> absl::StatusOr<double> {
    request["iterations"] = iterations;
    DIDACT_ASSIGN_OR_RETURN(const nlohmann::json answer, torch.Ask(request));
    return answer.value("seconds", 0.0);
  };
  return task;
}

nlohmann::json TwoLayerRequest(const char* task, const TwoLayer& setting, const char* precision) {
  return {{"task", task},
          {"precision", precision},
          {"teacher_nodes", setting.teacher_nodes},
          {"multiplier", setting.multiplier}};
}

// A folder that is gone when this is.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "didact_bench_XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) name_ = name;
  }
  ~TemporaryFolder() {
    std::error_code error;
    if (!name_.empty()) fs::remove_all(name_, error);
  }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

// `config` on the data, weights and mini-batches of the file.
absl::StatusOr<std::unique_ptr<Trial>> MakeTrialOf(const std::string& config,
                                                   const std::string& file) {
  DIDACT_ASSIGN_OR_RETURN(Experiment experiment, MakeExperiment(config));
  NpyDataset data;
  data.set_inputs(absl::StrCat(file, ":train"));
  experiment.mutable_train_data()->PackFrom(data);
  data.set_inputs(absl::StrCat(file, ":eval"));
  experiment.mutable_eval_data()->PackFrom(data);
  NpzWeights weights;
  weights.set_path(file);
  weights.set_prefix("teacher.");
  experiment.mutable_teacher()->clear_initializer();
  experiment.mutable_teacher()->add_initializer()->PackFrom(weights);
  weights.set_prefix("student.");
  experiment.mutable_student()->clear_initializer();
  experiment.mutable_student()->add_initializer()->PackFrom(weights);
  experiment.mutable_training()->set_epochs(1);
  experiment.mutable_training()->mutable_replay()->set_batches(absl::StrCat(file, ":batches"));
  if (experiment.metric().empty()) experiment.add_metric()->PackFrom(Loss());
  PluginRegistry registry;
  DIDACT_RETURN_IF_ERROR(RegisterBuiltinPlugins(registry));
  return Trial::Create(experiment, /*seed=*/1, registry, FieldPath("bench"));
}

absl::StatusOr<double> Find(const Record& record, const std::string& key) {
  for (const auto& [name, number] : record.numbers()) {
    if (name == key) {
      return std::visit([](auto value) { return static_cast<double>(value); }, number);
    }
  }
  return absl::InternalError(absl::StrCat("--baseline=torch: nothing is called ", key));
}

double RelativeDifference(double ours, double theirs) {
  return std::abs(ours - theirs) / std::max(std::abs(ours), 1e-300);
}

absl::StatusOr<std::string> Compare(TorchProcess& torch, const std::string& label,
                                    const std::string& config, nlohmann::json request) {
  const TemporaryFolder folder;
  if (folder.name().empty()) return absl::InternalError("--baseline=torch: no temporary folder");
  request["do"] = "export";
  request["folder"] = folder.name();
  request["steps"] = kComparedSteps;
  DIDACT_ASSIGN_OR_RETURN(const nlohmann::json theirs, torch.Ask(request));
  DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<Trial> trial,
                          MakeTrialOf(config, absl::StrCat(folder.name(), "/case.npz")));
  while (!trial->finished()) DIDACT_RETURN_IF_ERROR(trial->Step());
  DIDACT_ASSIGN_OR_RETURN(const Record record, trial->Evaluate());
  DIDACT_ASSIGN_OR_RETURN(const double loss, Find(record, "eval.mse"));
  double difference = RelativeDifference(loss, theirs.value("loss", 0.0));
  if (theirs.contains("mean_best")) {
    DIDACT_ASSIGN_OR_RETURN(const double best,
                            Find(record, "eval.specialization.layer0.mean_best"));
    difference = std::max(difference, RelativeDifference(best, theirs["mean_best"]));
  }
  const double tolerance = request["precision"] == "float" ? 1e-4 : 1e-9;
  std::string line =
      absl::StrFormat("  %-32s %-6s loss %.6e after %d steps, PyTorch differs by %.0e", label,
                      std::string(request["precision"]), loss, kComparedSteps, difference);
  if (!(difference <= tolerance)) {
    return absl::InternalError(absl::StrCat("--baseline=torch: the results differ: ", line));
  }
  return line + "\n";
}

}  // namespace

std::vector<Task> TorchTasks(TorchProcess& torch) {
  std::vector<Task> tasks;
  for (const char* precision : {"double", "float"}) {
    for (const TwoLayer& setting : StepSettings()) {
      tasks.push_back(MakeTask(torch, kTwoLayerStepSection, StudentNodes(setting),
                               TwoLayerRequest("two_layer_step", setting, precision)));
    }
    for (const TwoLayer& setting : EvaluationSettings()) {
      tasks.push_back(MakeTask(torch, kEvaluationSection, StudentNodes(setting),
                               TwoLayerRequest("two_layer_evaluation", setting, precision)));
    }
    tasks.push_back(MakeTask(torch, kMultiLayerSection, kMultiLayerLabel,
                             {{"task", "multi_layer_step"}, {"precision", precision}}));
  }
  return tasks;
}

absl::StatusOr<std::string> CompareWithTorch(TorchProcess& torch) {
  std::string text = absl::StrCat("\nPyTorch ", torch.version(), " computes the same\n");
  const TwoLayer setting = {20, 2};
  for (const char* precision : {"double", "float"}) {
    DIDACT_ASSIGN_OR_RETURN(
        const std::string two_layer,
        Compare(torch, StudentNodes(setting), TwoLayerConfig(setting, precision),
                TwoLayerRequest("two_layer_step", setting, precision)));
    DIDACT_ASSIGN_OR_RETURN(const std::string multi_layer,
                            Compare(torch, kMultiLayerLabel, MultiLayerConfig(precision),
                                    {{"task", "multi_layer_step"}, {"precision", precision}}));
    absl::StrAppend(&text, two_layer, multi_layer);
  }
  return text;
}

}  // namespace didact
