// Shared by commands that train: their flags, and the handling of signals.

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
  // Adds only --threads, --simd and --quiet.
  void AddExecutionFlags(CLI::App& command);
  // Adds --allow-changed-plugins and --allow-changed-files, for commands that continue existing
  // results.
  void AddAllowedChanges(CLI::App& command);

  // Returns the value of the flag, or the number of all cores.
  int ThreadCount() const;
  // Returns the value of the flag, or runs/NAME.
  std::string Directory(const std::string& name) const;
};

// After this call, the first SIGINT, SIGTERM or SIGUSR1 sets the returned flag, and the second ends
// the process.
const std::atomic<bool>& StopOnSignals();

}  // namespace didact

#endif  // DIDACT_TOOLS_RUN_FLAGS_H_
