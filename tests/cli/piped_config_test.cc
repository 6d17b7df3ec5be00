// Tests a config that comes through a pipe, as from `didact run <(sed ... e.textproto)`.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/cli/tool_test.h"

namespace didact {
namespace {

class PipedConfigTest : public ToolTest {
 protected:
  // Runs the tool while `text` is written once to the pipe `name`.
  ToolResult RunWithPipe(const std::string& name, const std::string& text,
                         const std::vector<std::string>& arguments) const {
    EXPECT_EQ(mkfifo(PathOf(name).c_str(), 0600), 0);
    std::thread writer([this, &name, &text] {
      const int pipe = open(PathOf(name).c_str(), O_WRONLY);
      EXPECT_EQ(write(pipe, text.data(), text.size()), static_cast<ssize_t>(text.size()));
      close(pipe);
    });
    ToolResult result = Run(arguments);
    writer.join();
    unlink(PathOf(name).c_str());
    return result;
  }
};

TEST_F(PipedConfigTest, IsReadOnce) {
  WriteConfig();
  EXPECT_EQ(Run({"run", "e.textproto", "--out=file"}).exit_code, 0);
  const ToolResult result =
      RunWithPipe("pipe", SmallExperiment(), {"run", "pipe", "--out=piped", "--quiet"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_error, "");
  EXPECT_TRUE(SameFiles(Results("piped"), Results("file")));
}

TEST_F(PipedConfigTest, HasFileNamesRelativeToTheWorkingFolder) {
  WriteConfig();
  const ToolResult result =
      RunWithPipe("pipe", "name: 's' base_path: 'e.textproto' point {}", {"validate", "pipe"});
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_EQ(result.standard_output, "pipe: valid\n  experiments  1\n  trials       2\n");
}

}  // namespace
}  // namespace didact
