// The command-line tool. Each subcommand is in a file of its own in this folder.

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/base/floating_point_control.h"
#include "didact/framework/base/version.h"
#include "didact/framework/config/nearest_name.h"
#include "tools/command.h"
#include "tools/help_formatter.h"
#include "tools/launch.h"
#include "tools/terminal.h"

namespace didact {
namespace {

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// Returns the arguments behind the tool's name, with "help", "help COMMAND" and "version" replaced
// by the flags that answer them.
std::vector<std::string> Arguments(const CLI::App& app,
                                   const std::vector<std::string>& command_line) {
  std::vector<std::string> arguments(
      command_line.begin() + std::min<size_t>(1, command_line.size()), command_line.end());
  if (arguments.empty()) return arguments;
  if (arguments[0] == "version") arguments[0] = "--version";
  if (arguments[0] != "help") return arguments;
  const std::vector<std::string> names = CommandNames(app);
  if (arguments.size() == 1) return {"--help"};
  const bool known = std::find(names.begin(), names.end(), arguments[1]) != names.end();
  if (known) return {arguments[1], "--help"};
  return {arguments.begin() + 1, arguments.end()};
}

// Returns the message for arguments without a known command.
std::string MissingCommand(const CLI::App& app, const std::vector<std::string>& arguments) {
  const std::vector<std::string> commands = CommandNames(app);
  const std::string given = arguments.empty() ? "" : arguments[0];
  const std::string nearest = NearestName(given, commands);
  return absl::StrCat(
      "a command must be given, got ", given.empty() ? "nothing" : absl::StrCat("\"", given, "\""),
      nearest.empty() ? "; there are: " : absl::StrCat("; did you mean ", nearest, "? There are: "),
      absl::StrJoin(commands, ", "));
}

// Returns "; did you mean --FLAG?" for the first argument that looks like a misspelled flag of the
// command, or nothing.
std::string NearestFlag(const CLI::App& command, const std::vector<std::string>& arguments) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    const std::string flag = argument.substr(0, argument.find('='));
    if (!absl::StartsWith(flag, "-")) continue;
    if (std::find(flags.begin(), flags.end(), flag) != flags.end()) continue;
    const bool short_dash = !absl::StartsWith(flag, "--");
    const std::string nearest = NearestName(short_dash ? "-" + flag : flag, flags);
    return nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?");
  }
  return "";
}

// Reports what is wrong with the command line, and where to find help.
int ReportUsageError(const CLI::App& app, const std::vector<std::string>& arguments,
                     const CLI::ParseError& error) {
  std::string command = app.get_name();
  std::string message = MissingCommand(app, arguments);
  for (const CLI::App* chosen : app.get_subcommands()) {
    command += " " + chosen->get_name();
    message = error.what();
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
      message += NearestFlag(*chosen, arguments);
    }
  }
  std::cerr << "didact: " << message << "\n'" << command << " --help' lists what there is.\n";
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
  // Long enough for the longest line of the help where no terminal determines it.
  constexpr size_t kHelpColumns = 100;
  app.formatter(std::make_shared<HelpFormatter>(
      static_cast<int>(TerminalColumns(STDOUT_FILENO, kHelpColumns))));
  app.footer(
      "Exit codes: 0 all well, 1 a trial failed or diverged, 2 the request was wrong, 3 "
      "interrupted.\n"
      "'didact help COMMAND' explains a command, 'didact version' tells the version.");
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
  const std::vector<std::string> arguments = Arguments(app, command_line);
  try {
    // CLI11 takes them in reverse order.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    // Requests for help and version are caught here too.
    const bool answered = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    return answered ? app.exit(error) : ReportUsageError(app, arguments, error);
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
