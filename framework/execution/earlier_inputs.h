// The plugin libraries and data files with which a run was computed so far.

#ifndef DIDACT_FRAMEWORK_EXECUTION_EARLIER_INPUTS_H_
#define DIDACT_FRAMEWORK_EXECUTION_EARLIER_INPUTS_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/run_directory.h"

namespace didact {

struct EarlierInputs {
  // The plugin libraries; std::nullopt if unknown.
  std::optional<std::vector<PluginLibraryInfo>> libraries;
  // The data files; std::nullopt if unknown.
  std::optional<std::vector<DataFile>> files;
};

// Returns the inputs of the run in `directory`, whose provenance is `earlier`. An experiment of a
// sweep that was interrupted may have no provenance; its inputs are then taken from the provenance
// of the sweep. Of the sweep's libraries, those with the name of a library in `used_libraries`
// count.
EarlierInputs FindEarlierInputs(const RunDirectory& directory, const EarlierProvenance& earlier,
                                absl::Span<const PluginLibraryInfo> used_libraries);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EARLIER_INPUTS_H_
