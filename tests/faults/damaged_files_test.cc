// Tests checkpoints and metrics that a crash or a faulty disk has damaged: intact files are used,
// damaged ones are reported, and the final bytes are those of an undisturbed run.

#include <signal.h>
#include <unistd.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/faults/fault_test.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class DamagedFilesTest : public FaultTest {
 protected:
  DamagedFilesTest() : FaultTest("0", "600") {}

  // Makes an interrupted run whose trials have two checkpoints each.
  void MakeInterruptedRun() {
    undisturbed_ = UndisturbedOnce();
    ASSERT_EQ(Interrupt("out", SIGTERM).exit_code, 3);
    for (const char* seed : {"1", "2"}) {
      const std::string trial = absl::StrCat("out/trials/", seed);
      ASSERT_TRUE(Exists(trial + "/checkpoint.pb")) << "the trial took no time at all";
      ASSERT_TRUE(Exists(trial + "/checkpoint.previous.pb"));
      ASSERT_FALSE(Exists(trial + "/outcome.json"));
    }
  }

  // Returns the files of the undisturbed run, which all tests here share.
  const std::map<std::string, std::string>& UndisturbedOnce() const {
    static const auto* const undisturbed = new std::map<std::string, std::string>(Undisturbed());
    return *undisturbed;
  }

  // Resumes and expects the correct bytes. Returns the text on standard error.
  std::string Resume() const {
    const ToolResult result = Run({"resume", "out"});
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    ExpectSame(Results("out"), undisturbed_);
    return result.standard_error;
  }

  json Trial(int index) const {
    return json::parse(Read("out/provenance.json"), nullptr, false)["trials"][index];
  }

  void Damage(const std::string& name, size_t place) const {
    std::string bytes = Read(name);
    ASSERT_GT(bytes.size(), place);
    bytes[place] = static_cast<char>(bytes[place] ^ 0x10);
    Write(name, bytes);
  }

  void Truncate(const std::string& name, size_t size) const {
    Write(name, Read(name).substr(0, size));
  }

  std::map<std::string, std::string> undisturbed_;
};

TEST_F(DamagedFilesTest, WholeCheckpointsAreUsed) {
  MakeInterruptedRun();
  EXPECT_THAT(Resume(), HoldsNoComplaint());
  EXPECT_GT(Trial(0)["resumed_at"], 4000);
  EXPECT_FALSE(Trial(0).contains("notes"));
}

TEST_F(DamagedFilesTest, AnOlderCheckpointStandsInForADamagedOne) {
  MakeInterruptedRun();
  Damage("out/trials/1/checkpoint.pb", 700);
  Truncate("out/trials/2/checkpoint.pb", 1000);
  const std::string said = Resume();
  EXPECT_THAT(said, HasSubstr("didact: note: seed 1: checkpoint not used: "
                              "out/trials/1/checkpoint.pb: is damaged: has CRC-32 "));
  EXPECT_THAT(said, HasSubstr("didact: note: seed 2: checkpoint not used: "
                              "out/trials/2/checkpoint.pb: is damaged: expected a whole "));
  // The checkpoint was taken after an even number of epochs.
  EXPECT_GT(Trial(0)["resumed_at"], 0);
  EXPECT_EQ(static_cast<int64_t>(Trial(0)["resumed_at"]) % 2000, 0);
  EXPECT_THAT(std::string(Trial(0)["notes"][0]), HasSubstr("checkpoint.pb: is damaged"));
}

TEST_F(DamagedFilesTest, AnOlderCheckpointStandsInForOneThatWasNotRenamedYet) {
  MakeInterruptedRun();
  std::filesystem::rename(PathOf("out/trials/1/checkpoint.pb"),
                          PathOf("out/trials/1/checkpoint.pb.tmp-1-2"));
  EXPECT_THAT(Resume(), HoldsNoComplaint());
  EXPECT_GT(Trial(0)["resumed_at"], 0);
}

TEST_F(DamagedFilesTest, ATrialStartsOverWhenBothAreDamaged) {
  MakeInterruptedRun();
  Truncate("out/trials/1/checkpoint.pb", 0);
  Damage("out/trials/1/checkpoint.previous.pb", 0);
  const std::string said = Resume();
  EXPECT_THAT(said, HasSubstr("seed 1: checkpoint not used: out/trials/1/checkpoint.pb: "));
  EXPECT_THAT(said,
              HasSubstr("seed 1: checkpoint not used: out/trials/1/checkpoint.previous.pb: "));
  EXPECT_FALSE(Trial(0).contains("resumed_at"));
  EXPECT_GT(Trial(1)["resumed_at"], 0);
}

TEST_F(DamagedFilesTest, ACheckpointOfAnotherTrialIsNotUsed) {
  MakeInterruptedRun();
  for (const char* name : {"/checkpoint.pb", "/metrics.jsonl"}) {
    Write(absl::StrCat("out/trials/1", name), Read(absl::StrCat("out/trials/2", name)));
  }
  EXPECT_THAT(Resume(), HasSubstr("checkpoint.pb: is of seed 2, expected 1"));
}

TEST_F(DamagedFilesTest, ATornLastLineIsCutOff) {
  MakeInterruptedRun();
  const std::string metrics = "out/trials/1/metrics.jsonl";
  Write(metrics, Read(metrics) + "{\"epoch\":77,\"step\":7");
  Write("out/trials/2/metrics.jsonl", Read("out/trials/2/metrics.jsonl") + "{\"epoch\":77}\n");
  EXPECT_THAT(Resume(), HoldsNoComplaint());
  EXPECT_GT(Trial(0)["resumed_at"], 0);
}

TEST_F(DamagedFilesTest, ATornLineOfATrialWithoutCheckpointIsWrittenAnew) {
  MakeInterruptedRun();
  std::filesystem::remove_all(PathOf("out/trials/2"));
  Write("out/trials/2/metrics.jsonl", "{\"epoch\":-1,\"st");
  EXPECT_THAT(Resume(), HoldsNoComplaint());
}

TEST_F(DamagedFilesTest, MetricsThatLostLinesAreNotContinued) {
  MakeInterruptedRun();
  Truncate("out/trials/1/metrics.jsonl", 10);
  std::filesystem::remove(PathOf("out/trials/2/metrics.jsonl"));
  const std::string said = Resume();
  EXPECT_THAT(said, HasSubstr("out/trials/1/metrics.jsonl: has 10 bytes, expected "));
  EXPECT_THAT(said, HasSubstr("out/trials/2/metrics.jsonl: cannot be opened: No such file"));
}

TEST_F(DamagedFilesTest, MetricsWithOtherBytesAreNotContinued) {
  MakeInterruptedRun();
  Damage("out/trials/1/metrics.jsonl", 200);
  EXPECT_THAT(Resume(), HasSubstr(" bytes are not those that were written"));
}

TEST_F(DamagedFilesTest, ADamagedOutcomeIsNotBelieved) {
  undisturbed_ = Undisturbed();
  Copy("undisturbed", "out");
  Truncate("out/trials/2/outcome.json", 20);
  EXPECT_THAT(Resume(), HasSubstr("seed 2: not used: out/trials/2/outcome.json: is damaged"));
}

TEST_F(DamagedFilesTest, ASweepSaysWhatItCouldNotUse) {
  Write("s.textproto", R"(
    name: "sweep"
    base_path: "e.textproto"
    axis { field: "student.width_multiplier" value: "1" value: "2" })");
  const std::vector<std::string> command = {"sweep", "s.textproto", "--out=out", "--threads=2"};
  const std::string experiment = "experiments/001-width_multiplier=2";
  const std::string trial = experiment + "/trials/1";
  {
    RunningTool tool(command, folder());
    ASSERT_TRUE(WaitUntil([&] { return Lines("out/" + trial + "/metrics.jsonl") >= 6; }));
    tool.Signal(SIGTERM);
    ASSERT_EQ(tool.Wait().exit_code, 3);
  }
  Damage("out/" + trial + "/checkpoint.pb", 700);
  const ToolResult result = Run({"resume", "out", "--threads=2"});
  EXPECT_EQ(result.exit_code, 0);
  const std::string note =
      absl::StrCat("checkpoint not used: out/", trial, "/checkpoint.pb: is damaged: has CRC-32 ");
  EXPECT_THAT(result.standard_error,
              HasSubstr("didact: note: 001-width_multiplier=2: seed 1: " + note));

  const json provenance =
      json::parse(Read("out/" + experiment + "/provenance.json"), nullptr, false)["trials"][0];
  EXPECT_THAT(std::string(provenance["notes"][0]), HasSubstr(note));
  EXPECT_GT(provenance["resumed_at"], 0);
  json last;
  std::istringstream lines(Read("out/index.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const json entry = json::parse(line, nullptr, false);
    if (entry["folder"] == trial) last = entry;
  }
  EXPECT_EQ(last["status"], "finished");
  EXPECT_EQ(last["notes"], provenance["notes"]);
  EXPECT_EQ(last["resumed_at"], provenance["resumed_at"]);

  // The provenance of the sweep lists the processes that worked on it.
  const json of_sweep = json::parse(Read("out/provenance.json"), nullptr, false);
  EXPECT_EQ(of_sweep["outcome"], "finished");
  EXPECT_EQ(of_sweep["command"][1], "resume");
  ASSERT_EQ(of_sweep["earlier"].size(), 1);
  EXPECT_EQ(of_sweep["earlier"][0]["outcome"], "interrupted");
  EXPECT_EQ(of_sweep["earlier"][0]["command"][1], "sweep");

  ASSERT_EQ(Run({"sweep", "s.textproto", "--out=undisturbed", "--quiet"}).exit_code, 0);
  ExpectSame(Results("out/" + experiment), Results("undisturbed/" + experiment));
}

TEST_F(DamagedFilesTest, LostProvenanceDoesNotMatter) {
  MakeInterruptedRun();
  Truncate("out/provenance.json", 100);
  EXPECT_THAT(Resume(), HoldsNoComplaint());
  EXPECT_EQ(json::parse(Read("out/provenance.json"), nullptr, false)["outcome"], "finished");
}

}  // namespace
}  // namespace didact
