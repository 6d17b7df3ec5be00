// Runs the command-line tool as a user does, for end-to-end tests.

#ifndef DIDACT_TESTS_CLI_RUN_TOOL_H_
#define DIDACT_TESTS_CLI_RUN_TOOL_H_

#include <string>
#include <vector>

namespace didact {

// The exit code and the output of a finished process.
struct ToolResult {
  int exit_code = -1;  // 128 + N if signal N ended it, as a shell counts
  std::string standard_output;
  std::string standard_error;
};

// Runs //tools:didact (a data dependency of the test) with these arguments and waits for it.
// Standard input is empty; neither output is a terminal. `directory`: its working directory; the
// test's own if empty. `environment`: NAME=VALUE, added to that of the test. `launcher`: path and
// arguments of a program, to which the tool's command line is appended.
ToolResult RunTool(const std::vector<std::string>& arguments, const std::string& directory = "",
                   const std::vector<std::string>& environment = {},
                   const std::vector<std::string>& launcher = {});

// A process of the tool that runs concurrently with the test.
class RunningTool {
 public:
  explicit RunningTool(const std::vector<std::string>& arguments, const std::string& directory = "",
                       const std::vector<std::string>& environment = {},
                       const std::vector<std::string>& launcher = {});
  ~RunningTool();
  RunningTool(const RunningTool&) = delete;
  RunningTool& operator=(const RunningTool&) = delete;

  void Signal(int signal) const;
  int process() const { return process_; }
  // Returns false once it has ended, even if Wait has not been called.
  bool IsRunning() const;
  // Returns the text that it has written to standard error so far.
  std::string ErrorSoFar() const;
  // Waits for the end. May be called once.
  ToolResult Wait();

 private:
  int process_ = -1;
  std::string output_path_;
  std::string error_path_;
};

// Creates a new empty folder below the test's temporary folder, and returns its path.
std::string NewFolder();

// Returns the path of a file of this tree that is a data dependency of the test, e.g.
// "tools/configs/x.textproto".
std::string DataPath(const std::string& path);

}  // namespace didact

#endif  // DIDACT_TESTS_CLI_RUN_TOOL_H_
