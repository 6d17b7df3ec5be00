// What a run was computed from until now, before it goes on.

#ifndef DIDACT_FRAMEWORK_EXECUTION_EARLIER_INPUTS_H_
#define DIDACT_FRAMEWORK_EXECUTION_EARLIER_INPUTS_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "framework/config/data_files.h"
#include "framework/plugin/registry.h"
#include "framework/results/provenance.h"
#include "framework/results/run_directory.h"

namespace didact {

struct EarlierInputs {
  // The plugin libraries; nothing: unknown.
  std::optional<std::vector<PluginLibraryInfo>> libraries;
  // The files of data; nothing: unknown.
  std::optional<std::vector<DataFile>> files;
};

// Finds out what the run in `directory` was computed from, of which `earlier` is the provenance. Where that does not say it,
// since an experiment of a sweep that was interrupted has none, the provenance of the sweep does, for those of its
// libraries that have the name of one that is used now.
EarlierInputs FindEarlierInputs(const RunDirectory& directory, const EarlierProvenance& earlier,
                                absl::Span<const PluginLibraryInfo> used_libraries);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EARLIER_INPUTS_H_
