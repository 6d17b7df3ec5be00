#include "tools/bench/torch_agreement.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/plugins/builtin.h"
#include "didact/protos/plugins/dataset.pb.h"
#include "didact/protos/plugins/initializer.pb.h"
#include "didact/protos/plugins/metric.pb.h"
#include "tools/bench/experiments.h"
#include "tools/bench/temporary_folder.h"

namespace didact {
namespace {

constexpr char kBestKey[] = "eval.specialization.layer0.mean_best";

// Returns a trial of `config` with the data, weights and mini-batches of the file.
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
  return CreateTrial(experiment, /*seed=*/1, registry, FieldPath("bench"));
}

// Returns the number with this key; NaN if there is none.
double Find(const Record& record, const std::string& key) {
  for (const auto& [name, number] : record.numbers()) {
    if (name == key) {
      return std::visit([](auto value) { return static_cast<double>(value); }, number);
    }
  }
  return std::nan("");
}

double RelativeDifference(double ours, double theirs) {
  return std::abs(ours - theirs) / std::max(std::abs(ours), 1e-300);
}

}  // namespace

absl::StatusOr<double> RelativeDifference(const EvaluatedStudent& ours,
                                          const EvaluatedStudent& theirs,
                                          const std::string& precision) {
  const double tolerance = precision == "float" ? 1e-4 : 1e-9;
  const double loss = RelativeDifference(ours.loss, theirs.loss);
  const double best = RelativeDifference(ours.mean_best, theirs.mean_best);
  // NaN satisfies no comparison.
  if (loss <= tolerance && best <= tolerance) return std::max(loss, best);
  return absl::InternalError(absl::StrFormat(
      "--baseline=torch: the results differ by more than rounding in %s: loss %.17g here, %.17g in "
      "PyTorch; mean best correlation %.17g here, %.17g in PyTorch",
      precision, ours.loss, theirs.loss, ours.mean_best, theirs.mean_best));
}

absl::StatusOr<double> CheckAgreement(TorchProcess& torch, const std::string& config,
                                      nlohmann::json request, int64_t steps) {
  const TemporaryFolder folder;
  if (folder.name().empty()) return absl::InternalError("--baseline=torch: no temporary folder");
  request["do"] = "export";
  request["folder"] = folder.name();
  request["steps"] = steps;
  DIDACT_ASSIGN_OR_RETURN(const nlohmann::json answer, torch.Ask(request));
  DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<Trial> trial,
                          MakeTrialOf(config, absl::StrCat(folder.name(), "/case.npz")));
  while (!trial->finished()) DIDACT_RETURN_IF_ERROR(trial->Step());
  DIDACT_ASSIGN_OR_RETURN(const Record record, trial->Evaluate());
  const bool compares_best = answer.contains("mean_best");
  const EvaluatedStudent ours = {.loss = Find(record, "eval.mse"),
                                 .mean_best = compares_best ? Find(record, kBestKey) : 0.0};
  const EvaluatedStudent theirs = {.loss = answer.value("loss", std::nan("")),
                                   .mean_best = answer.value("mean_best", 0.0)};
  return RelativeDifference(ours, theirs, request["precision"]);
}

}  // namespace didact
