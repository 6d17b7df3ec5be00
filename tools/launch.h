// Whether an MPI launcher started this process together with others, and who does the work of a
// command then.

#ifndef DIDACT_TOOLS_LAUNCH_H_
#define DIDACT_TOOLS_LAUNCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/execution/executor.h"
#include "tools/command.h"

namespace didact {

// As the launcher's environment variables say; MPI itself is not asked, which takes a while.
struct Launch {
  int64_t rank = 0;
  int64_t size = 0;  // 0: unknown
};

// By Open MPI's mpirun, or any launcher that speaks PMIx, as `srun --mpi=pmix` does; none otherwise.
std::optional<Launch> LaunchOfThis();

// Whether another process, started together with this one, speaks to the user.
bool IsSilent();

// An error where several processes were started and the command is one that a single process does.
absl::Status RefuseLaunch(const std::string& command);

// --executor: who shares the trials of a sweep.
struct ExecutorFlag {
  std::string kind = "auto";

  void AddTo(CLI::App& command);
  // `threads`: in each process; 0: all cores that are its part. The library that speaks MPI is
  // loaded when it is needed, so that the tool starts faster and on machines that have no MPI.
  absl::StatusOr<std::unique_ptr<Executor>> Make(int threads) const;
};

}  // namespace didact

#endif  // DIDACT_TOOLS_LAUNCH_H_
