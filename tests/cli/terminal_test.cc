// Tests what the tool prints on a terminal: a pseudo terminal of a given width.

#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using testing::HasSubstr;
using testing::Not;

class TerminalTest : public ToolTest {
 protected:
  // Returns what the tool prints on a terminal with the value `terminal` of TERM.
  std::string Printed(std::vector<std::string> arguments, unsigned short columns,
                      const char* terminal = "xterm") const {
    std::string tool = DataPath("tools/didact");
    std::vector<char*> words = {tool.data()};
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    winsize size = {};
    size.ws_row = 24;
    size.ws_col = columns;
    int descriptor = -1;
    const pid_t process = forkpty(&descriptor, nullptr, nullptr, &size);
    if (process == 0) {
      setenv("TERM", terminal, 1);
      if (chdir(folder().c_str()) == 0) execv(words[0], words.data());
      _exit(127);
    }
    std::string printed;
    char buffer[4096];
    // At the end, reading fails.
    for (ssize_t count; (count = read(descriptor, buffer, sizeof(buffer))) > 0;) {
      printed.append(buffer, static_cast<size_t>(count));
    }
    close(descriptor);
    int status = 0;
    EXPECT_EQ(waitpid(process, &status, 0), process);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << printed;
    return printed;
  }

  // Expects lines of at most `columns` characters.
  static void ExpectFits(const std::string& printed, size_t columns) {
    EXPECT_GT(std::count(printed.begin(), printed.end(), '\n'), 5);
    for (const absl::string_view line : absl::StrSplit(printed, "\r\n")) {
      EXPECT_LE(line.size(), columns) << line;
    }
  }
};

TEST_F(TerminalTest, HelpFits) {
  for (const unsigned short columns : {60, 80, 120}) {
    ExpectFits(Printed({"--help"}, columns), columns);
    for (const char* command : {"run", "sweep", "resume", "extend", "export", "validate", "plugins",
                                "selftest", "bench"}) {
      ExpectFits(Printed({"help", command}, columns), columns);
    }
  }
}

TEST_F(TerminalTest, TheManualFits) {
  for (const unsigned short columns : {80, 120}) {
    ExpectFits(Printed({"plugins"}, columns), columns);
    ExpectFits(Printed({"plugins", "Experiment"}, columns), columns);
    ExpectFits(Printed({"plugins", "Specialization"}, columns), columns);
  }
}

TEST_F(TerminalTest, TablesFit) {
  WriteConfig();
  Write("s.textproto", R"(name: "s" base_path: "e.textproto"
axis { field: "student.width_multiplier" value: ["1", "2"] }
axis { field: "optimizer.learning_rate.value" value: ["0.1", "0.01"] }
)");
  ExpectFits(Printed({"sweep", "s.textproto", "--dry-run"}, 60), 60);
  const std::string printed = Printed({"sweep", "s.textproto", "--out=out", "--threads=1"}, 60);
  const size_t table = printed.find("\nexperiment ");
  ASSERT_NE(table, std::string::npos) << printed;
  ExpectFits(printed.substr(table + 1), 60);
  EXPECT_THAT(printed, HasSubstr("means over finished trials"));
}

TEST_F(TerminalTest, ADumbTerminalGetsNoEscapeSequences) {
  WriteConfig();
  EXPECT_THAT(Printed({"run", "e.textproto", "--out=a"}, 80), HasSubstr("\x1b[K"));
  for (const char* terminal : {"dumb", ""}) {
    const std::string printed = Printed({"run", "e.textproto", "--out=a", "--force"}, 80, terminal);
    EXPECT_THAT(printed, Not(HasSubstr("\x1b")));
    EXPECT_THAT(printed, HasSubstr("took "));
  }
}

}  // namespace
}  // namespace didact
