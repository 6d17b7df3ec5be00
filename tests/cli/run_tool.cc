#include "tests/cli/run_tool.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "gtest/gtest.h"

namespace didact {
namespace {

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Between fork and exec, only async-signal-safe calls are made.
[[noreturn]] void Exec(const std::vector<char*>& arguments, const std::vector<char*>& environment,
                       const char* directory, const char* output, const char* error) {
  constexpr mode_t kMode = 0600;
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(open(output, O_WRONLY | O_CREAT | O_TRUNC, kMode), STDOUT_FILENO);
  dup2(open(error, O_WRONLY | O_CREAT | O_TRUNC, kMode), STDERR_FILENO);
  if (*directory == '\0' || chdir(directory) == 0) {
    execve(arguments[0], arguments.data(), environment.data());
  }
  _exit(127);
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

RunningTool::RunningTool(const std::vector<std::string>& arguments, const std::string& directory,
                         const std::vector<std::string>& environment,
                         const std::vector<std::string>& launcher) {
  const std::string folder = NewFolder();
  output_path_ = folder + "/stdout";
  error_path_ = folder + "/stderr";
  std::vector<std::string> words = launcher;
  words.push_back(DataPath("tools/didact"));
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment;
  // Each variable is set once, and temporary files are in a folder that is removed with the test.
  const auto add = [&variables](const std::string& variable) {
    const std::string name = variable.substr(0, variable.find('=') + 1);
    for (const std::string& other : variables) {
      if (other.starts_with(name)) return;
    }
    variables.push_back(variable);
  };
  add("TMPDIR=" + folder);
  for (char** variable = environ; *variable != nullptr; ++variable) add(*variable);
  const std::vector<char*> word_pointers = Pointers(words);
  const std::vector<char*> variable_pointers = Pointers(variables);
  process_ = fork();
  if (process_ == 0) {
    Exec(word_pointers, variable_pointers, directory.c_str(), output_path_.c_str(),
         error_path_.c_str());
  }
}

RunningTool::~RunningTool() {
  if (process_ <= 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void RunningTool::Signal(int signal) const {
  ASSERT_GT(process_, 0) << "no process to signal";
  kill(process_, signal);
}

bool RunningTool::IsRunning() const {
  siginfo_t information = {};
  return process_ > 0 &&
         waitid(P_PID, static_cast<id_t>(process_), &information, WEXITED | WNOHANG | WNOWAIT) ==
             0 &&
         information.si_pid == 0;
}

std::string RunningTool::ErrorSoFar() const { return ReadAll(error_path_); }

ToolResult RunningTool::Wait() {
  ToolResult result;
  if (process_ <= 0) {
    ADD_FAILURE() << "no process to wait for";
    return result;
  }
  int status = 0;
  EXPECT_EQ(waitpid(process_, &status, 0), process_);
  process_ = -1;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.standard_output = ReadAll(output_path_);
  result.standard_error = ReadAll(error_path_);
  return result;
}

ToolResult RunTool(const std::vector<std::string>& arguments, const std::string& directory,
                   const std::vector<std::string>& environment,
                   const std::vector<std::string>& launcher) {
  return RunningTool(arguments, directory, environment, launcher).Wait();
}

std::string NewFolder() {
  std::string pattern = testing::TempDir() + "/folder_XXXXXX";
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  return pattern;
}

std::string DataPath(const std::string& path) {
  const char* const root = std::getenv("TEST_SRCDIR");
  const char* const workspace = std::getenv("TEST_WORKSPACE");
  EXPECT_NE(root, nullptr) << "run this test through Bazel";
  if (root == nullptr || workspace == nullptr) return path;
  return std::string(root) + "/" + workspace + "/" + path;
}

}  // namespace didact
