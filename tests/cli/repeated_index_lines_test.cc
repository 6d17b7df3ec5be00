// Tests a sweep's index.jsonl with several lines for the end of one trial: the last one is valid.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

class RepeatedIndexLinesTest : public ToolTest {
 protected:
  RepeatedIndexLinesTest() {
    WriteConfig({{"last: 2", "last: 1"}});
    Write("s.textproto", R"(
      name: "sweep"
      base_path: "e.textproto"
      axis { field: "student.width_multiplier" value: "1" value: "2" })");
    EXPECT_EQ(Run(Sweep()).exit_code, 0);
    for (const std::string& line : Lines()) {
      const ordered_json entry = ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (entry["experiment"] == 0 && entry["status"] == "finished") finished_ = entry;
    }
    EXPECT_TRUE(finished_.is_object());
    failed_ = finished_;
    failed_["status"] = "failed";
    failed_["message"] = "the disk was full";
    failed_.erase("numbers");
  }

  static std::vector<std::string> Sweep() {
    return {"sweep", "s.textproto", "--out=out", "--threads=1", "--quiet"};
  }

  std::vector<std::string> Lines() const {
    return absl::StrSplit(Read("out/index.jsonl"), '\n', absl::SkipEmpty());
  }
  void PutFirst(const ordered_json& entry) const {
    Write("out/index.jsonl", absl::StrCat(entry.dump(), "\n", Read("out/index.jsonl")));
  }
  void PutLast(const ordered_json& entry) const {
    Write("out/index.jsonl", absl::StrCat(Read("out/index.jsonl"), entry.dump(), "\n"));
  }

  ordered_json finished_;
  ordered_json failed_;
};

TEST_F(RepeatedIndexLinesTest, ATrialThatFinishedAfterItHadFailedHasFinished) {
  PutFirst(failed_);
  const std::string before = Read("out/index.jsonl");
  const ToolResult again = Run(Sweep());
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.standard_error, HasSubstr("out: holds a finished sweep"));
  EXPECT_EQ(Read("out/index.jsonl"), before);
  EXPECT_THAT(Run({"export", "out"}).standard_output, Not(HasSubstr("failed")));
}

TEST_F(RepeatedIndexLinesTest, ATrialThatFailedAfterItHadFinishedIsToBeDone) {
  PutLast(failed_);
  const ToolResult again = Run(Sweep());
  EXPECT_EQ(again.exit_code, 0) << again.standard_error;
  const ordered_json last = ordered_json::parse(Lines().back(), nullptr, false);
  EXPECT_EQ(last["experiment"], 0);
  EXPECT_EQ(last["status"], "finished");
}

TEST_F(RepeatedIndexLinesTest, TheTableShowsTheNumbersOfTheLast) {
  const std::vector<std::string> resume = {"resume", "out", "--threads=1"};
  const std::string table = Run(resume).standard_output;
  ordered_json other = finished_;
  other["numbers"]["eval.loss"] = 4711.0;
  PutFirst(other);
  EXPECT_EQ(Run(resume).standard_output, table);
  PutLast(other);
  EXPECT_THAT(Run(resume).standard_output, HasSubstr("  4711  "));
}

}  // namespace
}  // namespace didact
