// The command-line tool: one subcommand per file beside this one.

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "framework/base/version.h"
#include "tools/command.h"

namespace didact {
namespace {

int Main(int argc, char** argv) {
  CLI::App app{"Didact trains student networks on the outputs of fixed teacher networks.",
               "didact"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "didact " + Version() + " (" + Commit() + ")");
  app.footer(
      "Exit codes: 0 all well, 1 a trial failed or diverged, 2 the request was wrong, 3 "
      "interrupted.\n"
      "'didact COMMAND --help' explains a command.");
  int exit_code = kAllWell;
  AddRunCommand(app, std::vector<std::string>(argv, argv + argc), exit_code);
  AddValidateCommand(app, exit_code);
  AddPluginsCommand(app, exit_code);
  AddSelftestCommand(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version arrive here too, with exit code 0.
    return app.exit(error) == 0 ? kAllWell : kWrongRequest;
  } catch (const std::exception& error) {
    std::cerr << "didact: " << error.what() << "\n";
    return kTrialFailed;
  }
  return exit_code;
}

}  // namespace
}  // namespace didact

int main(int argc, char** argv) { return didact::Main(argc, argv); }
