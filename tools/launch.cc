#include "tools/launch.h"

#include <dlfcn.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/execution/thread_arena.h"

namespace didact {
namespace {

std::optional<int64_t> NumberFromEnvironment(const char* name) {
  const char* const text = std::getenv(name);
  int64_t number = 0;
  if (text == nullptr || !absl::SimpleAtoi(text, &number)) return std::nullopt;
  return number;
}

absl::StatusOr<std::unique_ptr<Executor>> LoadMpiExecutor(int threads) {
  constexpr char kLibrary[] = "libdidact_mpi.so";
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
