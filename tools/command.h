// Shared by the tool's subcommands: exit codes, errors and the registry of plugins.

#ifndef DIDACT_TOOLS_COMMAND_H_
#define DIDACT_TOOLS_COMMAND_H_

#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/config/plugin_libraries.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/results/trial_status.h"

namespace didact {

// The tool's exit codes.
enum ExitCode {
  kAllWell = 0,
  kTrialFailed = 1,     // a trial failed or diverged, or a check did not pass
  kWrongRequest = 2,    // nothing was done
  kInterruptedRun = 3,  // stopped by a signal; 'didact resume' continues
};

// Returns the exit code for a run or a sweep with this outcome (CombineOutcomes).
ExitCode ExitCodeOf(TrialStatus outcome);

// Prints `didact: ` and the line, for each line of the message, to standard error.
void PrintError(absl::string_view message);

// Prints the line `didact: warning: ` and the warning to standard error.
void PrintWarning(const std::string& warning);

// Prints the status' message. Returns kWrongRequest, or kInterruptedRun if the request was
// cancelled before it began.
int ReportError(const absl::Status& status);

// Lets the path or paths of an option begin with `~`, which a shell does not expand within
// `--out=~/x`.
void ExpandHomeIn(CLI::Option& option);

// The plugins available to a command.
struct Plugins {
  PluginRegistry registry;
};

// Returns the built-in plugins and those of the libraries in DIDACT_PLUGIN_PATH, in `libraries`
// (from flags), and in `of_config` (from a config), in this order.
// Errors: those of LoadPluginLibrary, with the field for a library of the config; libraries in
// DIDACT_PLUGIN_PATH that cannot be loaded are recorded in the registry.
absl::StatusOr<Plugins> LoadPlugins(const std::vector<std::string>& libraries,
                                    const std::vector<NamedLibrary>& of_config = {});

// Each function adds its subcommand to the tool; when selected, the subcommand writes its exit code
// to `exit_code`. `command_line`: the whole command line, for provenance.
void AddRunCommand(CLI::App& app, const std::vector<std::string>& command_line, int& exit_code);
void AddSweepCommand(CLI::App& app, const std::vector<std::string>& command_line, int& exit_code);
void AddResumeCommand(CLI::App& app, const std::vector<std::string>& command_line, int& exit_code);
void AddExtendCommand(CLI::App& app, const std::vector<std::string>& command_line, int& exit_code);
void AddExportCommand(CLI::App& app, int& exit_code);
void AddValidateCommand(CLI::App& app, int& exit_code);
void AddPluginsCommand(CLI::App& app, int& exit_code);
void AddSelftestCommand(CLI::App& app, int& exit_code);
void AddBenchCommand(CLI::App& app, int& exit_code);

}  // namespace didact

#endif  // DIDACT_TOOLS_COMMAND_H_
