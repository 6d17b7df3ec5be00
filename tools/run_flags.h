// What commands that train share: their flags, and how signals end them.

#ifndef DIDACT_TOOLS_RUN_FLAGS_H_
#define DIDACT_TOOLS_RUN_FLAGS_H_

#include <atomic>
#include <string>

#include "tools/command.h"

namespace didact {

struct RunFlags {
  std::string out;
  int threads = 0;
  bool force = false;
  bool quiet = false;
  bool allow_changed_plugins = false;
  bool allow_changed_files = false;

  // Adds --out, --threads, --simd, --force and --quiet. `noun`: "run" or "sweep".
  void AddFlags(CLI::App& command, const std::string& noun);
  // Adds those of them that do not say where results go: --threads, --simd and --quiet.
  void AddExecutionFlags(CLI::App& command);
  // Adds --allow-changed-plugins and --allow-changed-files, for commands that go on with what is there.
  void AddAllowedChanges(CLI::App& command);

  // The flag's, or all cores.
  int ThreadCount() const;
  // The flag's, or runs/NAME.
  std::string Directory(const std::string& name) const;
};

// From now on the first SIGINT, SIGTERM or SIGUSR1 sets what is returned, and the second ends the
// process.
const std::atomic<bool>& StopOnSignals();

}  // namespace didact

#endif  // DIDACT_TOOLS_RUN_FLAGS_H_
