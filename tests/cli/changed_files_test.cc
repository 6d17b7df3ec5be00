// Tests data files whose bytes have changed since results were computed from them, at the same path
// or at a path that the user gives as the new one: results of different data must not mix.

#include <signal.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/sha256.h"
#include "didact/framework/io/npz.h"
#include "nlohmann/json.hpp"
#include "tests/cli/mpirun.h"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

namespace fs = std::filesystem;

class ChangedFilesTest : public ToolTest {
 protected:
  ChangedFilesTest() {
    WriteFiles(0);
    Write("e.textproto", Config());
  }

  // Returns an experiment with a file in every field that names one, except those of IdxDataset.
  static std::string Config(const Changes& changes = {}) {
    Changes all = {{"[didact/GaussianInputs] { dimension: 6 size: 60 }",
                    "[didact/NpyDataset] { inputs: \"data.npz:x\" labels: \"data.npz:labels\" }"},
                   {"[didact/GaussianInputs] { dimension: 6 size: 50 }",
                    "[didact/NpyDataset] { inputs: \"eval.npz:x\" }"},
                   {"[didact/GaussianWeights] { stddev: 0.3 }",
                    "[didact/NpzWeights] { path: \"weights.npz\" prefix: \"student.\" }"},
                   {"batch_size: 8 with_replacement { steps_per_epoch: 10 }",
                    "replay { batches: \"batches.npz:b\" steps_per_epoch: 10 }"}};
    all.insert(all.end(), changes.begin(), changes.end());
    return SmallExperiment(all);
  }

  template <class T>
  static NamedArray Numbers(const std::string& name, const std::vector<int64_t>& shape, int seed) {
    int64_t size = 1;
    for (const int64_t extent : shape) size *= extent;
    std::vector<T> numbers(size);
    for (int64_t i = 0; i < size; ++i) {
      const double number = std::sin(static_cast<double>(i * i + 7 * i + 100 * seed));
      numbers[i] = static_cast<T>(std::is_integral_v<T> ? std::abs(10 * number) : number);
    }
    return {name, MakeNpyArray<T>(shape, numbers)};
  }

  void WriteArrays(const std::string& name, const std::vector<NamedArray>& arrays) const {
    fs::create_directories(fs::path(PathOf(name)).parent_path());
    ASSERT_TRUE(WriteNpz(PathOf(name), arrays).ok());
  }

  // Writes a data file. Another seed gives the same shapes and other bytes.
  void WriteData(const std::string& name, int seed) const {
    WriteArrays(name,
                {Numbers<double>("x", {60, 6}, seed), Numbers<int64_t>("labels", {60}, seed)});
  }
  void WriteFile(const std::string& name, int seed) const {
    if (name == "weights.npz") {
      WriteArrays(name, {Numbers<double>("student.0.weight", {8, 6}, seed),
                         Numbers<double>("student.0.bias", {8}, seed),
                         Numbers<double>("student.1.weight", {3, 8}, seed),
                         Numbers<double>("student.1.bias", {3}, seed)});
    } else if (name == "batches.npz") {
      WriteArrays(name, {Numbers<int64_t>("b", {40, 4}, seed)});
    } else {
      WriteData(name, seed);
    }
  }
  void WriteFiles(int seed) const {
    for (const char* name : {"data.npz", "eval.npz", "weights.npz", "batches.npz"}) {
      WriteFile(name, seed);
    }
  }

  std::string HashOf(const std::string& name) const { return *Sha256(Read(name)); }

  static std::string Refusal(const std::string& directory, const std::string& field,
                             const std::string& path, const std::string& now,
                             const std::string& before) {
    return absl::StrCat(
        directory, ": ", field, ": ", path, " has SHA-256 ", now.substr(0, 12), ", and had ",
        before.substr(0, 12),
        " when what is there was computed: results would mix; give the file that it "
        "was computed from, or go on all the same with --allow-changed-files");
  }

  json Provenance(const std::string& directory) const {
    return json::parse(Read(directory + "/provenance.json"), nullptr, false);
  }

  // Makes a run in `out` without its second trial.
  void MakeUnfinishedRun() const {
    const ToolResult result = Run({"run", "e.textproto", "--out=out"});
    ASSERT_EQ(result.exit_code, 0) << result.standard_error;
    fs::remove_all(PathOf("out/trials/2"));
  }

  // Makes a sweep over two sets of training data, and removes some of its trials.
  void MakeSweep() const {
    WriteData("second.npz", 5);
    Write("s.textproto",
          "name: 'two' base_path: 'e.textproto' axis { field: 'train_data.inputs' value: "
          "['data.npz:x', 'second.npz:x'] label: ['first', 'second'] }");
    const ToolResult result = Run({"sweep", "s.textproto", "--out=sweep"});
    ASSERT_EQ(result.exit_code, 0) << result.standard_error;
  }
  void Forget(const std::string& label, int seed) const {
    const std::string text = absl::StrCat("\"label\":\"", label, "\",\"seed\":", seed, ",");
    std::string rest;
    for (const absl::string_view line :
         absl::StrSplit(Read("sweep/index.jsonl"), '\n', absl::SkipEmpty())) {
      if (!absl::StrContains(line, text)) absl::StrAppend(&rest, line, "\n");
    }
    ASSERT_NE(rest, Read("sweep/index.jsonl")) << text;
    Write("sweep/index.jsonl", rest);
    fs::remove_all(PathOf(absl::StrCat("sweep/experiments/", label, "/trials/", seed)));
  }
};

TEST_F(ChangedFilesTest, ProvenanceHoldsFieldPathAndHashOfEachFile) {
  MakeUnfinishedRun();
  const auto entry = [this](const std::string& field, const std::string& name) {
    return json({{"field", field}, {"path", PathOf(name)}, {"sha256", HashOf(name)}});
  };
  EXPECT_EQ(Provenance("out")["data_files"],
            json({entry("train_data.inputs", "data.npz"), entry("train_data.labels", "data.npz"),
                  entry("eval_data.inputs", "eval.npz"),
                  entry("student.initializer[0].path", "weights.npz"),
                  entry("training.replay.batches", "batches.npz")}));
  Write("plain.textproto", SmallExperiment());
  ASSERT_EQ(Run({"run", "plain.textproto", "--out=plain"}).exit_code, 0);
  EXPECT_EQ(Provenance("plain")["data_files"], json::array());
}

TEST_F(ChangedFilesTest, ResumeAndExtendRefuseAFileThatWasOverwritten) {
  MakeUnfinishedRun();
  const struct {
    std::string name;
    std::vector<std::string> fields;
  } files[] = {{"data.npz", {"train_data.inputs", "train_data.labels"}},
               {"eval.npz", {"eval_data.inputs"}},
               {"weights.npz", {"student.initializer[0].path"}},
               {"batches.npz", {"training.replay.batches"}}};
  for (const auto& [name, fields] : files) {
    const std::string before = HashOf(name);
    WriteFile(name, 1);
    std::vector<std::string> problems;
    for (const std::string& field : fields) {
      problems.push_back(Refusal("out", field, PathOf(name), HashOf(name), before));
    }
    ExpectRefused({"resume", "out"}, problems);
    ExpectRefused({"extend", "out", "--set=seed.last=3"}, problems);
    WriteFile(name, 0);
  }
  // A new time stamp does not make it another file.
  fs::last_write_time(PathOf("data.npz"), fs::file_time_type::clock::now());
  EXPECT_EQ(Run({"resume", "out"}).exit_code, 0);
}

TEST_F(ChangedFilesTest, ANewPlaceWithOtherBytesIsNoNewPlace) {
  MakeUnfinishedRun();
  WriteData("other.npz", 1);
  ExpectRefused({"resume", "out", "--set=train_data.inputs=other.npz:x"},
                {Refusal("out", "train_data.inputs", PathOf("other.npz"), HashOf("other.npz"),
                         HashOf("data.npz"))});
  fs::copy_file(PathOf("data.npz"), PathOf("copy.npz"));
  fs::remove(PathOf("data.npz"));
  EXPECT_EQ(Run({"resume", "out", "--set=train_data.inputs=copy.npz:x",
                 "--set=train_data.labels=copy.npz:labels"})
                .exit_code,
            0);
}

TEST_F(ChangedFilesTest, GoesOnWithOtherBytesWhereThatIsAllowedAndSaysSo) {
  MakeUnfinishedRun();
  const std::string before = HashOf("eval.npz");
  WriteFile("eval.npz", 1);
  EXPECT_EQ(Run({"resume", "out", "--allow-changed-files"}).exit_code, 0);
  const json provenance = Provenance("out");
  EXPECT_EQ(provenance["data_files"][2]["sha256"], HashOf("eval.npz"));
  EXPECT_EQ(provenance["notes"],
            json({absl::StrCat("--allow-changed-files: eval_data.inputs: ", PathOf("eval.npz"),
                               " has SHA-256 ", HashOf("eval.npz").substr(0, 12), ", and had ",
                               before.substr(0, 12), " when what was there was computed")}));
  // A change that was allowed once becomes the recorded state.
  EXPECT_EQ(Run({"extend", "out", "--set=seed.last=3"}).exit_code, 0);
}

TEST_F(ChangedFilesTest, RefusesWhereItIsNotRecordedWhatResultsWereComputedFrom) {
  MakeUnfinishedRun();
  const std::string refusal = absl::StrCat(
      "out: provenance.json does not say which bytes the files had that it was computed from, as "
      "train_data.inputs: ",
      PathOf("data.npz"),
      " (and 4 more): results could mix; if they are still the same, go on with "
      "--allow-changed-files");
  Write("out/provenance.json", "{}");
  ExpectRefused({"resume", "out"}, {refusal});
  ExpectRefused({"extend", "out", "--set=seed.last=3"}, {refusal});
  fs::remove(PathOf("out/provenance.json"));
  ExpectRefused({"resume", "out"}, {refusal});
  EXPECT_EQ(Run({"resume", "out", "--allow-changed-files"}).exit_code, 0);
  // From now on it is known.
  EXPECT_EQ(Run({"extend", "out", "--set=seed.last=3"}).exit_code, 0);
}

TEST_F(ChangedFilesTest, ATrialWhoseFileChangesWhileTheRunIsAtWorkFails) {
  Write("e.textproto", Config({{"first: 1 last: 2", "first: 1 last: 40"},
                               {"replay { batches: \"batches.npz:b\" steps_per_epoch: 10 }",
                                "batch_size: 8 with_replacement { steps_per_epoch: 2000 }"}}));
  RunningTool tool({"run", "e.textproto", "--out=out", "--threads=1"}, folder());
  const auto begun = [this] { return fs::exists(PathOf("out/trials/1/metrics.jsonl")); };
  for (int i = 0; i < 30000 && !begun(); ++i) usleep(1000);
  const std::string before = HashOf("data.npz");
  // Programs often replace a file in this way.
  WriteData("new.npz", 1);
  const std::string now = HashOf("new.npz");
  fs::rename(PathOf("new.npz"), PathOf("data.npz"));
  const ToolResult result = tool.Wait();
  EXPECT_EQ(result.exit_code, 1);
  const json trials = Provenance("out")["trials"];
  EXPECT_EQ(trials[0]["status"], "finished");
  EXPECT_EQ(trials[39]["status"], "failed");
  EXPECT_THAT(std::string(trials[39]["message"]),
              StartsWith(absl::StrCat("train_data.inputs: ", PathOf("data.npz"), " has SHA-256 ",
                                      now.substr(0, 12), ", and had ", before.substr(0, 12))));
}

// --- Finished runs and sweeps ----------------------------------------------------------------

TEST_F(ChangedFilesTest, AFinishedRunLearnsWhereItsFilesAreNow) {
  ASSERT_EQ(Run({"run", "e.textproto", "--out=out"}).exit_code, 0);
  ASSERT_EQ(Run({"run", "e.textproto", "--out=more", "--set=seed.last=3"}).exit_code, 0);
  const std::string extend = "if it was moved, say where it is now: didact resume out --set=";
  fs::rename(PathOf("data.npz"), PathOf("moved.npz"));
  ExpectRefused(
      {"extend", "out", "--set=seed.last=3"},
      {absl::StrCat("out/experiment.textproto: train_data.inputs: ", PathOf("data.npz"),
                    ": cannot be opened: No such file or directory; ", extend,
                    "train_data.inputs=FILE, and extend it then"),
       absl::StrCat("out/experiment.textproto: train_data.labels: ", PathOf("data.npz:labels"),
                    ": does not exist; ", extend, "train_data.labels=FILE, and extend it then")});
  const auto moved = [](const std::string& name) {
    return std::vector<std::string>{"resume", "out", "--set=train_data.inputs=" + name + ":x",
                                    "--set=train_data.labels=" + name + ":labels"};
  };
  WriteData("other.npz", 1);
  ExpectRefusal(moved("other.npz"), StartsWith("didact: out: train_data.inputs: "));
  std::vector<std::string> missing;
  for (const auto& [field, name] : {std::pair("train_data.inputs", "nowhere.npz:x"),
                                    std::pair("train_data.labels", "nowhere.npz:labels")}) {
    missing.push_back(absl::StrCat(
        "out/experiment.textproto: ", field, ": ", PathOf(name),
        ": does not exist; if it was moved, say where it is now: didact resume out --set=", field,
        "=FILE"));
  }
  ExpectRefused(moved("nowhere.npz"), missing);
  EXPECT_EQ(Run(moved("moved.npz")).exit_code, 0);
  EXPECT_EQ(Run({"extend", "out", "--set=seed.last=3"}).exit_code, 0);
  for (const char* seed : {"1", "2", "3"}) {
    EXPECT_TRUE(Contents(absl::StrCat("out/trials/", seed)) ==
                Contents(absl::StrCat("more/trials/", seed)));
  }
}

TEST_F(ChangedFilesTest, AFinishedSweepLearnsWhereItsFilesAreNow) {
  MakeSweep();
  fs::create_directories(PathOf("below"));
  for (const char* name : {"data.npz", "second.npz"}) {
    fs::rename(PathOf(name), PathOf(absl::StrCat("below/", name)));
  }
  ExpectRefusal({"extend", "sweep", "--set=seed.last=3"},
                testing::AllOf(HasSubstr("train_data.inputs: " + PathOf("data.npz")),
                               HasSubstr("didact resume sweep --set=folder=DIR, "),
                               HasSubstr("didact resume sweep --set=train_data.labels=FILE, and "
                                         "extend it then")));
  const std::vector<std::string> resume = {"resume", "sweep", "--set=folder=below",
                                           "--set=train_data.labels=below/data.npz:labels"};
  EXPECT_EQ(Run(resume).exit_code, 0);
  EXPECT_EQ(Run({"extend", "sweep", "--set=seed.last=3"}).exit_code, 0);
}

// --- Sweeps ----------------------------------------------------------------------------------

TEST_F(ChangedFilesTest, ASweepComparesTheFilesOfTheTrialsThatAreLeft) {
  MakeSweep();
  EXPECT_EQ(Provenance("sweep")["data_files"].size(), 6);
  EXPECT_EQ(Provenance("sweep/experiments/001-second")["data_files"][0]["path"],
            PathOf("second.npz"));
  Forget("001-second", 2);
  const std::string before = HashOf("second.npz");
  WriteData("second.npz", 6);
  const std::string refusal =
      Refusal("sweep", "train_data.inputs", PathOf("second.npz"), HashOf("second.npz"), before);
  ExpectRefused({"resume", "sweep"}, {refusal});
  ExpectRefused({"sweep", "s.textproto", "--out=sweep"}, {refusal});
  ExpectRefused({"sweep", "s.textproto", "--out=sweep", "--shard=1/2"}, {refusal});
  ExpectRefused({"extend", "sweep", "--set=seed.last=3"}, {refusal});
  // An experiment of the sweep may not continue by itself either.
  fs::remove(PathOf("sweep/experiments/001-second/provenance.json"));
  const std::string alone = "sweep/experiments/001-second";
  ExpectRefused({"resume", alone}, {Refusal(alone, "train_data.inputs", PathOf("second.npz"),
                                            HashOf("second.npz"), before)});
  // Another folder is accepted as the new one only if it contains the same bytes.
  fs::create_directories(PathOf("below"));
  fs::copy_file(PathOf("data.npz"), PathOf("below/data.npz"));
  fs::copy_file(PathOf("second.npz"), PathOf("below/second.npz"));
  ExpectRefused({"resume", "sweep", "--set=folder=below"},
                {Refusal("sweep", "train_data.inputs", PathOf("below/second.npz"),
                         HashOf("second.npz"), before)});
  WriteData("below/second.npz", 5);
  EXPECT_EQ(Run({"resume", "sweep", "--set=folder=below"}).exit_code, 0);
}

TEST_F(ChangedFilesTest, ASweepMayGetExperimentsWithOtherFiles) {
  MakeSweep();
  WriteData("third.npz", 7);
  Write("s.textproto",
        "name: 'two' base_path: 'e.textproto' axis { field: 'train_data.inputs' value: "
        "['data.npz:x', 'second.npz:x', 'third.npz:x'] label: ['first', 'second', 'third'] }");
  EXPECT_EQ(Run({"extend", "sweep", "s.textproto"}).exit_code, 0);
  EXPECT_EQ(Provenance("sweep")["data_files"].size(), 7);
  // The files of all experiments are still recorded.
  Forget("000-first", 2);
  WriteFile("data.npz", 1);
  ExpectRefusal({"resume", "sweep"}, HasSubstr("train_data.inputs: " + PathOf("data.npz")));
}

TEST_F(ChangedFilesTest, ProcessesOfOneSweepFindTheSameFiles) {
  MakeSweep();
  fs::create_directories(PathOf("elsewhere"));
  WriteData("elsewhere/data.npz", 1);
  const ToolResult result =
      RunTool({"sweep", "s.textproto", "--out=both"}, folder(), MpirunEnvironment(),
              MpirunOfTwo("--set=train_data.labels=data.npz:labels",
                          "--set=train_data.labels=elsewhere/data.npz:labels"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(
      result.standard_error,
      HasSubstr("didact: both: all processes must find the same files, train_data.labels: " +
                PathOf("data.npz") + " with SHA-256 " + HashOf("data.npz") +
                "; process rank-1 has train_data.labels: " + PathOf("elsewhere/data.npz")));
}

}  // namespace
}  // namespace didact
