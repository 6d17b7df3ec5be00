// Tests power failures during an export (see durability_test.cc): the export is complete or does
// not exist, and remains once the tool has ended.

#include <cstddef>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/cli/tool_test.h"
#include "tests/faults/disk_model.h"
#include "tests/faults/recorded_work.h"

namespace didact {
namespace {

class ExportDurabilityTest : public ToolTest, public testing::WithParamInterface<const char*> {
 protected:
  ExportDurabilityTest() : work_(PathOf("work")) {
    work_.Put({{"e.textproto", SmallExperiment()}});
    EXPECT_EQ(work_.Run({"run", "e.textproto", "--out=out"}).exit_code, 0);
  }

  static std::vector<std::string> Command(const std::string& metric) {
    return {"export",
            "out",
            "--out=exported",
            "--force",
            absl::StrCat("--format=", GetParam()),
            absl::StrCat("--metric=", metric)};
  }

  // Returns the export: a file, or a folder with files.
  static DiskImage Exported(const DiskImage& image) {
    DiskImage exported;
    for (const auto& [path, bytes] : image) {
      if (path == "exported" || absl::StartsWith(path, "exported/")) exported[path] = bytes;
    }
    return exported;
  }

  RecordedWork work_;
};

TEST_P(ExportDurabilityTest, WhatIsThereIsWhole) {
  // An earlier export exists at the path.
  ASSERT_EQ(work_.Run(Command("train.loss")).exit_code, 0);
  const DiskImage begin = work_.State();
  const DiskImage before = Exported(begin);
  work_.Put(begin);
  ASSERT_EQ(work_.Record({Command("eval.*")}).exit_code, 0);
  const DiskImage left = work_.State();
  const DiskImage after = Exported(left);
  ASSERT_FALSE(before == after);

  DiskModel disk(begin);
  size_t states_after = 0;
  const std::vector<WriteOperation> operations = work_.Log();
  for (size_t i = 0; i < operations.size(); ++i) {
    ASSERT_EQ(disk.Apply(operations[i]), absl::OkStatus());
    for (const auto& [kept, state] : PossibleStates(disk, i)) {
      const DiskImage exported = Exported(state);
      if (exported == after) ++states_after;
      EXPECT_TRUE(exported.empty() || exported == before || exported == after)
          << "the power fails after " << Describe(operations[i]) << "; what is left: " << kept;
    }
  }
  EXPECT_GT(states_after, 0);
  std::mt19937_64 unused;
  EXPECT_TRUE(disk.Survivors(Kept::kEverything, unused) == left) << "a call was not recorded";
  EXPECT_TRUE(Exported(disk.Survivors(Kept::kNothing, unused)) == after)
      << "it was not flushed at the end";
}

INSTANTIATE_TEST_SUITE_P(Formats, ExportDurabilityTest, testing::Values("csv", "jsonl", "npz"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace didact
