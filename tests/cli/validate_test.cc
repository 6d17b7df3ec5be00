// Tests `didact validate`, which prints what an experiment would do and does nothing.

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/io/npz.h"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

class ValidateTest : public ToolTest {};

TEST_F(ValidateTest, SaysWhatARunWouldDo) {
  WriteConfig();
  const auto before = Contents();
  const ToolResult result = Run({"validate", "e.textproto"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_error, "");
  EXPECT_EQ(result.standard_output,
            "e.textproto: valid\n"
            "  teacher   6 -> 4 -> 3\n"
            "  student   6 -> 8 -> 3\n"
            "  trials    2 (seeds 1 to 2)\n"
            "  training  3 epochs of 10 steps\n"
            "  looked at seed 1; a run looks at each when its trial begins\n");
  EXPECT_TRUE(SameFiles(Contents(), before));
}

TEST_F(ValidateTest, ShowsTheShapesOfImages) {
  const std::vector<double> elements(60 * 2 * 6 * 5, 0.5);
  ASSERT_TRUE(
      WriteNpz(PathOf("x.npz"),
               std::vector<NamedArray>{{"x", MakeNpyArray<double>({60, 2, 6, 5}, elements)}})
          .ok());
  constexpr char kImages[] = "[didact/NpyDataset] { inputs: \"x.npz:x\" }";
  WriteConfig({{"[didact/GaussianInputs] { dimension: 6 size: 60 }", kImages},
               {"[didact/GaussianInputs] { dimension: 6 size: 50 }", kImages},
               {"hidden { width: 4 ",
                "hidden { width: 3 conv { kernel: 3 padding: 1 } pool { kernel: 2 } activation { "
                "[didact/Relu] {} } } hidden { width: 4 "}});
  EXPECT_THAT(Run({"validate", "e.textproto"}).standard_output,
              testing::HasSubstr("\n  teacher   [2, 6, 5] -> [3, 3, 2] -> 4 -> 3\n"
                                 "  student   [2, 6, 5] -> [6, 3, 2] -> 8 -> 3\n"));
}

TEST_F(ValidateTest, TakesOverrides) {
  WriteConfig();
  const ToolResult result = Run({"validate", "--set=student.width_multiplier=10", "e.textproto",
                                 "--set=seed.first=2", "--set=training.shuffle={}"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_output,
            "e.textproto: valid\n"
            "  teacher   6 -> 4 -> 3\n"
            "  student   6 -> 40 -> 3\n"
            "  trials    1 (seed 2)\n"
            "  training  3 epochs of 8 steps\n");
}

TEST_F(ValidateTest, CountsSeedsFromOneWhereOnlyTheLastIsSet) {
  WriteConfig({{"seed { first: 1 last: 2 }\n", ""}});
  EXPECT_THAT(Run({"validate", "e.textproto"}).standard_output,
              testing::HasSubstr("  trials    1 (seed 1)\n"));
  EXPECT_THAT(Run({"validate", "e.textproto", "--set=seed.last=5"}).standard_output,
              testing::HasSubstr("  trials    5 (seeds 1 to 5)\n"));
  EXPECT_THAT(
      Run({"validate", "e.textproto", "--set=seed.last=5", "--set=seed.first=0"}).standard_output,
      testing::HasSubstr("  trials    6 (seeds 0 to 5)\n"));
}

TEST_F(ValidateTest, MultipliesWidthsInDecimal) {
  WriteConfig({{"width: 4", "width: 100"}});
  EXPECT_THAT(
      Run({"validate", "e.textproto", "--set=student.width_multiplier=1.15"}).standard_output,
      testing::HasSubstr("  student   6 -> 115 -> 3\n"));
}

TEST_F(ValidateTest, RefusesWhatRunRefuses) {
  WriteConfig({{"dimension: 6 size: 50", "dimension: 7 size: 50"}});
  const std::string problem =
      "e.textproto: eval_data: must have as many features as train_data; this has 7, and "
      "train_data has 6; change one of them";
  ExpectRefused({"validate", "e.textproto"}, {problem});
  ExpectRefused({"run", "e.textproto"}, {problem});
}

constexpr char kNoWeights[] =
    ": student.initializer: leaves all weights at 0, so that the nodes of a layer stay alike, and "
    "in most networks nothing but the last biases is learned; draw them first, e.g. by "
    "initializer { [didact/GaussianWeights] { stddev: 0.1 } }";

// Tests configs that are suspicious but not invalid.
class WarningTest : public ToolTest {
 protected:
  WarningTest() { WriteConfig({{"stddev: 0.3", "stddev: 0"}}); }

  // Expects these warnings, in this order, and no other message.
  void ExpectWarnings(const std::vector<std::string>& arguments,
                      const std::vector<std::string>& warnings) const {
    const ToolResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, 0);
    std::string rest = result.standard_error;
    for (const std::string& warning : warnings) {
      const std::string line = "didact: warning: " + warning + "\n";
      const size_t place = rest.find(line);
      ASSERT_NE(place, std::string::npos) << line << result.standard_error;
      EXPECT_THAT(rest.substr(0, place), HoldsNoComplaint());
      rest = rest.substr(place + line.size());
    }
    EXPECT_THAT(rest, HoldsNoComplaint());
  }
};

TEST_F(WarningTest, ComesBeforeARunAndIsNoError) {
  const std::string warning = std::string("e.textproto") + kNoWeights;
  ExpectWarnings({"validate", "e.textproto"}, {warning + " (seed 1)"});
  ExpectWarnings({"validate", "e.textproto", "--set=seed.last=1"}, {warning});
  const std::string both = " (2 of 2 trials, the first of them seed 1)";
  ExpectWarnings({"run", "e.textproto", "--out=out", "--threads=1"},
                 {warning + " (seed 1)", warning + both});
  const ToolResult quiet = Run({"run", "e.textproto", "--out=quiet", "--quiet"});
  EXPECT_EQ(quiet.exit_code, 0);
  EXPECT_EQ(quiet.standard_error, "");
  // The files are left as if the process had been killed before the second trial's end.
  ASSERT_TRUE(std::filesystem::remove(PathOf("out/trials/2/outcome.json")));
  // Warnings of earlier processes are counted too.
  const std::string again = std::string("out/experiment.textproto") + kNoWeights;
  ExpectWarnings({"resume", "out"}, {again + " (seed 2)", again + both});
}

TEST_F(WarningTest, SaysWhichExperimentsOfASweepItIsAbout) {
  Write("s.textproto", R"(
    name: "sweep"
    base_path: "e.textproto"
    axis { field: "student.width_multiplier" value: ["1", "2", "3"] })");
  const std::string all = std::string("e.textproto: experiment 000-width_multiplier=1") +
                          kNoWeights +
                          " (3 of the 3 experiments that were looked at, the first trial of each)";
  ExpectWarnings({"validate", "s.textproto"}, {all});
  ExpectWarnings({"sweep", "s.textproto", "--dry-run"}, {all});
  ExpectWarnings({"sweep", "s.textproto", "--out=out"},
                 {all, std::string("e.textproto") + kNoWeights +
                           " (6 of 6 trials, the first of them 000-width_multiplier=1, seed 1)"});
  const ToolResult quiet = Run({"sweep", "s.textproto", "--out=quiet", "--quiet"});
  EXPECT_EQ(quiet.exit_code, 0);
  EXPECT_EQ(quiet.standard_error, "");

  WriteConfig();
  Write("s.textproto", R"(
    name: "sweep"
    base_path: "e.textproto"
    axis { field: "teacher.initializer[0].stddev" value: ["0", "1"] })");
  const ToolResult one = Run({"validate", "s.textproto"});
  EXPECT_EQ(one.exit_code, 0);
  EXPECT_EQ(one.standard_error,
            "didact: warning: e.textproto: experiment 000-stddev=0: teacher.initializer: leaves "
            "all weights of hidden layer 0 at 0, so that the teacher's outputs are the same for "
            "every input; draw them first, e.g. by initializer { [didact/GaussianWeights] { layer: "
            "0 } } (1 of the 2 experiments that were looked at, the first trial of each)\n");
}

// The only teacher node is inactive on all inputs for some seeds, but not for others.
TEST_F(WarningTest, IsGivenForWhicheverTrialItIsAbout) {
  constexpr int kSeeds = 12;
  const std::string drawn = "initializer { [didact/GaussianWeights] { stddev: 1 } }";
  WriteConfig({{"first: 1 last: 2", absl::StrCat("first: 1 last: ", kSeeds)},
               {"width: 4", "width: 1"},
               {drawn, drawn + " initializer { [didact/ConstantBias] { value: -6 layer: 0 } }"}});
  const std::string warning =
      "e.textproto: teacher: has the same outputs for all 60 samples of train_data, so that its "
      "nodes cannot be told apart; change its initializers, or train_data";
  int first = 0;
  int count = 0;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    const ToolResult result =
        Run({"validate", "e.textproto", absl::StrCat("--set=seed={ first: ", seed, " }")});
    if (result.standard_error != absl::StrCat("didact: warning: ", warning, "\n")) continue;
    if (count++ == 0) first = seed;
  }
  ASSERT_GT(count, 1);
  ASSERT_LT(count, kSeeds);
  ExpectWarnings({"run", "e.textproto", "--out=out", "--threads=1"},
                 {absl::StrCat(warning, " (seed ", first, ")"),
                  absl::StrCat(warning, " (", count, " of ", kSeeds,
                               " trials, the first of them seed ", first, ")")});
  // A sweep also reports the warnings of trials that it did not build in advance.
  Write("s.textproto",
        "name: 'sweep' base_path: 'e.textproto' axis { field: 'seed.first' value: ['1'] }");
  const ToolResult sweep = Run({"sweep", "s.textproto", "--out=sweep", "--threads=1"});
  EXPECT_EQ(sweep.exit_code, 0);
  EXPECT_THAT(sweep.standard_error,
              testing::HasSubstr(absl::StrCat(warning, " (", count, " of ", kSeeds,
                                              " trials, the first of them 000-first=1, seed ",
                                              first, ")\n")));
}

}  // namespace
}  // namespace didact
