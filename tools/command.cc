#include "tools/command.h"

#include <cstdio>
#include <filesystem>
#include <iostream>

#include "absl/strings/str_split.h"
#include "framework/base/status.h"
#include "framework/plugin/loader.h"
#include "plugins/builtin.h"
#include "tools/launch.h"

namespace didact {

void PrintError(absl::string_view message) {
  for (const absl::string_view line : absl::StrSplit(message, '\n')) {
    std::cerr << "didact: " << line << "\n";
  }
}

void PrintWarning(const std::string& warning) {
  std::cerr << "didact: warning: " << warning << std::endl;
}

int ReportError(const absl::Status& status) {
  // Processes that cannot reach each other speak for themselves.
  if (IsSilent() && absl::IsUnavailable(status)) {
    std::fprintf(stderr, "didact: %s\n", std::string(status.message()).c_str());
  }
  PrintError(status.message());
  return absl::IsCancelled(status) ? kInterruptedRun : kWrongRequest;
}

absl::StatusOr<Plugins> LoadPlugins(const std::vector<std::string>& libraries) {
  Plugins plugins;
  DIDACT_RETURN_IF_ERROR(RegisterBuiltinPlugins(plugins.registry));
  DIDACT_ASSIGN_OR_RETURN(plugins.libraries, PluginLibrariesFromEnvironment());
  plugins.libraries.insert(plugins.libraries.end(), libraries.begin(), libraries.end());
  for (std::string& library : plugins.libraries) {
    DIDACT_RETURN_IF_ERROR(LoadPluginLibrary(library, plugins.registry));
    library = std::filesystem::absolute(library).string();
  }
  return plugins;
}

}  // namespace didact
