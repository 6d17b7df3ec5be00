#include "didact/framework/execution/sweep_experiments.h"

#include <utility>

#include "didact/framework/base/status.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/library/used_libraries.h"
#include "didact/framework/results/trial_status.h"
#include "didact/framework/training/describe_metrics.h"

namespace didact {

const ActiveExperiment& SweepExperiments::Activate(int64_t e) {
  Entry* entry = nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    entry = &entries_[e];
  }
  std::call_once(entry->once, [&] { entry->active->status = Make(e, *entry->active); });
  return *entry->active;
}

absl::Status SweepExperiments::Make(int64_t e, ActiveExperiment& active) const {
  active.indexed.experiment = e;
  active.indexed.label = plan_.grid().Label(e);
  for (SweepChange& change : plan_.grid().Changes(e)) {
    active.indexed.overrides.emplace_back(std::move(change.change.path),
                                          std::move(change.change.value));
  }
  DIDACT_ASSIGN_OR_RETURN(active.experiment, plan_.Make(e));
  active.metric_keys =
      DescribeMetrics(*active.experiment, active.experiment->context(registry_, FieldPath()));
  DIDACT_ASSIGN_OR_RETURN(active.directory,
                          RunDirectory::Join(directory_.ExperimentPath(active.indexed.label),
                                             PrintText(**active.experiment, registry_), replaces_));
  return absl::OkStatus();
}

std::unique_ptr<const ActiveExperiment> SweepExperiments::Release(int64_t e) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto entry = entries_.find(e);
  if (entry == entries_.end()) return nullptr;
  std::unique_ptr<const ActiveExperiment> active = std::move(entry->second.active);
  entries_.erase(entry);
  return active;
}

absl::Status SweepExperiments::WriteProvenance(int64_t e, const ActiveExperiment* active) const {
  const PlannedExperiment& planned = plan_.experiments()[e];
  Provenance provenance = provenance_;
  provenance.outcome = TrialStatus::kFinished;
  for (int64_t t = 0; t < planned.trials; ++t) {
    const TrialState& state = states_[planned.first_trial + t];
    if (!HasEnded(state.status())) return absl::OkStatus();
    provenance.outcome = CombineOutcomes(provenance.outcome, state.status());
    provenance.trials.push_back(state.provenance);
  }
  provenance.End();
  const RunDirectory directory = RunDirectory::At(directory_.ExperimentPath(plan_.grid().Label(e)));
  // If the directory does not exist, the trials report why.
  if (!IsDirectory(directory.path())) return absl::OkStatus();
  ActiveExperiment made;
  if (active == nullptr || !active->status.ok()) {
    DIDACT_ASSIGN_OR_RETURN(made.experiment, plan_.Make(e));
    made.metric_keys =
        DescribeMetrics(*made.experiment, made.experiment->context(registry_, FieldPath()));
    active = &made;
  }
  provenance.metric_keys = active->metric_keys;
  if (!registry_.libraries().empty() || plan_.names_data_files()) {
    provenance.plugin_libraries =
        LoadedLibraries(registry_, UsedLibraries(**active->experiment, registry_));
    provenance.data_files =
        DataFilesNamed(provenance_.data_files, DataFileNames(*active->experiment, registry_));
  }
  return didact::WriteProvenance(directory.ProvenancePath(), provenance);
}

absl::Status SweepExperiments::TidyUp() const {
  for (size_t e = 0; e < plan_.experiments().size(); ++e) {
    const int64_t number = static_cast<int64_t>(e);
    const RunDirectory directory =
        RunDirectory::At(directory_.ExperimentPath(plan_.grid().Label(number)));
    if (!IsDirectory(directory.path())) continue;
    DIDACT_RETURN_IF_ERROR(RemoveTemporaries(directory.path()));
    if (!RunEnded(directory.ProvenancePath())) {
      DIDACT_RETURN_IF_ERROR(WriteProvenance(number, /*active=*/nullptr));
    }
  }
  return absl::OkStatus();
}

}  // namespace didact
