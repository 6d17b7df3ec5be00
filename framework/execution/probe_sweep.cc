#include "framework/execution/probe_sweep.h"

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "framework/base/problems.h"
#include "framework/base/status.h"
#include "framework/execution/execute_trial.h"
#include "framework/experiment/file_names.h"
#include "framework/experiment/missing_files.h"

namespace didact {
namespace {

constexpr int64_t kMaxProbes = 64;

// Builds the first trial of `experiment`, one of the plan's.
absl::Status Probe(const SweepPlan& plan, const Experiment& experiment,
                   const PluginRegistry& registry, StopFlag stop) {
  TrialTask task;
  task.experiment = &experiment;
  task.seed = experiment.seed().first();
  task.path = plan.path();
  return CreateTrial(task, registry, stop).status();
}

// Whether an axis or a point of the sweep gives `field` its value in experiment i.
bool IsChanged(const SweepPlan& plan, int64_t i, absl::string_view field) {
  return absl::c_any_of(plan.grid().Changes(i), [field](const SweepChange& change) {
    absl::string_view rest = field;
    return absl::ConsumePrefix(&rest, change.change.path) &&
           (rest.empty() || rest[0] == '.' || rest[0] == '[');
  });
}

// How to say where a file of experiment i is now.
std::string Remedy(const SweepPlan& plan, int64_t i, const std::string& directory,
                   const FileName& file) {
  if (!IsChanged(plan, i, file.field)) return HowToSayWhereItIs(directory, file.field);
  const std::string& folder = plan.sweep().folder();
  if (!folder.empty() && absl::StartsWith(file.name, absl::StrCat(folder, "/"))) {
    return absl::StrCat(
        HowToSayWhereItIs(directory, "folder"),
        ", the folder that relative names of axes and points are relative to, until "
        "now ",
        folder);
  }
  return "an axis or a point gives this name, which cannot change: put the file back, or a link to "
         "it";
}

}  // namespace

absl::Status ProbeSweep(const SweepPlan& plan, const PluginRegistry& registry, StopFlag stop) {
  Problems problems;
  for (const int64_t i : plan.grid().Samples(kMaxProbes)) {
    DIDACT_ASSIGN_OR_RETURN(const Experiment experiment, plan.Make(i));
    const absl::Status status = Probe(plan, experiment, registry, stop);
    if (absl::IsCancelled(status)) return status;
    problems.Add(plan.Locate(i, status));
  }
  return problems.ToStatus();
}

absl::Status ProbeMissingFiles(const SweepPlan& plan, const PluginRegistry& registry,
                               const std::set<int64_t>& experiments, const std::string& directory,
                               StopFlag stop) {
  Problems problems;
  int64_t probes = 0;
  std::set<std::pair<std::string, std::string>> seen;  // fields and names
  for (const int64_t i : experiments) {
    DIDACT_ASSIGN_OR_RETURN(const Experiment experiment, plan.Make(i));
    const std::vector<FileName> files = FileNamesIn(experiment, registry);
    const auto is_new = [&seen](const FileName& file) {
      return IsMissing(file) && seen.emplace(file.field, file.name).second;
    };
    if (absl::c_count_if(files, is_new) == 0) continue;
    const absl::Status status = Probe(plan, experiment, registry, stop);
    if (absl::IsCancelled(status)) return status;
    problems.Add(plan.Locate(i, ExplainMissingFiles(status, plan.path(), experiment, registry,
                                                    [&](const FileName& file) {
                                                      return Remedy(plan, i, directory, file);
                                                    })));
    if (++probes == kMaxProbes) break;
  }
  return problems.ToStatus();
}

}  // namespace didact
