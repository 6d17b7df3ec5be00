// The command-line tool. Each subcommand is in a file of its own in this folder.

#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/base/floating_point_control.h"
#include "didact/framework/base/version.h"
#include "didact/framework/config/nearest_name.h"
#include "tools/command.h"
#include "tools/launch.h"

namespace didact {
namespace {

// Returns the message for a command line without a known command.
std::string MissingCommand(const CLI::App& app, const std::vector<std::string>& command_line) {
  std::vector<std::string> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(command->get_name());
  }
  const std::string given = command_line.size() > 1 ? command_line[1] : "";
  const std::string nearest = NearestName(given, commands);
  return absl::StrCat(
      "a command must be given, got ", given.empty() ? "nothing" : absl::StrCat("\"", given, "\""),
      nearest.empty() ? "; there are: " : absl::StrCat("; did you mean ", nearest, "? There are: "),
      absl::StrJoin(commands, ", "));
}

// Reports what is wrong with the command line, and where to find help.
int ReportUsageError(const CLI::App& app, const std::vector<std::string>& command_line,
                     const CLI::ParseError& error) {
  const bool has_command = !app.get_subcommands().empty();
  std::string command = app.get_name();
  for (const CLI::App* chosen : app.get_subcommands()) command += " " + chosen->get_name();
  std::cerr << "didact: " << (has_command ? error.what() : MissingCommand(app, command_line))
            << "\n'" << command << " --help' lists what there is.\n";
  return kWrongRequest;
}

int Main(int argc, char** argv) {
  // A write beyond the limit on file sizes then returns an error, like a full disk, and does not
  // end the process.
  std::signal(SIGXFSZ, SIG_IGN);
  CLI::App app{"Didact trains student networks on the outputs of fixed teacher networks.",
               "didact"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "didact " + Version() + " (" + Commit() + ")");
  app.footer(
      "Exit codes: 0 all well, 1 a trial failed or diverged, 2 the request was wrong, 3 "
      "interrupted.\n"
      "'didact COMMAND --help' explains a command.");
  int exit_code = kAllWell;
  const std::vector<std::string> command_line(argv, argv + argc);
  AddRunCommand(app, command_line, exit_code);
  AddSweepCommand(app, command_line, exit_code);
  AddResumeCommand(app, command_line, exit_code);
  AddExtendCommand(app, command_line, exit_code);
  AddExportCommand(app, exit_code);
  AddValidateCommand(app, exit_code);
  AddPluginsCommand(app, exit_code);
  AddSelftestCommand(app, exit_code);
  AddBenchCommand(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Requests for help and version are caught here too.
    const bool answered = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    return answered ? app.exit(error) : ReportUsageError(app, command_line, error);
  } catch (const std::exception& error) {
    std::cerr << "didact: " << error.what() << "\n";
    return kTrialFailed;
  }
  return exit_code;
}

// Returns true for commands that several processes share. The first process alone carries out the
// others.
bool IsShared(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  return command == "sweep" || command == "resume" || command == "extend";
}

// Runs one of several processes of a launcher, of which only the first prints messages.
int SilentMain(int argc, char** argv) {
  if (!IsShared(argc, argv)) return kAllWell;
  std::cout.rdbuf(nullptr);
  std::cerr.rdbuf(nullptr);
  Main(argc, argv);
  return kAllWell;
}

}  // namespace
}  // namespace didact

int main(int argc, char** argv) {
  const didact::StandardFloatingPoint standard;
  return didact::IsSilent() ? didact::SilentMain(argc, argv) : didact::Main(argc, argv);
}
