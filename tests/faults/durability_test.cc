// Power failures, after SQLite's crash tests and ALICE (Pillai et al., "All File Systems Are Not
// Created Equal", OSDI 2014): the tool's operations on files are recorded, and the power fails
// after each of them. From each state in which the disk may be then (disk_model.h), the work is
// finished. The test expects that
//
//   - the files are, byte for byte, those of work without interruption, and the files that contain
//     times say that the work has finished;
//   - no trial that had ended is trained again;
//   - no more steps are repeated than those since the last checkpoint (promises.h).
//
// A state that several moments have in common is tried once. Of the states after writes, most of
// which differ only in temporary files, a part is tried.

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/faults/disk_model.h"
#include "tests/faults/durability_scenarios.h"
#include "tests/faults/fault_test.h"
#include "tests/faults/promises.h"
#include "tests/faults/recorded_work.h"

namespace didact {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Files = std::map<std::string, std::string>;

// The states are divided into this number of groups, each a test case, which Bazel runs in
// parallel.
constexpr int kGroups = 4;

// After calls that open or write a file, one in this number of states is tried. After calls that
// create, rename, remove or flush, all are tried.
constexpr int kWritesPerTry = 8;

bool OpensOrWrites(const WriteOperation& operation) {
  return operation.kind == WriteKind::kOpen || operation.kind == WriteKind::kWrite ||
         operation.kind == WriteKind::kTruncate;
}

constexpr char kBeginning[] = "/weights/epoch_-001.npz";

int ExitCodeAfter(int signal) {
  if (signal == SIGKILL) return 128 + SIGKILL;
  return signal == SIGTERM ? 3 : 0;
}

// Waits until a child of this process is stopped.
bool WaitUntilStopped(int process) {
  siginfo_t information = {};
  const int flags = WSTOPPED | WEXITED | WNOWAIT;
  return waitid(P_PID, static_cast<id_t>(process), &information, flags) == 0 &&
         information.si_code == CLD_STOPPED;
}

// Returns a text that identifies a state and the promises about it.
std::string KeyOf(const DiskImage& state, const std::map<std::string, int64_t>& promises) {
  std::string key;
  for (const auto& [path, bytes] : state) {
    absl::StrAppend(&key, path, "\n", bytes ? absl::StrCat(bytes->size(), "\n", *bytes) : "");
  }
  for (const auto& [trial, step] : promises) absl::StrAppend(&key, trial, "\n", step, "\n");
  return key;
}

class DurabilityTest : public FaultTest,
                       public testing::WithParamInterface<std::tuple<DurabilityScenario, int>> {
 protected:
  DurabilityTest() : FaultTest("0", "5"), work_(PathOf("work")), begin_(DurabilityConfigs()) {}

  static const DurabilityScenario& scenario() { return std::get<0>(GetParam()); }
  static int group() { return std::get<1>(GetParam()); }

  // Returns the files of a command that is not disturbed.
  Files Undisturbed(const Words& command) {
    if (command.empty()) return {};
    work_.Put(begin_);
    const ToolResult result = work_.Run(command);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    return Timeless("work/out");
  }

  // Returns the entry of the command's log after which its signal is sent.
  int EntryOfSignal(const SignalledProcess& process) {
    work_.Put(begin_);
    EXPECT_EQ(work_.Record({process.command}).exit_code, 0);
    const std::vector<WriteOperation> operations = work_.Log();
    int number = 0;
    for (size_t i = 0; i < operations.size(); ++i) {
      const WriteOperation& operation = operations[i];
      const bool is_renamed = operation.kind == WriteKind::kRename;
      if (!is_renamed && operation.kind != WriteKind::kMakeDirectory) continue;
      if (!absl::EndsWith(is_renamed ? operation.data : operation.path, process.path_end)) continue;
      if (number++ == process.number) return static_cast<int>(i);
    }
    ADD_FAILURE() << "no path ends with " << process.path_end << " so often";
    return 0;
  }

  // Runs the processes of the scenario. Returns their operations, and the number of those after
  // which the power first fails.
  std::pair<std::vector<WriteOperation>, size_t> Record() {
    std::vector<RecordedProcess> processes;
    for (const SignalledProcess& process : scenario().processes) {
      const int at = process.signal == 0 ? 0 : EntryOfSignal(process);
      processes.push_back({process.command, process.signal, at});
    }
    work_.Put(begin_);
    size_t first = 0;
    bool has_signal = false;
    std::unique_ptr<RunningTool> stopped;
    for (const RecordedProcess& process : processes) {
      if (process.signal != 0 || !has_signal) {
        first = work_.Log().size() + static_cast<size_t>(process.signal_at);
      }
      has_signal = has_signal || process.signal != 0;
      std::unique_ptr<RunningTool> tool = work_.Begin(process);
      if (process.signal == SIGSTOP) {
        EXPECT_TRUE(WaitUntilStopped(tool->process()));
        stopped = std::move(tool);
        continue;
      }
      ExpectExit(*tool, ExitCodeAfter(process.signal));
      if (stopped != nullptr) {
        stopped->Signal(SIGCONT);
        ExpectExit(*std::exchange(stopped, nullptr), 0);
      }
    }
    return {work_.Log(), first};
  }
  static void ExpectExit(RunningTool& tool, int code) {
    const ToolResult result = tool.Wait();
    EXPECT_EQ(result.exit_code, code) << result.standard_error;
  }

  // Returns the trials that have ended, each with the time at which its metrics.jsonl was last
  // written.
  std::map<std::string, std::pair<int64_t, int64_t>> EndedTrials() const {
    std::map<std::string, std::pair<int64_t, int64_t>> trials;
    for (const auto& [metrics, time] : Ended("work/out")) {
      const fs::path trial = fs::path(metrics).parent_path().lexically_relative(PathOf("work"));
      // Folders that are being removed are left out.
      if (!absl::StrContains(trial.string(), ".tmp-")) trials[trial.string()] = time;
    }
    return trials;
  }

  // Returns the bytes of files that trials write only at their beginning.
  static std::set<std::string> BeginningsIn(const DiskImage& image) {
    std::set<std::string> beginnings;
    for (const auto& [path, bytes] : image) {
      if (absl::EndsWith(path, kBeginning)) beginnings.insert(*bytes);
    }
    return beginnings;
  }

  // Returns the files of trials that are extended, at their present paths.
  std::set<ino_t> ExtendedBeginnings() const {
    std::set<ino_t> beginnings;
    if (!Exists("work/out")) return beginnings;
    for (const auto& [path, bytes] : Contents("work/out")) {
      struct stat properties = {};
      if (!absl::EndsWith(path, kBeginning) || extended_.count(bytes) == 0) continue;
      if (stat(PathOf("work/out/" + path).c_str(), &properties) == 0) {
        beginnings.insert(properties.st_ino);
      }
    }
    return beginnings;
  }

  // Returns true if the folder is that of the training of a teacher.
  static bool IsOfTeacher(const fs::path& trial) {
    return trial.parent_path().filename() == "teachers";
  }

  // Returns the step from which a trial resumed, by its experiment's provenance, or from which the
  // training of a teacher did, by its own; 0 if it started again.
  int64_t ResumedAt(const fs::path& trial) const {
    const fs::path teller = IsOfTeacher(trial) ? trial : trial.parent_path().parent_path();
    const json provenance = json::parse(Read("work" / teller / "provenance.json"), nullptr, false);
    for (const json& entry : provenance["trials"]) {
      const std::string seed = absl::StrCat(entry["seed"].get<uint64_t>());
      if (!IsOfTeacher(trial) && seed != trial.filename().string()) continue;
      return entry.value("resumed_at", int64_t{0});
    }
    ADD_FAILURE() << teller << " does not tell of " << trial;
    return 0;
  }

  // Returns true if the directory has the alternative work of the scenario.
  bool IsInstead(const Files& files) const {
    for (const char* name : {"experiment.textproto", "sweep.textproto"}) {
      const auto found = files.find(name);
      const auto instead = instead_.find(name);
      if (found != files.end() && instead != instead_.end()) {
        return found->second == instead->second;
      }
    }
    return false;
  }

  // Runs the commands, or does all of the work at once if nothing exists yet, and compares.
  void Finish(std::vector<Words> commands) {
    const bool is_there =
        Exists("work/out/experiment.textproto") || Exists("work/out/sweep.textproto");
    if (!is_there) commands = {scenario().at_once};
    bool is_finished = false;
    for (const Words& command : commands) {
      const ToolResult result = work_.Run(command);
      is_finished = result.exit_code == 2 &&
                    absl::StrContains(result.standard_error, "holds a finished sweep");
      EXPECT_TRUE(is_finished || result.exit_code == 0)
          << result.standard_output << result.standard_error;
    }
    ASSERT_TRUE(Exists("work/out"));
    Files files = Timeless("work/out");
    // The lock file of a killed process does no harm.
    if (is_finished) files.erase("lock");
    ExpectSame(files, IsInstead(files) ? instead_ : undisturbed_);
    ExpectToldToHaveFinished();
  }

  // Files that contain times are not compared, but must say that everything has finished.
  void ExpectToldToHaveFinished() const {
    std::set<fs::path> tellers = {"work/out/provenance.json"};
    std::map<std::string, std::string> trials;  // of a sweep, by their folders: the status
    for (const auto& entry : fs::recursive_directory_iterator(PathOf("work/out"))) {
      if (entry.path().filename() != "outcome.json" || !Exists("work/out/sweep.textproto"))
        continue;
      const fs::path trial = entry.path().parent_path().lexically_relative(PathOf("work/out"));
      if (IsOfTeacher(trial)) continue;
      trials[trial.string()] = "";
      tellers.insert("work/out" / trial.parent_path().parent_path() / "provenance.json");
    }
    for (const fs::path& teller : tellers) {
      const json provenance = json::parse(Read(teller.string()), nullptr, false);
      EXPECT_TRUE(provenance.is_object() && provenance["outcome"] == "finished") << teller;
    }
    if (trials.empty()) return;
    for (const absl::string_view line : absl::StrSplit(Read("work/out/index.jsonl"), '\n')) {
      // A part of a line may have been lost.
      const json entry = json::parse(line.begin(), line.end(), nullptr, false);
      if (entry.is_object()) trials[entry.value("folder", "")] = entry.value("status", "");
    }
    for (const auto& [trial, status] : trials) {
      EXPECT_EQ(status, "finished") << trial << " in index.jsonl";
    }
  }

  void FinishFrom(const DiskImage& state, const std::map<std::string, int64_t>& promises,
                  const std::vector<Words>& commands) {
    work_.Put(state);
    const auto ended = EndedTrials();
    const std::set<ino_t> begun = ExtendedBeginnings();
    Finish(commands);
    if (scenario().is_extension) {
      EXPECT_EQ(begun.size(), extended_.size()) << "a trial was lost";
      EXPECT_TRUE(ExtendedBeginnings() == begun) << "a trial was trained from its beginning again";
    } else {
      const auto ended_at_last = EndedTrials();
      for (const auto& [trial, time] : ended) {
        ASSERT_EQ(ended_at_last.count(trial), 1) << trial << " was lost";
        EXPECT_EQ(ended_at_last.at(trial), time) << trial << " was trained again";
      }
    }
    for (const auto& [trial, step] : promises) {
      if (ended.count(trial) != 0) continue;
      if (step == Promises::kEnded) {
        ADD_FAILURE() << trial << " had ended, and was trained again";
      } else {
        EXPECT_GE(ResumedAt(trial), step) << trial << " had a checkpoint of a later step";
      }
    }
  }

  RecordedWork work_;
  DiskImage begin_;
  Files undisturbed_;
  Files instead_;
  std::set<std::string> extended_;  // beginnings of trials
};

TEST_P(DurabilityTest, APowerFailureUndoesNothingThatWasDone) {
  undisturbed_ = Undisturbed(scenario().at_once);
  instead_ = Undisturbed(scenario().instead);
  const auto [operations, first] = Record();
  const DiskImage left = work_.State();
  ASSERT_FALSE(HasFailure());

  DiskModel disk(begin_);
  std::mt19937_64 unused;
  Promises promises;
  std::set<std::string> known;
  int states = 0;
  int states_of_writes = 0;
  for (size_t i = 0; i < operations.size(); ++i) {
    const DiskModel before = disk;
    ASSERT_EQ(disk.Apply(operations[i]), absl::OkStatus());
    promises.Add(operations[i], before, disk);
    if (i + 1 == operations.size()) promises.KeepAll();
    if (i < first) continue;
    if (i == first) extended_ = BeginningsIn(disk.Survivors(Kept::kEverything, unused));
    for (const auto& [kept, state] : PossibleStates(disk, i)) {
      if (!known.insert(KeyOf(state, promises.all())).second) continue;
      if (OpensOrWrites(operations[i]) && states_of_writes++ % kWritesPerTry != 0) continue;
      const int number = states++;
      if (number % kGroups != group()) continue;
      SCOPED_TRACE(absl::StrCat("the power fails after ", Describe(operations[i]), ", call ", i,
                                "; what is left: ", kept));
      const std::vector<Words>& end = scenario().ends[number / kGroups % scenario().ends.size()];
      FinishFrom(state, promises.all(), end);
      if (HasFailure()) return;
    }
  }
  RecordProperty("calls", static_cast<int>(operations.size() - first));
  RecordProperty("states", states);

  // The recorder must have seen all calls; and the power may also fail after the process has ended.
  EXPECT_TRUE(disk.Survivors(Kept::kEverything, unused) == left) << "a call was not recorded";
  const DiskImage durable = disk.Survivors(Kept::kNothing, unused);
  for (const auto& [path, bytes] : left) {
    const auto found = durable.find(path);
    EXPECT_TRUE(found != durable.end() && found->second == bytes)
        << path << " was not flushed at the end";
  }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, DurabilityTest,
                         testing::Combine(testing::ValuesIn(DurabilityScenarios()),
                                          testing::Range(0, kGroups)),
                         [](const auto& info) {
                           return absl::StrCat(std::get<0>(info.param).name, "_",
                                               std::get<1>(info.param));
                         });

}  // namespace
}  // namespace didact
