// Shared by tests of faults: a run that takes a second, and its undisturbed results.

#ifndef DIDACT_TESTS_FAULTS_FAULT_TEST_H_
#define DIDACT_TESTS_FAULTS_FAULT_TEST_H_

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/tool_test.h"
#include "tests/cli/wait_until.h"

namespace didact {

// Two trials of many epochs of 1000 steps, with momentum and a metric that has state. Checkpoints
// every 2 epochs and, if that is not 0, every `every_seconds`.
class FaultTest : public ToolTest {
 protected:
  FaultTest(const std::string& every_seconds, const std::string& epochs) {
    WriteConfig(
        {{"learning_rate {", "momentum: 0.5 learning_rate {"},
         {"value: 0.05", "value: 0.01"},
         {"epochs: 3 batch_size: 8 with_replacement { steps_per_epoch: 10 }",
          "epochs: " + epochs + " batch_size: 2 with_replacement { steps_per_epoch: 1000 }"},
         {"metric { [didact/Loss] {} }",
          "metric { [didact/Loss] {} } metric { [didact/WeightChange] {} } output { "
          "checkpoint_every_epochs: 2 checkpoint_every_seconds: " +
              every_seconds + " }"}});
  }

  static std::vector<std::string> RunCommand(const std::string& out) {
    return {"run", "e.textproto", "--out=" + out, "--threads=2", "--quiet"};
  }
  static std::vector<std::string> ResumeCommand(const std::string& out) {
    return {"resume", out, "--threads=2", "--quiet"};
  }

  // Returns the results of a run without faults.
  std::map<std::string, std::string> Undisturbed() const {
    EXPECT_EQ(Run(RunCommand("undisturbed")).exit_code, 0);
    return Results("undisturbed");
  }

  bool Exists(const std::string& name) const { return access(PathOf(name).c_str(), F_OK) == 0; }

  std::ptrdiff_t Lines(const std::string& name) const {
    if (!Exists(name)) return 0;
    const std::string text = Read(name);
    return std::count(text.begin(), text.end(), '\n');
  }

  // Sends `signal` to a run into `out` after both trials have written some evaluations, and waits.
  ToolResult Interrupt(const std::string& out, int signal) const {
    RunningTool tool(RunCommand(out), folder());
    const auto begun = [&](const std::string& seed) {
      return Lines(out + "/trials/" + seed + "/metrics.jsonl") >= 6;
    };
    EXPECT_TRUE(WaitUntil([&] { return begun("1") && begun("2"); }));
    tool.Signal(signal);
    return tool.Wait();
  }

  void Copy(const std::string& from, const std::string& to) const {
    std::filesystem::copy(PathOf(from), PathOf(to), std::filesystem::copy_options::recursive);
  }

  // Returns all files of a run or a sweep except those that contain times.
  std::map<std::string, std::string> Timeless(const std::string& out) const {
    std::map<std::string, std::string> files = Contents(out);
    std::erase_if(files, [](const auto& file) {
      const std::string& name = file.first;
      return name.ends_with("provenance.json") || name.starts_with("provenance.") ||
             name.starts_with("index.");
    });
    return files;
  }

  // Returns the trials that have ended, each with the time at which its metrics.jsonl was last
  // written.
  std::map<std::string, std::pair<int64_t, int64_t>> Ended(const std::string& out) const {
    std::map<std::string, std::pair<int64_t, int64_t>> ended;
    if (!Exists(out)) return ended;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(PathOf(out))) {
      const std::filesystem::path& path = entry.path();
      struct stat properties;
      if (path.filename() != "outcome.json") continue;
      const std::string metrics = (path.parent_path() / "metrics.jsonl").string();
      if (stat(metrics.c_str(), &properties) != 0) continue;
      ended[metrics] = {properties.st_mtim.tv_sec, properties.st_mtim.tv_nsec};
    }
    return ended;
  }

  // Runs a command and lets one call that concerns the folder `out` fail: number `at` of the calls
  // in which a fault of this kind can happen (failing_calls.cc, a data dependency of the test).
  // `happened` is set to true if the command got as far as this call.
  ToolResult RunWithFault(const std::vector<std::string>& command, const std::string& kind, int at,
                          bool& happened) const {
    const std::string report = PathOf("report");
    std::filesystem::remove(report);
    RunningTool tool(command, folder(),
                     {"LD_PRELOAD=" + DataPath("tests/faults/libfailing_calls.so"),
                      "DIDACT_FAULT=" + kind, "DIDACT_FAULT_FOLDER=out",
                      "DIDACT_FAULT_AT=" + std::to_string(at), "DIDACT_FAULT_REPORT=" + report});
    ToolResult result = tool.Wait();
    happened = Exists("report");
    return result;
  }

  // Expects a resumed run to end with the bytes of an undisturbed one.
  void ExpectSame(const std::map<std::string, std::string>& found,
                  const std::map<std::string, std::string>& undisturbed) const {
    if (found == undisturbed) return;
    for (const auto& [name, bytes] : undisturbed) {
      if (found.count(name) == 0) {
        ADD_FAILURE() << name << " is missing";
      } else if (found.at(name) != bytes) {
        ADD_FAILURE() << name << " has other bytes";
      }
    }
    for (const auto& [name, bytes] : found) {
      if (undisturbed.count(name) == 0) ADD_FAILURE() << name << " should not be there";
    }
  }
};

}  // namespace didact

#endif  // DIDACT_TESTS_FAULTS_FAULT_TEST_H_
