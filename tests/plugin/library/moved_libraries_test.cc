// Tests a run whose plugin libraries were moved and are named in another order: they are the same
// libraries, so its checkpoints remain valid.

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"
#include "tests/cli/wait_until.h"

namespace didact {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class MovedLibrariesTest : public ToolTest {
 protected:
  MovedLibrariesTest() {
    fs::create_directories(PathOf("old"));
    fs::copy_file(DataPath("tests/cli/libslow.so"), PathOf("old/libslow.so"));
    fs::copy_file(DataPath("tests/plugin/library/libgood.so"), PathOf("old/libgood.so"));
    WriteConfig({
        {"name: \"small\"", "name: \"small\" plugin_library: ['old/libslow.so', 'old/libgood.so']"},
        {"last: 2", "last: 1"},
        {"[didact/Relu] {}", "[didact/didact.loader_test.Bend] {}"},
        {"[didact/HalfSquaredError]", "[didact/didact.slow.SlowLoss]"},
        {"metric { [didact/BoundaryObservability] {} }", ""},
    });
  }

  // Leaves a run in `out` that was interrupted in its first step.
  void MakeInterruptedRun() const {
    const std::string mark = PathOf("mark");
    RunningTool tool(
        {"run", "e.textproto", "--out=out", "--threads=1", "--quiet"}, folder(),
        {"DIDACT_SLOW=step", "DIDACT_SLOW_MILLISECONDS=300", "DIDACT_SLOW_MARK=" + mark});
    ASSERT_TRUE(WaitUntil([&] { return access(mark.c_str(), F_OK) == 0; }));
    tool.Signal(SIGTERM);
    const ToolResult result = tool.Wait();
    ASSERT_EQ(result.exit_code, 3) << result.standard_error;
  }

  // Changes the text of the run's experiment.
  void Edit(const std::string& from, const std::string& to) const {
    std::string text = Read("out/experiment.textproto");
    const size_t place = text.find(from);
    ASSERT_NE(place, std::string::npos) << from << " is not in\n" << text;
    Write("out/experiment.textproto", text.replace(place, from.size(), to));
  }

  // Resumes from the checkpoint.
  void ExpectResumable(const std::vector<std::string>& libraries) const {
    std::vector<std::string> command = {"resume", "out", "--threads=1", "--quiet"};
    for (const std::string& library : libraries) command.push_back("--plugin=" + library);
    const ToolResult result = Run(command);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    const json provenance = json::parse(Read("out/provenance.json"), nullptr, false);
    const json& trial = provenance["trials"][0];
    EXPECT_GE(trial.value("resumed_at", 0), 1) << trial;
    EXPECT_FALSE(trial.contains("notes")) << trial;
  }
};

TEST_F(MovedLibrariesTest, ACheckpointHoldsThoughTheyAreElsewhere) {
  MakeInterruptedRun();
  fs::rename(PathOf("old"), PathOf("new"));
  Edit(PathOf("old/libslow.so"), PathOf("new/libslow.so"));
  Edit(PathOf("old/libgood.so"), PathOf("new/libgood.so"));
  ExpectResumable({PathOf("new/libslow.so"), PathOf("new/libgood.so")});
}

TEST_F(MovedLibrariesTest, ACheckpointHoldsThoughTheirOrderIsAnother) {
  MakeInterruptedRun();
  Edit(PathOf("old/libslow.so"), "LIBRARY");
  Edit(PathOf("old/libgood.so"), PathOf("old/libslow.so"));
  Edit("LIBRARY", PathOf("old/libgood.so"));
  ExpectResumable({PathOf("old/libgood.so"), PathOf("old/libslow.so")});
}

}  // namespace
}  // namespace didact
