#include "didact/framework/execution/probe_sweep.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/missing_files.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/execution/build_one_trial.h"
#include "didact/framework/training/trial.h"

namespace didact {
namespace {

constexpr int64_t kMaxProbes = 64;

// Counts the experiments for which each warning is given.
class Warnings {
 public:
  // `located`: the warning with the place of its cause in the sweep.
  void Add(const Problem& warning, Problem located) {
    const auto known =
        absl::c_find_if(list_, [&](const Warning& other) { return other.stated == warning; });
    if (known == list_.end()) {
      list_.push_back({warning, std::move(located), 1});
    } else {
      ++known->experiments;
    }
  }

  void Tell(int64_t probes, FirstWarnings& warnings) const {
    for (const Warning& warning : list_) {
      Problem located = warning.located;
      absl::StrAppend(&located.text, " (", warning.experiments, " of the ", probes,
                      " experiments that were looked at, the first trial of each)");
      warnings.Add(warning.stated, located);
    }
  }

 private:
  struct Warning {
    Problem stated;  // as the trials give it
    Problem located;
    int64_t experiments = 0;
  };
  std::vector<Warning> list_;
};

// Builds the first trial of `experiment`, which belongs to the plan, or the second trial if a
// plugin throws an exception in the first.
absl::StatusOr<std::unique_ptr<Trial>> CreateOne(const SweepPlan& plan,
                                                 const ResolvedExperiment& experiment,
                                                 const PluginRegistry& registry, StopFlag stop,
                                                 std::vector<Problem>* warnings = nullptr) {
  std::vector<uint64_t> seeds = {experiment->seed().first()};
  if (experiment->seed().first() != experiment->seed().last()) seeds.push_back(seeds.front() + 1);
  return BuildOneTrial(experiment, seeds, registry, plan.path(), stop, warnings);
}

// Returns true if an axis or a point of the sweep sets `field` in experiment i.
bool IsChanged(const SweepPlan& plan, int64_t i, absl::string_view field) {
  return absl::c_any_of(plan.grid().Changes(i), [field](const SweepChange& change) {
    return FieldPath().Field(change.change.path).Contains(FieldPath().Field(field));
  });
}

// Returns the instruction for telling Didact where a file of experiment i is now.
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

absl::Status ProbeSweep(const SweepPlan& plan, const PluginRegistry& registry,
                        FirstWarnings* warnings, StopFlag stop) {
  Problems problems;
  Warnings found;
  const std::vector<int64_t> probes = plan.grid().Samples(kMaxProbes);
  for (const int64_t i : probes) {
    DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment experiment, plan.Make(i));
    std::vector<Problem> stated;
    const absl::Status built = CreateOne(plan, experiment, registry, stop, &stated).status();
    if (absl::IsCancelled(built)) return built;
    problems.Add(plan.Locate(i, built));
    for (const Problem& warning : stated) found.Add(warning, plan.Locate(i, warning));
  }
  if (warnings != nullptr && problems.empty()) {
    found.Tell(static_cast<int64_t>(probes.size()), *warnings);
  }
  return problems.ToStatus();
}

absl::Status ProbeMissingFiles(const SweepPlan& plan, const PluginRegistry& registry,
                               const std::set<int64_t>& experiments, const std::string& directory,
                               StopFlag stop, absl::string_view afterwards) {
  Problems problems;
  int64_t probes = 0;
  std::set<std::pair<std::string, std::string>> seen;  // fields and names
  for (const int64_t i : experiments) {
    DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment experiment, plan.Make(i));
    const std::vector<FileName> files = FileNamesIn(experiment, registry);
    const auto is_new = [&seen](const FileName& file) {
      return IsMissing(file) && seen.emplace(file.field, file.name).second;
    };
    if (absl::c_count_if(files, is_new) == 0) continue;
    const absl::Status status = CreateOne(plan, experiment, registry, stop).status();
    if (absl::IsCancelled(status)) return status;
    problems.Add(plan.Locate(
        i,
        ExplainMissingFiles(status, plan.path(), experiment, registry, [&](const FileName& file) {
          return absl::StrCat(Remedy(plan, i, directory, file), afterwards);
        })));
    if (++probes == kMaxProbes) break;
  }
  return problems.ToStatus();
}

}  // namespace didact
