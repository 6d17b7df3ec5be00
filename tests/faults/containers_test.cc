// Tests parts of a sweep in containers that share a folder: every process has the id 1.

#include <memory>
#include <string>
#include <vector>

#include "tests/faults/fault_test.h"

namespace didact {
namespace {

class ContainersTest : public FaultTest {
 protected:
  ContainersTest() : FaultTest("0.001", "2") {
    Write("s.textproto", R"(
      name: "sweep"
      base_path: "e.textproto"
      axis { field: "student.width_multiplier" value: "1" value: "2" })");
  }

  static std::vector<std::string> SweepCommand(const std::string& out,
                                               const std::string& shard = "") {
    std::vector<std::string> command = {"sweep", "s.textproto", "--out=" + out, "--threads=1",
                                        "--quiet"};
    if (!shard.empty()) command.push_back("--shard=" + shard);
    return command;
  }
};

TEST_F(ContainersTest, PartsThatBeginTogetherDoNotTakeEachOthersFiles) {
  const std::vector<std::string> in_container = {"LD_PRELOAD=" +
                                                 DataPath("tests/faults/libone_process_id.so")};
  ASSERT_EQ(Run(SweepCommand("undisturbed")).exit_code, 0);

  constexpr int kRounds = 40;
  for (int round = 0; round < kRounds; ++round) {
    const std::string out = "out" + std::to_string(round);
    std::vector<std::unique_ptr<RunningTool>> parts;
    for (const char* shard : {"0/2", "1/2"}) {
      parts.push_back(
          std::make_unique<RunningTool>(SweepCommand(out, shard), folder(), in_container));
    }
    for (const auto& part : parts) {
      const ToolResult result = part->Wait();
      EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    }
    for (const char* label : {"000-width_multiplier=1", "001-width_multiplier=2"}) {
      const std::string experiment = std::string("/experiments/") + label + "/trials";
      ExpectSame(Contents(out + experiment), Contents("undisturbed" + experiment));
    }
  }
}

}  // namespace
}  // namespace didact
