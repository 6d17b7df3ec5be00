#include "tools/run_flags.h"

#include <csignal>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/execution/thread_arena.h"
#include "tools/command.h"
#include "tools/simd_flag.h"

namespace didact {
namespace {

constexpr int kMaxThreads = 4096;

std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free, "written by a signal handler");

// A validator for CLI11: returns an error text, or an empty text if the value is valid.
std::string CheckThreads(const std::string& text) {
  int threads = 0;
  if (absl::SimpleAtoi(text, &threads) && threads >= 1 && threads <= kMaxThreads) return "";
  return absl::StrCat("must be a whole number from 1 to ", kMaxThreads, ", got \"", text, "\"");
}

std::string CheckOut(const std::string& text) {
  return text.empty() ? "must be a folder, got nothing" : "";
}

}  // namespace

void RunFlags::AddFlags(CLI::App& command, const std::string& noun) {
  ExpandHomeIn(
      *command
           .add_option("--out", out, "Where results go; default: runs/ and the name in the config")
           ->type_name("DIR")
           ->check(CheckOut));
  command.add_flag("--force", force, absl::StrCat("Replace a ", noun, " that is there"));
  AddExecutionFlags(command);
}

void RunFlags::AddExecutionFlags(CLI::App& command) {
  command.add_option("--threads", threads, "Trials trained at a time; default: all cores")
      ->type_name("N")
      ->check(CheckThreads);
  AddSimdFlag(command);
  command.add_flag("--quiet", quiet, "Print nothing but errors");
}

void RunFlags::AddAllowedChanges(CLI::App& command) {
  command.add_flag("--allow-changed-plugins", allow_changed_plugins,
                   "Go on though what is there was computed with other plugin libraries, by their "
                   "bytes");
  command.add_flag("--allow-changed-files", allow_changed_files,
                   "Go on though files of data have other bytes than when what is there was "
                   "computed");
}

int RunFlags::ThreadCount() const { return threads > 0 ? threads : AvailableCores(); }

std::string RunFlags::Directory(const std::string& name) const {
  return out.empty() ? absl::StrCat("runs/", name) : out;
}

const std::atomic<bool>& StopOnSignals() {
  struct sigaction action = {};
  action.sa_handler = [](int signal) {
    if (!stop_requested.exchange(true)) return;
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // mpirun forwards this signal; after the other two it soon kills its processes.
  sigaction(SIGUSR1, &action, nullptr);
  return stop_requested;
}

}  // namespace didact
