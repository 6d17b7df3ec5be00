#include "tools/bench/torch_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"

namespace didact {
namespace {

constexpr char kPython[] = "/usr/bin/python3";
constexpr char kScript[] = "tools/bench/torch_baselines/main.py";

absl::StatusOr<std::string> FindScript() {
  namespace fs = std::filesystem;
  std::error_code error;
  const std::string program = fs::read_symlink("/proc/self/exe", error).string();
  for (const std::string& path :
       {absl::StrCat(program, ".runfiles/didact/", kScript), std::string(kScript)}) {
    if (fs::exists(path, error)) return path;
  }
  return absl::FailedPreconditionError(absl::StrCat("--baseline=torch: no ", kScript,
                                                    " here; run the bench at the top of the tree"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TorchProcess>> TorchProcess::Start() {
  DIDACT_ASSIGN_OR_RETURN(std::string script, FindScript());
  // Ask reports the end of the child as an error; without this, a signal would end the program.
  std::signal(SIGPIPE, SIG_IGN);
  int to[2];
  int from[2];
  if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) {
    return absl::InternalError("--baseline=torch: cannot make a pipe");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  std::string python = kPython;
  // Keeps Python from writing files beside the script.
  std::string option = "-B";
  char* arguments[] = {python.data(), option.data(), script.data(), nullptr};
  pid_t process = -1;
  const int error = posix_spawn(&process, kPython, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(to[0]);
  close(from[1]);
  if (error != 0) {
    close(to[1]);
    close(from[0]);
    return absl::FailedPreconditionError(absl::StrCat("--baseline=torch: cannot run ", kPython,
                                                      "; 'tools/setup --bench' installs it"));
  }
  std::unique_ptr<TorchProcess> torch(
      new TorchProcess(process, fdopen(to[1], "w"), fdopen(from[0], "r")));
  absl::StatusOr<nlohmann::json> ready = torch->Read();
  if (!ready.ok()) return absl::FailedPreconditionError(ready.status().message());
  for (const std::string& line : ready->value("ready", std::vector<std::string>())) {
    absl::StrAppend(&torch->description_, "  ", line, "\n");
  }
  return torch;
}

TorchProcess::~TorchProcess() {
  // The script ends when its input ends.
  std::fclose(to_);
  std::fclose(from_);
  waitpid(process_, nullptr, 0);
}

absl::StatusOr<nlohmann::json> TorchProcess::Ask(const nlohmann::json& request) {
  const std::string line = request.dump() + "\n";
  std::fputs(line.c_str(), to_);
  std::fflush(to_);
  return Read();
}

absl::StatusOr<nlohmann::json> TorchProcess::Read() {
  char* line = nullptr;
  size_t capacity = 0;
  const ssize_t length = getline(&line, &capacity, from_);
  const std::unique_ptr<char, void (*)(void*)> owner(line, std::free);
  if (length < 0) return absl::InternalError("--baseline=torch: the script has ended");
  nlohmann::json answer = nlohmann::json::parse(line, line + length, nullptr, false);
  if (!answer.is_object())
    return absl::InternalError("--baseline=torch: the script gave no answer");
  if (answer.contains("error")) {
    return absl::InternalError(
        absl::StrCat("--baseline=torch: ", answer["error"].get<std::string>()));
  }
  return answer;
}

}  // namespace didact
