#include "didact/framework/export/export_arrays.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/export/experiment_stack.h"
#include "didact/framework/export/manifest.h"
#include "didact/framework/export/table_row.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/output_file.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/run_directory.h"

namespace didact {

absl::Status ExportArrays(const ResultDirectory& directory, const std::string& folder,
                          MetricFilter& filter, const std::atomic<bool>& stop,
                          ExportReport& report) {
  DIDACT_ASSIGN_OR_RETURN(OutputFile manifest, OutputFile::Create(JoinPath(folder, kManifestFile)));
  DIDACT_RETURN_IF_ERROR(manifest.Append(ManifestBegin(directory)));
  bool is_first = true;
  for (int64_t i = 0; i < directory.experiments(); ++i) {
    absl::StatusOr<std::optional<ResultExperiment>> experiment = directory.Experiment(i);
    if (!experiment.ok()) report.damage.Add(experiment.status());
    if (!experiment.ok()) continue;
    if (!*experiment) ++report.experiments_without_files;
    if (!*experiment) continue;
    DIDACT_ASSIGN_OR_RETURN(
        const ExperimentStack stack,
        ExperimentStack::Look(directory, **std::move(experiment), filter, stop, report.damage));
    for (const TrialStatus status : stack.statuses()) ++report.trials[static_cast<size_t>(status)];
    const std::string file = absl::StrCat(stack.experiment().label, ".npz");
    DIDACT_RETURN_IF_ERROR(stack.Write(JoinPath(folder, file), stop));
    const std::vector<MetricKey> keys =
        ReadMetricKeys(RunDirectory::At(stack.experiment().path).ProvenancePath());
    DIDACT_RETURN_IF_ERROR(manifest.Append(
        absl::StrCat(is_first ? "" : ",", "\n", ManifestEntry(directory, stack, file, keys))));
    is_first = false;
  }
  DIDACT_RETURN_IF_ERROR(filter.Check());
  DIDACT_RETURN_IF_ERROR(manifest.Append(ManifestEnd()));
  return manifest.Commit();
}

}  // namespace didact
