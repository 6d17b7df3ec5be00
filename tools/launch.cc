#include "tools/launch.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "didact/framework/base/floating_point_control.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/base/status.h"
#include "didact/framework/execution/thread_arena.h"
#include "didact/framework/io/file.h"

namespace didact {
namespace {

std::optional<int64_t> NumberFromEnvironment(const char* name) {
  const char* const text = std::getenv(name);
  int64_t number = 0;
  if (text == nullptr || !absl::SimpleAtoi(text, &number)) return std::nullopt;
  return number;
}

// A launcher lets each of its processes use MPI once: a second program in the place of one that has
// ended would be stopped with many lines about Open MPI's state. A file in the launcher's folder,
// which it removes at its end, shows that there was one.
absl::Status CheckUsesMpiOnce() {
  const char* const folder = std::getenv("PMIX_SERVER_TMPDIR");
  const std::optional<Launch> launch = LaunchOfThis();
  if (folder == nullptr || !launch) return absl::OkStatus();
  const char* const job = std::getenv("PMIX_NAMESPACE");
  const std::string name = absl::StrReplaceAll(job == nullptr ? "" : job, {{"/", "_"}});
  const std::string path =
      JoinPath(folder, absl::StrCat("didact_has_used_mpi.", name, ".", launch->rank));
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    close(descriptor);
  } else if (errno == EEXIST) {
    return absl::FailedPreconditionError(
        "MPI: an earlier command in this place of the launcher has used MPI, which one launch "
        "allows once; start each command by an mpirun of its own: mpirun ... didact sweep A; "
        "mpirun "
        "... didact sweep B");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Executor>> LoadMpiExecutor(int threads) {
  constexpr char kLibrary[] = "libdidact_mpi.so";
  DIDACT_RETURN_IF_ERROR(CheckUsesMpiOnce());
  // Libraries that Open MPI loads may change the control of this thread.
  const StandardFloatingPoint standard;
  // Open MPI's own plug-ins need its symbols, hence RTLD_GLOBAL. The library is never unloaded.
  void* const library = dlopen(kLibrary, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
  if (library == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("an MPI launcher started this process, but the library that speaks MPI cannot "
                     "be loaded: ",
                     dlerror(),
                     "; without it, give --executor=threads, and --shard=I/N to share "
                     "the trials"));
  }
  using Make = Executor*(int threads, std::string* error);
  auto* const make = reinterpret_cast<Make*>(dlsym(library, "DidactMakeMpiExecutor"));
  if (make == nullptr) {
    return absl::UnavailableError(absl::StrCat(kLibrary, ": is of another version of Didact"));
  }
  std::string error;
  std::unique_ptr<Executor> executor(make(threads, &error));
  if (executor == nullptr) return absl::UnavailableError(error);
  return executor;
}

}  // namespace

std::optional<Launch> LaunchOfThis() {
  std::optional<int64_t> rank = NumberFromEnvironment("OMPI_COMM_WORLD_RANK");
  if (!rank) rank = NumberFromEnvironment("PMIX_RANK");
  if (!rank) return std::nullopt;
  std::optional<int64_t> size = NumberFromEnvironment("OMPI_COMM_WORLD_SIZE");
  if (!size) size = NumberFromEnvironment("SLURM_STEP_NUM_TASKS");
  return Launch{*rank, size.value_or(0)};
}

bool IsSilent() {
  const std::optional<Launch> launch = LaunchOfThis();
  return launch && launch->rank > 0;
}

absl::Status RefuseLaunch(const std::string& command) {
  const std::optional<Launch> launch = LaunchOfThis();
  if (!launch || launch->size <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'didact ", command, "' is done by one process, and ", launch->size,
                   " were started; those of a launcher share the trials of a sweep"));
}

absl::Status ExplainSeparateProcesses(const absl::Status& status, absl::string_view command) {
  const std::optional<int64_t> tasks = NumberFromEnvironment("SLURM_STEP_NUM_TASKS");
  const bool is_in_use = absl::IsFailedPrecondition(status) &&
                         absl::StrContains(status.message(), "another process is working on it");
  if (!is_in_use || LaunchOfThis() || !tasks || *tasks < 2) return status;
  return AppendText(
      status, absl::StrCat("; srun started ", *tasks,
                           " processes that do not know of each other: give each a part of the "
                           "trials, srun -n ",
                           *tasks, " bash -c '", command, " --shard=$SLURM_PROCID/", *tasks,
                           "', or let them share the trials by MPI, srun --mpi=pmix -n ", *tasks,
                           " ", command));
}

void RefuseShardFlag(CLI::App& command, const std::string& problem) {
  command
      .add_option_function<std::string>(
          "--shard",
          [problem](const std::string&) {
            throw CLI::ValidationError("--shard: " + problem, CLI::ExitCodes::ValidationError);
          },
          "")
      ->group("");
}

void ExecutorFlag::AddTo(CLI::App& command) {
  command
      .add_option("--executor", kind,
                  "Who shares the trials: threads of this process, all processes that an MPI "
                  "launcher started, or auto, the latter if there was one")
      ->type_name("threads|mpi|auto")
      ->check([](const std::string& text) {
        return text == "threads" || text == "mpi" || text == "auto"
                   ? std::string()
                   : absl::StrCat("must be threads, mpi or auto, got \"", text, "\"");
      });
}

absl::StatusOr<std::unique_ptr<Executor>> ExecutorFlag::Make(int threads) const {
  if (kind == "mpi" || (kind == "auto" && LaunchOfThis())) return LoadMpiExecutor(threads);
  return MakeThreadExecutor(threads > 0 ? threads : AvailableCores());
}

}  // namespace didact
