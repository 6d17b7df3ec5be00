// Detects whether an MPI launcher started this process together with others, and selects which
// process does the work of a command.

#ifndef DIDACT_TOOLS_LAUNCH_H_
#define DIDACT_TOOLS_LAUNCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/execution/executor.h"
#include "tools/command.h"

namespace didact {

// The launch as described by environment variables, which are faster to read than MPI is to query.
struct Launch {
  int64_t rank = 0;
  int64_t size = 0;  // number of processes; 0: unknown
};

// Returns the launch by Open MPI's mpirun, or by any launcher that supports PMIx, such as `srun
// --mpi=pmix`; std::nullopt without a launcher.
std::optional<Launch> LaunchOfThis();

// Returns true if another process that was started together with this one prints the messages.
bool IsSilent();

// Returns an error if several processes were started for a command that a single process carries
// out.
absl::Status RefuseLaunch(const std::string& command);

// Appends to the error of a sweep that another process is working on how several processes share
// it, if this is one of several that Slurm's srun started without MPI. Any other status is returned
// unchanged. `command`: the command line without --shard, e.g. `didact sweep s.textproto`.
absl::Status ExplainSeparateProcesses(const absl::Status& status, absl::string_view command);

// Lets a command that has no flag --shard refuse it with `problem`, which says what has it.
void RefuseShardFlag(CLI::App& command, const std::string& problem);

// The flag --executor, which selects how the trials of a sweep are shared.
struct ExecutorFlag {
  std::string kind = "auto";

  void AddTo(CLI::App& command);
  // `threads`: in each process; 0: all cores assigned to it. The library that uses MPI is loaded
  // only when needed, so that the tool starts faster and works on machines without MPI.
  absl::StatusOr<std::unique_ptr<Executor>> Make(int threads) const;
};

}  // namespace didact

#endif  // DIDACT_TOOLS_LAUNCH_H_
