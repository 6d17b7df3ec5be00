// Tests the contents of a run directory of `didact run`.

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "didact/framework/io/npz.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class RunTest : public ToolTest {
 protected:
  // Runs e.textproto into the folder `out`.
  void RunInto(const std::string& out, std::vector<std::string> flags = {}) const {
    flags.insert(flags.begin(), {"run", "e.textproto", "--out=" + out});
    const ToolResult result = Run(flags);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    EXPECT_THAT(result.standard_error, HoldsNoComplaint());
  }

  std::vector<std::string> Names(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& [path, bytes] : Contents(name)) names.push_back(path);
    return names;
  }

  // Returns the lines of a metrics.jsonl.
  std::vector<ordered_json> Evaluations(const std::string& name) const {
    std::vector<ordered_json> evaluations;
    std::istringstream lines(Read(name));
    for (std::string line; std::getline(lines, line);) {
      evaluations.push_back(ordered_json::parse(line, nullptr, /*allow_exceptions=*/false));
      EXPECT_TRUE(evaluations.back().is_object()) << line;
    }
    return evaluations;
  }

  // Returns `name type [shape]` for each array of an archive, in order.
  std::vector<std::string> Arrays(const std::string& name) const {
    const absl::StatusOr<NpzReader> reader = NpzReader::Open(PathOf(name));
    std::vector<std::string> arrays;
    EXPECT_TRUE(reader.ok()) << reader.status();
    if (!reader.ok()) return arrays;
    for (const std::string& array_name : reader->names()) {
      const absl::StatusOr<NpyArray> array = reader->Read(array_name);
      EXPECT_TRUE(array.ok()) << array.status();
      if (!array.ok()) continue;
      arrays.push_back(array_name + " " + std::string(NpyElementName(array->element)) + " " +
                       array->ShapeString());
    }
    return arrays;
  }
};

TEST_F(RunTest, LeavesTheFilesOfARunDirectory) {
  WriteConfig();
  RunInto("out");
  EXPECT_THAT(
      Names("out"),
      ElementsAre("experiment.textproto", "provenance.json", "trials/", "trials/1/",
                  "trials/1/arrays/", "trials/1/arrays/epoch_-001.npz",
                  "trials/1/arrays/epoch_0002.npz", "trials/1/metrics.jsonl",
                  "trials/1/outcome.json", "trials/1/weights/", "trials/1/weights/epoch_-001.npz",
                  "trials/1/weights/epoch_0002.npz", "trials/2/", "trials/2/arrays/",
                  "trials/2/arrays/epoch_-001.npz", "trials/2/arrays/epoch_0002.npz",
                  "trials/2/metrics.jsonl", "trials/2/outcome.json", "trials/2/weights/",
                  "trials/2/weights/epoch_-001.npz", "trials/2/weights/epoch_0002.npz"));
}

TEST_F(RunTest, WritesArraysAndWeightsWhenTheConfigSaysSo) {
  WriteConfig({{"seed { first: 1 last: 2 }", "output { arrays: NONE weights: EVERY_EPOCH }"}});
  RunInto("out");
  EXPECT_THAT(
      Names("out/trials/1"),
      ElementsAre("metrics.jsonl", "outcome.json", "weights/", "weights/epoch_-001.npz",
                  "weights/epoch_0000.npz", "weights/epoch_0001.npz", "weights/epoch_0002.npz"));
}

TEST_F(RunTest, NumbersEpochsFromMinusOneOn) {
  WriteConfig();
  RunInto("out");
  std::vector<int64_t> epochs, steps;
  for (const ordered_json& evaluation : Evaluations("out/trials/2/metrics.jsonl")) {
    epochs.push_back(evaluation["epoch"]);
    steps.push_back(evaluation["step"]);
  }
  EXPECT_THAT(epochs, ElementsAre(-1, 0, 1, 2));
  EXPECT_THAT(steps, ElementsAre(0, 10, 20, 30));
}

TEST_F(RunTest, WritesTheSameKeysForBothDataSetsAtEveryEvaluation) {
  WriteConfig();
  RunInto("out");
  const std::vector<std::string> numbers = {"loss",
                                            "mse",
                                            "specialization.layer0.mean_best",
                                            "specialization.layer0.found_0.5",
                                            "specialization.layer0.found_0.6",
                                            "specialization.layer0.found_0.7",
                                            "specialization.layer0.found_0.8",
                                            "specialization.layer0.found_0.9",
                                            "specialization.layer0.found_0.95"};
  std::vector<std::string> expected = {"epoch", "step"};
  for (const char* data : {"train.", "eval."}) {
    for (const std::string& number : numbers) expected.push_back(data + number);
  }
  for (const ordered_json& evaluation : Evaluations("out/trials/1/metrics.jsonl")) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : evaluation.items()) {
      keys.push_back(key);
      EXPECT_TRUE(value.is_number()) << key;
    }
    EXPECT_EQ(keys, expected);
  }
}

TEST_F(RunTest, LossIsHalfOfMseTimesOutputs) {
  WriteConfig();
  RunInto("out");
  for (const ordered_json& evaluation : Evaluations("out/trials/1/metrics.jsonl")) {
    const double loss = evaluation["eval.loss"];
    const double mse = evaluation["eval.mse"];
    EXPECT_GT(loss, 0);
    EXPECT_NEAR(loss, mse * 3 / 2, 1e-12 * loss);
  }
}

TEST_F(RunTest, NamesTheArraysOfTheMetrics) {
  WriteConfig();
  RunInto("out");
  // The norms do not depend on data and are written once.
  const std::vector<std::string> expected = {
      "train.specialization.layer0.correlation float64 [4, 8]",
      "train.specialization.layer0.best float64 [4]",
      "train.specialization.layer0.count int64 [6, 4]",
      "train.observability.layer0 int64 [4, 8]",
      "eval.specialization.layer0.correlation float64 [4, 8]",
      "eval.specialization.layer0.best float64 [4]",
      "eval.specialization.layer0.count int64 [6, 4]",
      "eval.fan_out_norm.layer0 float64 [8]",
      "eval.observability.layer0 int64 [4, 8]"};
  EXPECT_EQ(Arrays("out/trials/1/arrays/epoch_-001.npz"), expected);
  EXPECT_EQ(Arrays("out/trials/1/arrays/epoch_0002.npz"), expected);
}

TEST_F(RunTest, NamesTheWeightsOfTeacherAndStudent) {
  WriteConfig();
  RunInto("out");
  const auto expected =
      ElementsAre("teacher.0.weight float64 [4, 6]", "teacher.0.bias float64 [4]",
                  "teacher.1.weight float64 [3, 4]", "teacher.1.bias float64 [3]",
                  "student.0.weight float64 [8, 6]", "student.0.bias float64 [8]",
                  "student.1.weight float64 [3, 8]", "student.1.bias float64 [3]");
  EXPECT_THAT(Arrays("out/trials/2/weights/epoch_-001.npz"), expected);
  EXPECT_THAT(Arrays("out/trials/2/weights/epoch_0002.npz"), expected);
}

TEST_F(RunTest, TrainsTheStudentAndLeavesTheTeacher) {
  WriteConfig();
  RunInto("out");
  const auto before = NpzReader::Open(PathOf("out/trials/1/weights/epoch_-001.npz"));
  const auto after = NpzReader::Open(PathOf("out/trials/1/weights/epoch_0002.npz"));
  ASSERT_TRUE(before.ok() && after.ok());
  for (const std::string& name : before->names()) {
    const bool same = before->Read(name)->bytes == after->Read(name)->bytes;
    EXPECT_EQ(same, name.substr(0, 7) == "teacher") << name;
  }
}

TEST_F(RunTest, TrainsInSinglePrecision) {
  WriteConfig({{"name: \"small\"", "name: \"small\" precision: FLOAT"}});
  RunInto("out");
  EXPECT_THAT(Arrays("out/trials/1/weights/epoch_0002.npz"),
              ElementsAre("teacher.0.weight float32 [4, 6]", "teacher.0.bias float32 [4]",
                          "teacher.1.weight float32 [3, 4]", "teacher.1.bias float32 [3]",
                          "student.0.weight float32 [8, 6]", "student.0.bias float32 [8]",
                          "student.1.weight float32 [3, 8]", "student.1.bias float32 [3]"));
  // Statistics are in double in either precision.
  EXPECT_THAT(Arrays("out/trials/1/arrays/epoch_0002.npz"),
              testing::Contains("eval.specialization.layer0.correlation float64 [4, 8]"));
  const std::vector<ordered_json> evaluations = Evaluations("out/trials/1/metrics.jsonl");
  EXPECT_LT(evaluations.back()["eval.loss"], evaluations.front()["eval.loss"]);
}

TEST_F(RunTest, OutcomeRepeatsTheLastEvaluation) {
  WriteConfig();
  RunInto("out");
  const ordered_json outcome =
      ordered_json::parse(Read("out/trials/1/outcome.json"), nullptr, /*allow_exceptions=*/false);
  EXPECT_EQ(outcome["status"], "finished");
  EXPECT_EQ(outcome["steps"], 30);
  ordered_json last = Evaluations("out/trials/1/metrics.jsonl").back();
  last.erase("epoch");
  last.erase("step");
  EXPECT_EQ(outcome["evaluation"], last);
}

TEST_F(RunTest, TellsInProvenanceWhatRanAndHowItEnded) {
  WriteConfig();
  RunInto("out", {"--threads=2"});
  const ordered_json provenance =
      ordered_json::parse(Read("out/provenance.json"), nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(provenance.is_object());
  EXPECT_EQ(provenance["outcome"], "finished");
  EXPECT_EQ(provenance["threads"], 2);
  EXPECT_EQ(provenance["command"].size(), 5);
  EXPECT_EQ(provenance["command"][3], "--out=out");
  for (const char* key : {"version", "commit", "simd", "processor", "host", "start", "end"}) {
    EXPECT_TRUE(provenance[key].is_string()) << key;
    EXPECT_NE(provenance[key], "") << key;
  }
  EXPECT_GT(provenance["seconds"], 0);
  ASSERT_EQ(provenance["trials"].size(), 2);
  for (int i = 0; i < 2; ++i) {
    const ordered_json& trial = provenance["trials"][i];
    EXPECT_EQ(trial["seed"], i + 1);
    EXPECT_EQ(trial["status"], "finished");
    EXPECT_EQ(trial["steps"], 30);
  }
}

TEST_F(RunTest, ResolvedExperimentNamesEveryDefault) {
  WriteConfig();
  RunInto("out");
  const std::string text = Read("out/experiment.textproto");
  EXPECT_THAT(text, StartsWith("# proto-file: didact/protos/experiment.proto\n"
                               "# proto-message: didact.Experiment\n"
                               "name: \"small\"\n"));
  EXPECT_THAT(text, HasSubstr("  [type.googleapis.com/didact.Specialization] {\n"
                              "    threshold: [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]\n"
                              "    epsilon: 1e-10\n"));
  EXPECT_THAT(text, HasSubstr("  evaluation_batch_size: 256\n  teacher_activation_memory: 1\n"));
}

TEST_F(RunTest, ResolvedExperimentGivesTheSameBytesAgain) {
  WriteConfig();
  RunInto("first", {"--set=training.epochs=2", "--set=seed.first=2"});
  const ToolResult again =
      Run({"run", "first/experiment.textproto", "--out=elsewhere/second", "--threads=1"});
  EXPECT_EQ(again.exit_code, 0) << again.standard_error;
  EXPECT_TRUE(SameFiles(Results("first"), Results("elsewhere/second")));
  EXPECT_EQ(Results("first").count("trials/2/weights/epoch_0001.npz"), 1);
}

TEST_F(RunTest, ThreadsChangeNoByte) {
  WriteConfig({{"last: 2", "last: 5"}});
  RunInto("one", {"--threads=1"});
  RunInto("two", {"--threads=2"});
  RunInto("many", {"--threads=64"});
  const auto one = Results("one");
  EXPECT_TRUE(SameFiles(one, Results("two")));
  EXPECT_TRUE(SameFiles(one, Results("many")));
  EXPECT_NE(one.at("trials/1/metrics.jsonl"), one.at("trials/2/metrics.jsonl"));
}

TEST_F(RunTest, TakesRelativeFileNamesFromTheConfigsFolder) {
  WriteConfig({{"seed { first: 1 last: 2 }", ""}});
  RunInto("first");
  // The weights that the first run wrote are the teacher of the second.
  const std::string config =
      SmallExperiment({{"[didact/GaussianWeights] { stddev: 1 }",
                        "[didact/NpzWeights] { path: \"first/trials/1/weights/epoch_0002.npz\" "
                        "prefix: \"teacher.\" }"}});
  Write("e.textproto", config);
  Write("below/f.textproto", config);
  EXPECT_EQ(Run({"validate", "e.textproto"}).exit_code, 0);
  EXPECT_EQ(RunTool({"validate", "../e.textproto"}, PathOf("below")).exit_code, 0);
  EXPECT_EQ(RunTool({"validate", PathOf("e.textproto")}, "/").exit_code, 0);
  const std::string missing =
      PathOf("below/first/trials/1/weights/epoch_0002.npz") + ": cannot be opened";
  const ToolResult elsewhere = Run({"validate", "below/f.textproto"});
  EXPECT_EQ(elsewhere.exit_code, 2);
  EXPECT_THAT(elsewhere.standard_error, HasSubstr(missing));
}

}  // namespace
}  // namespace didact
