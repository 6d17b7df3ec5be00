#include "didact/framework/sweep/sweep_extension.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/config/config_file.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/sweep/load_sweep.h"
#include "didact/protos/plugins/activation.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/config/config_registry.h"
#include "tests/sweep/sweep_base.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

std::string Axis(const std::string& field, const std::vector<int>& values) {
  std::string text = absl::StrCat("axis { field: \"", field, "\"");
  for (const int value : values) absl::StrAppend(&text, " value: \"", value, "\"");
  return text + " }\n";
}
std::string Widths(const std::vector<int>& values) {
  return Axis("teacher.hidden[0].width", values);
}
std::string Multipliers(const std::vector<int>& values) {
  return Axis("student.width_multiplier", values);
}

class SweepExtensionTest : public testing::Test {
 protected:
  SweepPlan Load(const std::string& varies, const std::vector<std::string>& overrides = {}) const {
    const std::string path =
        ScratchFile("s.textproto", absl::StrCat("name: \"s\"\n", varies, test::SweepBase()));
    return *LoadSweep(*OpenConfigFile(path), overrides, registry_);
  }

  absl::StatusOr<std::vector<int64_t>> Match(const std::string& done, const std::string& wanted,
                                             const std::vector<std::string>& overrides = {}) const {
    return MatchExperiments(Load(done), Load(wanted, overrides), "out");
  }

  std::string Problem(const std::string& done, const std::string& wanted,
                      const std::vector<std::string>& overrides = {}) const {
    return std::string(Match(done, wanted, overrides).status().message());
  }

  const PluginRegistry registry_ = test::ConfigRegistry();
};

TEST_F(SweepExtensionTest, ValuesMayBeAddedAnywhere) {
  EXPECT_THAT(*Match(Widths({5, 10}), Widths({5, 10, 20})), ElementsAre(0, 1));
  EXPECT_THAT(*Match(Widths({5, 10}), Widths({4, 5, 7, 10})), ElementsAre(1, 3));
  EXPECT_THAT(
      *Match(Multipliers({1, 2}) + Widths({5, 10}), Multipliers({1, 2}) + Widths({5, 7, 10})),
      ElementsAre(0, 2, 3, 5));
}

TEST_F(SweepExtensionTest, AxesMayBeAddedMovedAndRenamed) {
  // 20 is the value of the base.
  EXPECT_THAT(*Match(Multipliers({1, 2}), Widths({10, 20}) + Multipliers({1, 2})),
              ElementsAre(2, 3));
  EXPECT_THAT(*Match(Multipliers({1, 2}) + Widths({5, 10}), Widths({5, 10}) + Multipliers({1, 2})),
              ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(*Match(Widths({5, 10}),
                     "axis { field: \"teacher.hidden[0].width\" name: \"w\" value: "
                     "[\"10\", \"5\"] label: [\"ten\", \"five\"] }\n"),
              ElementsAre(1, 0));
  EXPECT_THAT(*Match("point { set: \"teacher.hidden[0].width=5\" }", Widths({4, 5})),
              ElementsAre(1));
}

TEST_F(SweepExtensionTest, SeedsAndEpochsMayBeAddedToAll) {
  EXPECT_THAT(*Match(Widths({5, 10}), Widths({5, 7, 10}), {"seed.last=9", "training.epochs=20"}),
              ElementsAre(0, 2));
}

TEST_F(SweepExtensionTest, TheSameExperimentIsPreferredToOneThatExtendsIt) {
  EXPECT_THAT(*Match(Axis("training.epochs", {10, 20}), Axis("training.epochs", {10, 15, 20, 30})),
              ElementsAre(0, 2));
  EXPECT_THAT(*Match(Axis("training.epochs", {10, 20}), Axis("training.epochs", {20, 40})),
              ElementsAre(1, 0));
  // Two equal experiments remain two.
  EXPECT_THAT(*Match("point {} point { label: \"again\" }", "point {} point { label: \"again\" }"),
              ElementsAre(0, 1));
}

TEST_F(SweepExtensionTest, NumbersOfMoreDigitsAreNoOtherExperiments) {
  std::vector<int> values;
  for (int v = 1; v <= 1000; ++v) values.push_back(v);
  const SweepPlan done = Load(Widths(values));
  values.push_back(1001);
  const SweepPlan wanted = Load(Widths(values));
  const auto matches = MatchExperiments(done, wanted, "out");
  ASSERT_TRUE(matches.ok()) << matches.status();
  EXPECT_EQ((*matches)[999], 999);
  EXPECT_EQ(done.grid().Label(999), "999-width=1000");
  EXPECT_EQ(wanted.grid().Label(999), "0999-width=1000");
}

TEST_F(SweepExtensionTest, ExperimentsThatAreGoneAreNamed) {
  EXPECT_THAT(Problem(Widths({5, 10}), Widths({5, 20})),
              EndsWith("s.textproto: lacks the experiment 001-width=10 of out; an extension keeps "
                       "all experiments and adds others"));
  EXPECT_THAT(Problem(Widths({5, 10, 20, 30}), Widths({10})),
              HasSubstr("lacks the experiment 000-width=5 (and 2 more) of out; "));
  // The smaller sweep had two of these.
  EXPECT_THAT(Problem("point {} point { label: \"again\" }", "point {}"),
              HasSubstr("lacks the experiment 001-again of out; "));
}

TEST_F(SweepExtensionTest, WhatDiffersIsNamedWhereItStands) {
  EXPECT_THAT(
      Problem(Widths({5, 10}), Widths({5, 10}), {"optimizer.learning_rate.value=0.1"}),
      EndsWith("s.textproto: experiment 000-width=5: optimizer.learning_rate.value: must be "
               "0.01 as in out/experiments/000-width=5, got 0.1; an extension adds seeds and "
               "epochs alone"));
  EXPECT_THAT(
      Problem(Axis("seed.last", {4, 6}), Axis("seed.last", {4, 5})),
      EndsWith("s.textproto: experiment 001-last=5: seed: must include 1 to 6, which are in "
               "out/experiments/001-last=6, got 1 to 5"));
}

}  // namespace
}  // namespace didact
