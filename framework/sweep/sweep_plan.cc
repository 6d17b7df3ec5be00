#include "didact/framework/sweep/sweep_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/config/override.h"
#include "didact/framework/config/plugin_libraries.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/library/used_libraries.h"

namespace didact {
namespace {

// More problems than these would not help the user.
constexpr size_t kMaxProblems = 50;

}  // namespace

absl::StatusOr<SweepPlan> SweepPlan::Create(Sweep sweep, SweepGrid grid, const FieldPath& base_path,
                                            const PluginRegistry& registry) {
  SweepPlan plan(std::move(sweep), std::move(grid), base_path, registry);
  DIDACT_RETURN_IF_ERROR(plan.Plan());
  return plan;
}

SweepPlan::SweepPlan(Sweep sweep, SweepGrid grid, const FieldPath& base_path,
                     const PluginRegistry& registry)
    : sweep_(std::move(sweep)),
      grid_(std::move(grid)),
      base_path_(base_path),
      registry_(&registry) {
  Experiment base = sweep_.base();
  base_problems_ = ProblemsOf(ResolveExperiment(base, registry, base_path));
}

absl::Status SweepPlan::Plan() {
  Problems problems;
  std::set<std::string> used;  // canonical paths of plugin libraries
  NamesSeen names;
  int64_t trials = 0;
  for (int64_t i = 0; i < grid_.size(); ++i) {
    const absl::StatusOr<ResolvedExperiment> made = Make(i, names);
    if (!made.ok()) {
      problems.Add(made.status());
      if (problems.size() < kMaxProblems) continue;
      problems.Add(absl::InvalidArgumentError("and perhaps more problems"));
      break;
    }
    PlannedExperiment& planned = experiments_.emplace_back();
    const Experiment& experiment = *made;
    planned.first_seed = experiment.seed().first();
    planned.trials = static_cast<int64_t>(experiment.seed().last() - experiment.seed().first() + 1);
    planned.first_trial = trials;
    planned.trial_cost =
        EstimateTrialCost(experiment, *registry_, made->context(*registry_, base_path_));
    for (const PluginLibraryInfo& library : UsedLibraries(experiment, *registry_)) {
      used.insert(library.canonical_path);
    }
    trials += planned.trials;
    if (trials > kMaxSweepTrials) {
      return FieldPath(grid_.file())
          .Invalid(absl::StrCat("must make at most ", kMaxSweepTrials, " trials, got more"));
    }
  }
  for (const PluginLibraryInfo& library : registry_->libraries()) {
    if (used.contains(library.canonical_path)) used_libraries_.push_back(library);
  }
  if (problems.empty()) problems.Add(CheckDistinctValues());
  RecordPluginLibraries(used_libraries_, *registry_, *sweep_.mutable_base());
  if (!names.uses_folder) sweep_.clear_folder();
  names_data_files_ = names.of_data;
  return problems.ToStatus();
}

absl::Status SweepPlan::CheckDistinctValues() const {
  Problems problems;
  for (int a = 0; a < sweep_.axis_size(); ++a) {
    const Axis& axis = sweep_.axis(a);
    std::map<std::string, int> seen;  // serialized experiment -> position on the axis
    for (int v = 0; v < axis.value_size(); ++v) {
      const int64_t i = grid_.ExperimentWith(a, v);
      DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment experiment, Make(i));
      const auto [first, is_new] = seen.try_emplace(experiment->SerializeAsString(), v);
      if (is_new) continue;
      const std::vector<SweepChange> changes = grid_.Changes(i);
      const auto change = absl::c_find_if(
          changes, [&axis](const SweepChange& other) { return other.change.path == axis.field(); });
      problems.Add(absl::InvalidArgumentError(
          absl::StrCat(change->value_place, ": must not be there twice, got ", axis.value(v),
                       ", which makes the same experiment as value[", first->second, "], ",
                       axis.value(first->second))));
    }
  }
  return problems.ToStatus();
}

int64_t SweepPlan::trials() const {
  return experiments_.empty() ? 0 : experiments_.back().first_trial + experiments_.back().trials;
}

int64_t SweepPlan::ExperimentOf(int64_t trial) const {
  const auto next = std::upper_bound(
      experiments_.begin(), experiments_.end(), trial,
      [](int64_t t, const PlannedExperiment& planned) { return t < planned.first_trial; });
  return next - experiments_.begin() - 1;
}

absl::StatusOr<Experiment> SweepPlan::Change(int64_t i) const {
  Experiment experiment = sweep_.base();
  Problems problems;
  for (const SweepChange& change : grid_.Changes(i)) {
    problems.Add(ApplyOverride(change.change, *registry_, FieldPath(change.field_place),
                               change.value_place, experiment));
  }
  DIDACT_RETURN_IF_ERROR(problems.ToStatus());
  return experiment;
}

absl::StatusOr<ResolvedExperiment> SweepPlan::Make(int64_t i) const {
  NamesSeen names;
  return Make(i, names);
}

absl::StatusOr<ResolvedExperiment> SweepPlan::Make(int64_t i, NamesSeen& seen) const {
  DIDACT_ASSIGN_OR_RETURN(Experiment experiment, Change(i));
  ChangeFileNames(*registry_, experiment, [&](const std::string& field, const std::string& name) {
    const std::string expanded = ExpandHome(name);
    std::string absolute = JoinPath(sweep_.folder(), expanded);
    seen.uses_folder = seen.uses_folder || absolute != expanded;
    seen.of_data = seen.of_data || NamesData(field);
    return absolute;
  });
  absl::StatusOr<ResolvedExperiment> resolved =
      ResolvedExperiment::Create(std::move(experiment), *registry_, base_path_);
  if (!resolved.ok()) return Locate(i, resolved.status());
  return resolved;
}

absl::StatusOr<std::vector<FileName>> SweepPlan::DataFileNames(
    const std::set<int64_t>& experiments) const {
  std::vector<FileName> names;
  if (!names_data_files_) return names;
  std::set<std::pair<std::string, std::string>> seen;
  for (const int64_t i : experiments) {
    DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment experiment, Make(i));
    for (FileName& name : didact::DataFileNames(experiment, *registry_)) {
      if (seen.emplace(name.field, name.name).second) names.push_back(std::move(name));
    }
  }
  return names;
}

std::set<int64_t> SweepPlan::AllExperiments() const {
  std::set<int64_t> experiments;
  for (int64_t i = 0; i < grid_.size(); ++i) experiments.insert(experiments.end(), i);
  return experiments;
}

Problem SweepPlan::Locate(int64_t i, const Problem& problem) const {
  if (!base_path_.Contains(problem.path)) return problem;
  const FieldPath field = FieldPath().Field(base_path_.PathWithin(problem.path));
  // A problem of the base as a whole, reported at the field of the sweep's file, belongs to no
  // single experiment.
  if (field == FieldPath() && base_path_ != FieldPath(base_path_.origin())) return problem;
  const auto at = [&](absl::string_view origin) {
    return Problem{FieldPath(origin).Field(field.path()), problem.text, problem.plugin};
  };
  const std::vector<SweepChange> changes = grid_.Changes(i);
  // If several changes set a field, the last one is in effect.
  const auto cause =
      std::find_if(changes.rbegin(), changes.rend(), [&field](const SweepChange& change) {
        return FieldPath().Field(change.change.path).Contains(field);
      });
  if (cause != changes.rend()) return at(cause->value_place);
  if (absl::c_linear_search(base_problems_, problem)) return problem;
  return at(absl::StrCat(base_path_.origin(), ": experiment ", grid_.Label(i)));
}

absl::Status SweepPlan::Locate(int64_t i, const absl::Status& status) const {
  if (status.ok()) return status;
  std::vector<Problem> problems = ProblemsOf(status);
  for (Problem& problem : problems) problem = Locate(i, problem);
  return StatusOf(status.code(), problems);
}

}  // namespace didact
