#include "didact/framework/execution/earlier_inputs.h"

#include <string>
#include <utility>

#include "absl/algorithm/container.h"

namespace didact {

EarlierInputs FindEarlierInputs(const RunDirectory& directory, const EarlierProvenance& earlier,
                                absl::Span<const PluginLibraryInfo> used_libraries) {
  EarlierInputs inputs = {earlier.used_libraries, earlier.data_files};
  const std::optional<std::string> sweep = directory.ParentSweep();
  if (!sweep) return inputs;
  EarlierProvenance of_sweep = ReadLatestProvenance(*sweep);
  if (!inputs.files) inputs.files = std::move(of_sweep.data_files);
  if (inputs.libraries || !of_sweep.used_libraries) return inputs;
  inputs.libraries.emplace();
  for (const PluginLibraryInfo& library : *of_sweep.used_libraries) {
    const bool is_used = absl::c_any_of(
        used_libraries, [&](const PluginLibraryInfo& used) { return used.name == library.name; });
    if (is_used) inputs.libraries->push_back(library);
  }
  return inputs;
}

}  // namespace didact
