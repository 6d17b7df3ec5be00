#include "tools/command.h"

#include <cstdio>
#include <iostream>

#include "absl/strings/str_split.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/library/loader.h"
#include "didact/plugins/builtin.h"
#include "tools/launch.h"

namespace didact {

ExitCode ExitCodeOf(TrialStatus outcome) {
  if (!HasEnded(outcome)) return kInterruptedRun;
  return outcome == TrialStatus::kFinished ? kAllWell : kTrialFailed;
}

void PrintError(absl::string_view message) {
  for (const absl::string_view line : absl::StrSplit(message, '\n')) {
    std::cerr << "didact: " << line << "\n";
  }
}

void PrintWarning(const std::string& warning) {
  std::cerr << "didact: warning: " << warning << std::endl;
}

int ReportError(const absl::Status& status) {
  // If processes cannot reach each other, all of them report it, even those that are otherwise
  // silent.
  if (IsSilent() && absl::IsUnavailable(status)) {
    std::fprintf(stderr, "didact: %s\n", std::string(status.message()).c_str());
  }
  PrintError(status.message());
  return absl::IsCancelled(status) ? kInterruptedRun : kWrongRequest;
}

void ExpandHomeIn(CLI::Option& option) {
  option.transform([](const std::string& path) { return ExpandHome(path); });
}

absl::StatusOr<Plugins> LoadPlugins(const std::vector<std::string>& libraries,
                                    const std::vector<NamedLibrary>& of_config) {
  Plugins plugins;
  DIDACT_RETURN_IF_ERROR(RegisterBuiltinPlugins(plugins.registry));
  LoadPluginLibrariesFromEnvironment(plugins.registry);
  for (const std::string& file : libraries) {
    DIDACT_RETURN_IF_ERROR(LoadPluginLibrary(file, plugins.registry));
  }
  for (const NamedLibrary& library : of_config) {
    DIDACT_RETURN_IF_ERROR(
        AnnotateWithPath(LoadPluginLibrary(library.file, plugins.registry), library.field));
  }
  return plugins;
}

}  // namespace didact
