// Tests `didact extend` for runs: more seeds and more epochs. The bytes must be those of a larger
// run that was computed at once.

#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"
#include "tests/cli/wait_until.h"

namespace didact {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::pair<std::string, std::string> kKeep = {
    "metric { [didact/Loss] {} }",
    "metric { [didact/Loss] {} }\nmetric { [didact/WeightChange] {} }\n"
    "output { keep_final_checkpoint: true }"};
const std::pair<std::string, std::string> kMomentum = {"learning_rate {",
                                                       "momentum: 0.5 learning_rate {"};
constexpr char kAnew[] = "trained again from the beginning: ";

class ExtendTest : public ToolTest {
 protected:
  ExtendTest() { WriteConfig(); }

  ToolResult RunInto(const std::string& out, std::vector<std::string> flags = {}) const {
    flags.insert(flags.begin(), {"run", "e.textproto", "--out=" + out, "--quiet"});
    return Run(flags);
  }

  ToolResult Extend(std::vector<std::string> flags, int exit_code = 0) const {
    flags.insert(flags.begin(), {"extend", "out", "--threads=2"});
    ToolResult result = Run(flags);
    EXPECT_EQ(result.exit_code, exit_code) << result.standard_error;
    return result;
  }

  // Expects `out` to have the same files as the run with these flags that is computed at once.
  void ExpectAsAtOnce(const std::vector<std::string>& flags) const {
    fs::remove_all(PathOf("at_once"));
    RunInto("at_once", flags);
    ExpectSame("out", "at_once");
  }

  void ExpectSame(const std::string& found_name, const std::string& expected_name) const {
    EXPECT_TRUE(SameFiles(Results(found_name), Results(expected_name)));
  }

  json Provenance(const std::string& out = "out") const {
    return json::parse(Read(out + "/provenance.json"), nullptr, false);
  }

  // Identifies a file: a file that replaces it has another identity even if its bytes are the same.
  std::pair<uint64_t, int64_t> FileAt(const std::string& name) const {
    struct stat properties = {};
    EXPECT_EQ(stat(PathOf(name).c_str(), &properties), 0) << name;
    return {properties.st_ino,
            properties.st_mtim.tv_sec * int64_t{1000000000} + properties.st_mtim.tv_nsec};
  }

  std::string Annealing() const { return DataPath("tests/cli/libannealing.so"); }
};

TEST_F(ExtendTest, SeedsAreAdded) {
  ASSERT_EQ(RunInto("out").exit_code, 0);
  const auto before = FileAt("out/trials/1/metrics.jsonl");
  const ToolResult result = Extend({"--set=seed.last=5"});
  EXPECT_THAT(result.standard_error, HoldsNoComplaint());
  EXPECT_THAT(result.standard_output, StartsWith("5 trials: 5 finished\n"));
  EXPECT_EQ(FileAt("out/trials/1/metrics.jsonl"), before) << "it was trained again";
  ExpectAsAtOnce({"--set=seed.last=5"});
  const json provenance = Provenance();
  EXPECT_EQ(provenance["outcome"], "finished");
  EXPECT_EQ(provenance["command"][1], "extend");
  EXPECT_EQ(provenance["earlier"][0]["command"][1], "run");
  EXPECT_EQ(provenance["trials"].size(), 5);
}

TEST_F(ExtendTest, SeedsAreAddedOnBothSides) {
  ASSERT_EQ(RunInto("out", {"--set=seed.first=3", "--set=seed.last=4"}).exit_code, 0);
  Extend({"--set=seed.first=2", "--set=seed.last=6"});
  ExpectAsAtOnce({"--set=seed.first=2", "--set=seed.last=6"});
}

TEST_F(ExtendTest, EpochsGoOnFromTheFinalCheckpoint) {
  for (const char* precision : {"DOUBLE", "FLOAT"}) {
    for (const char* sampler : {"with_replacement { steps_per_epoch: 10 }", "shuffle {}"}) {
      SCOPED_TRACE(absl::StrCat(precision, " ", sampler));
      WriteConfig({kKeep,
                   kMomentum,
                   {"with_replacement { steps_per_epoch: 10 }", sampler},
                   {"name: \"small\"", absl::StrCat("name: \"small\" precision: ", precision)}});
      fs::remove_all(PathOf("out"));
      ASSERT_EQ(RunInto("out").exit_code, 0);
      const ToolResult result = Extend({"--set=training.epochs=7"});
      EXPECT_THAT(result.standard_error, HoldsNoComplaint());
      ExpectAsAtOnce({"--set=training.epochs=7"});
      for (const json& trial : Provenance()["trials"]) {
        EXPECT_EQ(trial["resumed_at"], 3 * trial["steps"].get<int>() / 7);
      }
    }
  }
}

TEST_F(ExtendTest, WithoutAFinalCheckpointTrialsAreTrainedAgainWhichIsSaidBefore) {
  ASSERT_EQ(RunInto("out").exit_code, 0);
  const ToolResult result = Extend({"--set=training.epochs=5"});
  EXPECT_THAT(result.standard_error,
              StartsWith("didact: note: 2 trials that have finished are trained again from the "
                         "beginning: its final checkpoint was not kept "
                         "(output.keep_final_checkpoint)\n"));
  ExpectAsAtOnce({"--set=training.epochs=5"});
  for (const json& trial : Provenance()["trials"]) EXPECT_FALSE(trial.contains("resumed_at"));
}

TEST_F(ExtendTest, SeedsAndEpochsAreAddedTogetherAndAgain) {
  WriteConfig({kKeep, kMomentum});
  ASSERT_EQ(RunInto("out").exit_code, 0);
  Extend({"--set=seed.last=3", "--set=training.epochs=4"});
  ExpectAsAtOnce({"--set=seed.last=3", "--set=training.epochs=4"});
  Extend({"--set=training.epochs=9"});
  ExpectAsAtOnce({"--set=seed.last=3", "--set=training.epochs=9"});
  Extend({"--set=seed.last=4"});
  ExpectAsAtOnce({"--set=seed.last=4", "--set=training.epochs=9"});
}

TEST_F(ExtendTest, TheSameAgainChangesNothing) {
  WriteConfig({kKeep});
  ASSERT_EQ(RunInto("out").exit_code, 0);
  Extend({"--set=training.epochs=5"});
  const auto before = Contents("out");
  for (const char* flag : {"--set=training.epochs=5", "--set=seed.last=2"}) {
    const ToolResult result = Extend({flag});
    EXPECT_THAT(result.standard_error, HoldsNoComplaint());
    EXPECT_THAT(result.standard_output, StartsWith("2 trials: 2 finished\n"));
    EXPECT_TRUE(SameFiles(Contents("out"), before));
  }
}

TEST_F(ExtendTest, TakesAConfigInsteadOfFlags) {
  WriteConfig({kKeep});
  ASSERT_EQ(RunInto("out").exit_code, 0);
  WriteConfig({kKeep, {"last: 2", "last: 3"}, {"epochs: 3", "epochs: 4"}});
  Extend({"e.textproto", "--set=training.epochs=6"});
  ExpectAsAtOnce({"--set=training.epochs=6"});
}

TEST_F(ExtendTest, EveryKindOfOutputIsThatOfTheLongerRun) {
  for (const char* output :
       {"arrays: EVERY_EPOCH", "arrays: NONE weights: NONE", "arrays: NONE weights: EVERY_EPOCH"}) {
    for (const char* keep : {"true", "false"}) {
      SCOPED_TRACE(absl::StrCat(output, " ", keep));
      WriteConfig({{"metric { [didact/FanOutNorm] {} }",
                    absl::StrCat("metric { [didact/FanOutNorm] {} } output { ", output,
                                 " keep_final_checkpoint: ", keep, " }")}});
      fs::remove_all(PathOf("out"));
      ASSERT_EQ(RunInto("out").exit_code, 0);
      Extend({"--set=training.epochs=5"});
      ExpectAsAtOnce({"--set=training.epochs=5"});
    }
  }
}

TEST_F(ExtendTest, ARunWithoutEpochsCanHaveSome) {
  WriteConfig({kKeep});
  ASSERT_EQ(RunInto("out", {"--set=training.epochs=0"}).exit_code, 0);
  Extend({"--set=training.epochs=2"});
  ExpectAsAtOnce({"--set=training.epochs=2"});
}

TEST_F(ExtendTest, TheFinalCheckpointCanBeAskedForOrGivenUpLater) {
  ASSERT_EQ(RunInto("out").exit_code, 0);
  EXPECT_THAT(Extend({"--set=output.keep_final_checkpoint=true"}).standard_error, HasSubstr(kAnew));
  ExpectAsAtOnce({"--set=output.keep_final_checkpoint=true"});
  Extend({"--set=output.keep_final_checkpoint=true", "--set=training.epochs=4"});
  ExpectAsAtOnce({"--set=output.keep_final_checkpoint=true", "--set=training.epochs=4"});
  const auto before = FileAt("out/trials/1/metrics.jsonl");
  EXPECT_THAT(Extend({"--set=output.keep_final_checkpoint=false"}).standard_error,
              HoldsNoComplaint());
  EXPECT_EQ(FileAt("out/trials/1/metrics.jsonl"), before);
  ExpectAsAtOnce({"--set=training.epochs=4"});
}

TEST_F(ExtendTest, ATrialThatDivergedStaysAsItIs) {
  // Divergence is found in a step or, if the loss of the last step was finite, in the evaluation
  // after it.
  for (const auto& [rate, steps] : {std::pair("1e30", "10"), std::pair("1e200", "1")}) {
    SCOPED_TRACE(rate);
    WriteConfig({kKeep,
                 {"value: 0.05", absl::StrCat("value: ", rate)},
                 {"steps_per_epoch: 10", absl::StrCat("steps_per_epoch: ", steps)}});
    fs::remove_all(PathOf("out"));
    ASSERT_EQ(RunInto("out", {"--set=training.epochs=1"}).exit_code, 1);
    const auto before = FileAt("out/trials/1/metrics.jsonl");
    const ToolResult result = Extend({"--set=training.epochs=3", "--set=seed.last=3"}, 1);
    EXPECT_THAT(result.standard_output, HasSubstr("\n3 trials: 3 diverged\n"));
    EXPECT_THAT(result.standard_error, testing::Not(HasSubstr(kAnew)));
    EXPECT_EQ(FileAt("out/trials/1/metrics.jsonl"), before);
    ExpectAsAtOnce({"--set=training.epochs=3", "--set=seed.last=3"});
  }
}

// The outcome has the numbers of the last evaluation, which another process wrote.
TEST_F(ExtendTest, ATrialMayDivergeSoonAfterItHasGoneOn) {
  WriteConfig({kKeep,
               {"learning_rate {", "momentum: 0.95 learning_rate {"},
               {"hidden { width: 4", "hidden { width: 9"}});
  ASSERT_EQ(RunInto("out").exit_code, 0);
  const ToolResult result = Extend({"--set=training.epochs=5"}, 1);
  // Width and momentum are chosen so that seed 1 diverges between the evaluation of the shorter
  // run, at step 30, and the next one, at step 40. The exact step depends on rounding.
  EXPECT_THAT(result.standard_output,
              testing::ContainsRegex("^seed 1 diverged: the loss was not finite at step 3[1-9]\n"));
  ExpectAsAtOnce({"--set=training.epochs=5"});
}

TEST_F(ExtendTest, AnInterruptedRunCanBeExtended) {
  WriteConfig({kMomentum,
               {"value: 0.05", "value: 0.01"},
               {"epochs: 3", "epochs: 200"},
               {"steps_per_epoch: 10 ", "steps_per_epoch: 2000 "},
               {"metric { [didact/Specialization] {} }", ""}});
  RunningTool tool({"run", "e.textproto", "--out=out", "--threads=1", "--quiet"}, folder());
  const auto begun = [this] {
    if (!fs::exists(PathOf("out/trials/1/metrics.jsonl"))) return false;
    const std::string text = Read("out/trials/1/metrics.jsonl");
    return std::count(text.begin(), text.end(), '\n') > 3;
  };
  ASSERT_TRUE(WaitUntil(begun));
  tool.Signal(SIGTERM);
  ASSERT_EQ(tool.Wait().exit_code, 3);
  Extend({"--set=training.epochs=205", "--set=seed.last=3"});
  EXPECT_GT(Provenance()["trials"][0]["resumed_at"], 3 * 2000);
  ExpectAsAtOnce({"--set=training.epochs=205", "--set=seed.last=3"});
}

TEST_F(ExtendTest, ADamagedFinalCheckpointIsSaidAndNotUsed) {
  WriteConfig({kKeep});
  ASSERT_EQ(RunInto("out").exit_code, 0);
  std::string bytes = Read("out/trials/2/checkpoint.pb");
  bytes[bytes.size() / 2] ^= 1;
  Write("out/trials/2/checkpoint.pb", bytes);
  EXPECT_THAT(Extend({"--set=training.epochs=5"}).standard_error,
              StartsWith("didact: note: 1 trial that has finished is trained again from the "
                         "beginning: out/trials/2/checkpoint.pb: is damaged: "));
  ExpectAsAtOnce({"--set=training.epochs=5"});
  EXPECT_EQ(Provenance()["trials"][0]["resumed_at"], 30);
  EXPECT_FALSE(Provenance()["trials"][1].contains("resumed_at"));
}

TEST_F(ExtendTest, MetricsThatWereChangedAreSaidAndWrittenAgain) {
  WriteConfig({kKeep});
  ASSERT_EQ(RunInto("out").exit_code, 0);
  std::string metrics = Read("out/trials/1/metrics.jsonl");
  metrics[metrics.size() / 2] ^= 1;
  Write("out/trials/1/metrics.jsonl", metrics);
  EXPECT_THAT(Extend({"--set=training.epochs=5"}).standard_error,
              StartsWith("didact: note: 1 trial that has finished is trained again from the "
                         "beginning: out/trials/1/checkpoint.pb: out/trials/1/metrics.jsonl: its "
                         "first "));
  ExpectAsAtOnce({"--set=training.epochs=5"});
}

TEST_F(ExtendTest, DryRunSaysWhatWouldBeDoneAndDoesNothing) {
  WriteConfig({kKeep});
  ASSERT_EQ(RunInto("out").exit_code, 0);
  fs::remove(PathOf("out/trials/2/checkpoint.pb"));
  const auto before = Contents();
  const ToolResult result = Extend({"--dry-run", "--set=training.epochs=5", "--set=seed.last=7"});
  EXPECT_EQ(result.standard_output,
            "7 trials\n"
            "  0 have ended and stay as they are\n"
            "  1 have finished and go on from their final checkpoints\n"
            "  1 have finished and are trained again from the beginning\n"
            "  5 are new, or have not ended\n");
  EXPECT_THAT(result.standard_error, StartsWith("didact: note: 1 trial that has finished is "));
  EXPECT_TRUE(SameFiles(Contents(), before));
}

TEST_F(ExtendTest, RefusesOtherChangesNamingEachField) {
  ASSERT_EQ(RunInto("out").exit_code, 0);
  const std::string rule = "; an extension adds seeds and epochs alone";
  ExpectRefused({"extend", "out", "--set=optimizer.learning_rate.value=0.1"},
                {"out/experiment.textproto: optimizer.learning_rate.value: must be 0.05 as in out, "
                 "got 0.1" +
                 rule});
  ExpectRefused(
      {"extend", "out", "--set=seed.last=4", "--set=student.width_multiplier=3",
       "--set=train_data.size=70", "--set=precision=FLOAT", "--set=student.stream_seed=7"},
      {"out/experiment.textproto: precision: must be DOUBLE as in out, got FLOAT" + rule,
       "out/experiment.textproto: train_data.size: must be 60 as in out, got 70" + rule,
       "out/experiment.textproto: student.width_multiplier: must be 2 as in out, got 3" + rule,
       "out/experiment.textproto: student.stream_seed: must be left out as in out, got 7" + rule});
  ExpectRefused({"extend", "out", "--set=output.arrays=NONE", "--set=output.weights=EVERY_EPOCH"},
                {"out/experiment.textproto: output.arrays: must be FIRST_AND_LAST as in out, got "
                 "NONE" +
                     rule,
                 "out/experiment.textproto: output.weights: must be FIRST_AND_LAST as in out, got "
                 "EVERY_EPOCH" +
                     rule});
  ExpectRefused({"extend", "out", "--set=metric[4]=[didact/WeightNorm] {}",
                 "--set=teacher.hidden[0].activation=[didact/Tanh] {}"},
                {"out/experiment.textproto: teacher.hidden[0].activation: must be as in out" + rule,
                 "out/experiment.textproto: metric[4]: must be as in out" + rule});
  // The message names a config as the user gave it.
  WriteConfig({{"outputs: 3", "outputs: 4"}});
  ExpectRefused({"extend", "out", "e.textproto"},
                {"e.textproto: teacher.outputs: must be 3 as in out, got 4" + rule});
}

TEST_F(ExtendTest, RefusesToTakeAway) {
  ASSERT_EQ(RunInto("out").exit_code, 0);
  ExpectRefused(
      {"extend", "out", "--set=seed.first=2", "--set=training.epochs=2"},
      {"out/experiment.textproto: seed: must include 1 to 2, which are in out, got 2 to 2",
       "out/experiment.textproto: training.epochs: must be >= 3, which are in out, got 2"});
  ExpectRefused({"extend", "out", "--set=seed.first=3", "--set=seed.last=9"},
                {"out/experiment.textproto: seed: must include 1 to 2, which are in out, got 3 to "
                 "9"});
}

TEST_F(ExtendTest, WhatChangesNoResultMayChange) {
  ASSERT_EQ(RunInto("out").exit_code, 0);
  const std::vector<std::string> flags = {"--set=name=other", "--set=seed.last=3",
                                          "--set=output.checkpoint_every_epochs=2",
                                          "--set=output.checkpoint_every_seconds=7"};
  Extend(flags);
  ExpectAsAtOnce(flags);
}

TEST_F(ExtendTest, RefusesWhatCannotBeTrained) {
  ASSERT_EQ(RunInto("out").exit_code, 0);
  ExpectRefused({"extend", "out", "--set=training.epochs=many"},
                {"--set: training.epochs: must be a value of type int32, got many"});
  ExpectRefused({"extend", "out", "--prepare"},
                {"--prepare: must be given for a sweep alone: the trials of a run are trained by "
                 "one process"});
  ExpectRefused({"extend", "nowhere"}, {"nowhere: does not exist"});
  ExpectRefused({"extend", "e.textproto"},
                {"e.textproto: is not a run directory: there is no experiment.textproto in it"});
  Write("s.textproto", "name: \"s\" base_path: \"e.textproto\" point { set: \"seed.last=3\" }");
  ExpectRefused({"extend", "out", "s.textproto"},
                {"s.textproto: must be a didact.Experiment, as in out, got a didact.Sweep"});
}

TEST_F(ExtendTest, RefusesMoreEpochsWhereTheirTotalNumberMatters) {
  const std::string plugin = "--plugin=" + Annealing();
  const std::string problem =
      "out/experiment.textproto: optimizer: depends on the total number of epochs, so that 5 "
      "epochs do not begin with the 3 that are there; run them into another folder";
  for (const char* keep : {"true", "false"}) {
    for (const char* from_epoch : {"0", "2"}) {
      SCOPED_TRACE(absl::StrCat(keep, " ", from_epoch));
      WriteConfig({{"[didact/Constant] { value: 0.05 }",
                    absl::StrCat("[didact/didact.annealing.Annealing] { value: 0.05 from_epoch: ",
                                 from_epoch, " }")},
                   {"metric { [didact/FanOutNorm] {} }",
                    absl::StrCat("output { keep_final_checkpoint: ", keep, " }")}});
      fs::remove_all(PathOf("out"));
      ASSERT_EQ(RunInto("out", {plugin}).exit_code, 0);
      ExpectRefused({"extend", "out", "--set=training.epochs=5"}, {problem});
      // More seeds give the same result.
      Extend({"--set=seed.last=3"});
      ExpectAsAtOnce({"--set=seed.last=3", plugin});
    }
  }
}

TEST_F(ExtendTest, AScheduleThatHasNotAskedForTheTotalNumberOfEpochsYetDoesNotMatter) {
  WriteConfig({kKeep,
               {"[didact/Constant] { value: 0.05 }",
                "[didact/didact.annealing.Annealing] { value: 0.05 from_epoch: 4 }"}});
  const std::string plugin = "--plugin=" + Annealing();
  ASSERT_EQ(RunInto("out", {plugin}).exit_code, 0);
  EXPECT_THAT(Extend({"--set=training.epochs=6"}).standard_error, HoldsNoComplaint());
  EXPECT_EQ(Provenance()["trials"][0]["resumed_at"], 30);
  ExpectAsAtOnce({"--set=training.epochs=6", plugin});
  ExpectRefusal({"extend", "out", "--set=training.epochs=8"},
                HasSubstr("optimizer: depends on the total number of epochs"));
}

TEST_F(ExtendTest, RefusesMoreEpochsWhereReplayedStepsAreSpreadOverThem) {
  std::vector<int64_t> rows(12);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int64_t>(i);
  ASSERT_TRUE(
      WriteNpz(PathOf("b.npz"), {{"b", MakeNpyArray<int64_t>({12, 1}, absl::MakeConstSpan(rows))}})
          .ok());
  WriteConfig(
      {kKeep, {"with_replacement { steps_per_epoch: 10 }", "replay { batches: \"b.npz:b\" }"}});
  ASSERT_EQ(RunInto("out").exit_code, 0);
  ExpectRefused(
      {"extend", "out", "--set=training.epochs=4"},
      {"out/experiment.textproto: training.replay.steps_per_epoch: depends on the total "
       "number of epochs where it is 0, so that 4 epochs do not begin with the 3 that are "
       "in out; run them into another folder"});
  WriteConfig({kKeep,
               {"with_replacement { steps_per_epoch: 10 }",
                "replay { batches: \"b.npz:b\" steps_per_epoch: 2 }"}});
  fs::remove_all(PathOf("out"));
  ASSERT_EQ(RunInto("out").exit_code, 0);
  Extend({"--set=training.epochs=6"});
  ExpectAsAtOnce({"--set=training.epochs=6"});
  // The file has no more mini-batches; this must be found before anything is changed.
  ExpectRefusal({"extend", "out", "--set=training.epochs=7"},
                HasSubstr("training.replay.steps_per_epoch: must be <= 1 (the file has 12 steps"));
}

TEST_F(ExtendTest, IsDoneByOneProcess) {
  ASSERT_EQ(RunInto("out").exit_code, 0);
  const ToolResult result = RunTool({"extend", "out", "--set=seed.last=3"}, folder(),
                                    {"OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_SIZE=2"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.standard_error,
            "didact: 'didact extend' is done by one process, and 2 were started; those of a "
            "launcher share the trials of a sweep\n");
}

TEST_F(ExtendTest, RefusesADirectoryThatIsInUse) {
  WriteConfig({{"epochs: 3", "epochs: 10000000"}});
  RunningTool tool({"run", "e.textproto", "--out=out", "--quiet"}, folder());
  ASSERT_TRUE(WaitUntil([this] { return fs::exists(PathOf("out/trials/1/metrics.jsonl")); }));
  const ToolResult result = Run({"extend", "out", "--set=seed.last=3"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.standard_error,
              StartsWith("didact: out: another process is working on it: out/lock: is held by "));
  tool.Signal(SIGTERM);
  EXPECT_EQ(tool.Wait().exit_code, 3);
}

// Tests a directory whose process was killed immediately after it had decided to extend the run.
class HalfExtendedTest : public ExtendTest {
 protected:
  HalfExtendedTest() {
    WriteConfig({kKeep});
    EXPECT_EQ(RunInto("out").exit_code, 0);
    EXPECT_EQ(RunInto("at_once", {"--set=training.epochs=5"}).exit_code, 0);
    Write("out/extension.textproto", Read("at_once/experiment.textproto"));
  }
};

TEST_F(HalfExtendedTest, OthersRefuseIt) {
  const std::string problem =
      "out: is being extended; if the process that did so was interrupted, 'didact resume out' "
      "finishes it";
  ExpectRefused({"export", "out"}, {problem});
  ExpectRefused({"extend", "out", "--dry-run"}, {problem});
  ExpectRefusal({"run", "e.textproto", "--out=out"}, StartsWith("didact: out: holds a "));
}

TEST_F(HalfExtendedTest, ResumeFinishesIt) {
  EXPECT_EQ(Run({"resume", "out", "--quiet"}).exit_code, 0);
  ExpectSame("out", "at_once");
  EXPECT_EQ(Provenance()["trials"][0]["resumed_at"], 30);
}

TEST_F(HalfExtendedTest, TheSameCommandFinishesIt) {
  Extend({"--set=training.epochs=5"});
  ExpectSame("out", "at_once");
}

TEST_F(HalfExtendedTest, ALargerExtensionFinishesItFirst) {
  Extend({"--set=seed.last=3"});
  ExpectAsAtOnce({"--set=training.epochs=5", "--set=seed.last=3"});
}

TEST_F(HalfExtendedTest, ForceReplacesIt) {
  EXPECT_EQ(RunInto("out", {"--force"}).exit_code, 0);
  ExpectAsAtOnce({});
}

}  // namespace
}  // namespace didact
