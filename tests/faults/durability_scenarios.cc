#include "tests/faults/durability_scenarios.h"

#include <signal.h>

#include "absl/strings/str_cat.h"
#include "tests/cli/taught_experiment.h"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

Words Run(const std::string& config, const std::string& flag = "") {
  Words words = {"run", config, "--out=out", "--threads=1"};
  if (!flag.empty()) words.push_back(flag);
  return words;
}

Words Sweep(const std::string& config, const std::string& flag = "") {
  Words words = Run(config, flag);
  words[0] = "sweep";
  return words;
}

// Returns the flags of one of two parts of a sweep.
Words Shard(int number) {
  return Sweep("shared_sweep.textproto", absl::StrCat("--shard=", number, "/2"));
}

Words Extend(const std::string& change) { return {"extend", "out", change, "--threads=1"}; }

std::string Experiment(const std::string& stddev, int trials, int epochs) {
  return SmallExperiment({
      {"last: 2", absl::StrCat("last: ", trials)},
      {"stddev: 0.3", "stddev: " + stddev},
      {"learning_rate {", "momentum: 0.5 learning_rate {"},
      {"value: 0.05", "value: 0.01"},
      {"epochs: 3", absl::StrCat("epochs: ", epochs)},
      {"metric { [didact/Specialization] {} }", "metric { [didact/WeightChange] {} }"},
      {"metric { [didact/BoundaryObservability] {} }",
       "output { checkpoint_every_epochs: 2 checkpoint_every_seconds: 0 }"},
  });
}

std::string WithFinalCheckpoint(std::string experiment) {
  return experiment.replace(experiment.find("output { "), 9,
                            "output { keep_final_checkpoint: true ");
}

std::string WithoutArrays(std::string experiment) {
  return experiment.replace(experiment.find("output { "), 9,
                            "output { arrays: NONE weights: NONE ");
}

std::string SweepOver(const std::string& base, const std::string& points) {
  return absl::StrCat("name: 'sweep' base_path: '", base, "' ", points);
}

std::string Point(const std::string& label, int multiplier) {
  return absl::StrCat("point { label: '", label, "' set: 'student.width_multiplier=", multiplier,
                      "' } ");
}

}  // namespace

DiskImage DurabilityConfigs() {
  const std::string both = Point("a", 1) + Point("b", 2);
  DiskImage files = {
      {"run.textproto", Experiment("0.3", 2, 5)},
      {"other_run.textproto", Experiment("0.4", 2, 5)},
      {"kept_run.textproto", WithFinalCheckpoint(Experiment("0.3", 2, 5))},
      {"bare_run.textproto", WithoutArrays(Experiment("0.3", 1, 1))},
      {"taught_run.textproto", TaughtExperiment()},
      {"one.textproto", Experiment("0.3", 1, 5)},
      {"shared_sweep.textproto", SweepOver("run.textproto", Point("a", 1))},
      {"other_one.textproto", Experiment("0.4", 1, 5)},
      {"kept_one.textproto", WithFinalCheckpoint(Experiment("0.3", 1, 5))},
      {"sweep.textproto", SweepOver("one.textproto", both)},
      {"other_sweep.textproto", SweepOver("other_one.textproto", both)},
      {"smaller_sweep.textproto", SweepOver("kept_one.textproto", both)},
      // The two experiments exchange their numbers.
      {"larger_sweep.textproto",
       SweepOver("kept_one.textproto", Point("a", 2) + Point("b", 1) + Point("c", 3))},
  };
  for (const auto& [name, bytes] : TaughtData()) files[name] = bytes;
  return files;
}

const std::vector<DurabilityScenario>& DurabilityScenarios() {
  const Words run = Run("run.textproto");
  const Words bare_run = Run("bare_run.textproto");
  const Words taught_run = Run("taught_run.textproto");
  const Words other_run = Run("other_run.textproto", "--force");
  const Words smaller_run = Run("kept_run.textproto", "--set=training.epochs=3");
  const Words more_epochs = Extend("--set=training.epochs=5");
  const Words sweep = Sweep("sweep.textproto");
  const Words other_sweep = Sweep("other_sweep.textproto", "--force");
  const Words smaller_sweep = Sweep("smaller_sweep.textproto", "--set=training.epochs=3");
  const Words larger_sweep = Extend("larger_sweep.textproto");
  const Words shared_sweep = Sweep("shared_sweep.textproto");
  const Words resume = {"resume", "out", "--threads=1"};
  // The checkpoint of the second trial, which then has two.
  static constexpr char kCheckpoint[] = "/checkpoint.pb";
  constexpr int kFourth = 3;
  // That of the teacher, which then has two.
  constexpr int kSecond = 1;
  static const auto* const scenarios = new std::vector<DurabilityScenario>{
      {"Run", {{run}}, {{resume}}, run, {}},
      // The only files of a trial are metrics.jsonl and outcome.json.
      {"BareRun", {{bare_run}}, {{resume}}, bare_run, {}},
      {"InterruptedRun", {{run, SIGTERM, kCheckpoint, kFourth}, {resume}}, {{resume}}, run, {}},
      {"KilledRun", {{run, SIGKILL, kCheckpoint, kFourth}, {resume}}, {{resume}}, run, {}},
      {"RunKilledAtItsBeginning", {{run, SIGKILL, "/trials"}, {resume}}, {{resume}}, run, {}},
      {"RunKilledAtATrialsEnd",
       {{run, SIGKILL, "/outcome.json", 1}, {resume}},
       {{resume}},
       run,
       {}},
      {"RunWithATeacherThatIsTrained", {{taught_run}}, {{resume}}, taught_run, {}},
      {"RunKilledInTheTrainingOfItsTeacher",
       {{taught_run, SIGKILL, kCheckpoint, kSecond}, {resume}},
       {{resume}},
       taught_run,
       {}},
      {"ReplacedRun", {{run}, {other_run}}, {{resume}}, other_run, run},
      {"ExtendedRun",
       {{smaller_run}, {more_epochs}},
       {{more_epochs}, {resume, more_epochs}},
       Run("kept_run.textproto"),
       {},
       /*is_extension=*/true},
      {"Sweep", {{sweep}}, {{sweep}, {resume}}, sweep, {}},
      {"KilledSweep",
       {{sweep, SIGKILL, kCheckpoint, kFourth}, {sweep}},
       {{sweep}, {resume}},
       sweep,
       {}},
      {"Shards",
       {{Sweep("sweep.textproto", "--shard=0/2")}, {Sweep("sweep.textproto", "--shard=1/2")}},
       {{sweep}, {resume}},
       sweep,
       {}},
      // Both processes create the same folders, and neither may rely on the other to flush them.
      {"ShardsThatMakeASweep",
       {{Shard(0), SIGSTOP, "/experiments"}, {Shard(1)}},
       {{shared_sweep}, {resume}},
       shared_sweep,
       {}},
      {"ShardsThatMakeTheFolderOfAnExperiment",
       {{Shard(0), SIGSTOP, "/000-a"}, {Shard(1)}},
       {{shared_sweep}, {resume}},
       shared_sweep,
       {}},
      {"ShardsThatMakeAnExperiment",
       {{Shard(0), SIGSTOP, "/trials"}, {Shard(1)}},
       {{shared_sweep}, {resume}},
       shared_sweep,
       {}},
      {"ReplacedSweep", {{sweep}, {other_sweep}}, {{resume}}, other_sweep, sweep},
      {"ExtendedSweep",
       {{smaller_sweep}, {larger_sweep}},
       {{larger_sweep}, {resume, larger_sweep}},
       Sweep("larger_sweep.textproto"),
       {},
       /*is_extension=*/true},
  };
  return *scenarios;
}

}  // namespace didact
