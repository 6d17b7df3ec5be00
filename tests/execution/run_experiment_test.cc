#include "didact/framework/execution/run_experiment.h"

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/plugins/builtin.h"
#include "gmock/gmock.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tests/base/same_bytes.h"
#include "tests/base/test_files.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::ElementsAre;

// A learning rate given by the config. At step 15 it asks the run to stop.
class StoppingRate final : public Schedule {
 public:
  static absl::StatusOr<std::unique_ptr<Schedule>> Build(
      const google::protobuf::DoubleValue& config, const BuildContext&) {
    return std::make_unique<StoppingRate>(config.value());
  }

  explicit StoppingRate(double value) : value_(value) {}

  double Value(const TrainingTime& time) const override {
    if (time.step == 14 && stop != nullptr) *stop = true;
    return value_;
  }

  static inline std::atomic<bool>* stop = nullptr;  // flag of the run; null: none

 private:
  double value_;
};

// Returns the built-in plugins and the one above.
const PluginRegistry& Plugins() {
  static const PluginRegistry* const plugins = [] {
    auto* const registry = new PluginRegistry();
    EXPECT_TRUE(RegisterBuiltinPlugins(*registry).ok());
    EXPECT_TRUE((registry->Add<google::protobuf::DoubleValue, StoppingRate>()).ok());
    return registry;
  }();
  return *plugins;
}

class RunExperimentTest : public testing::Test {
 protected:
  // Returns a separate folder for each test and name.
  std::string Folder(const std::string& name) {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    return testing::TempDir() + "/" + test->name() + "/" + name;
  }

  absl::StatusOr<std::vector<TrialResult>> Run(Experiment experiment, const std::string& folder,
                                               int threads = 1, bool force = false) {
    RunOptions options;
    options.directory = folder;
    options.force = force;
    options.threads = threads;
    return Run(std::move(experiment), options);
  }

  absl::StatusOr<std::vector<TrialResult>> Resume(Experiment experiment,
                                                  const std::string& folder) {
    RunOptions options;
    options.directory = folder;
    options.resume = true;
    return Run(std::move(experiment), options);
  }

  absl::StatusOr<std::vector<TrialResult>> Run(Experiment experiment, RunOptions options) {
    absl::Status status = ResolveExperiment(experiment, Plugins(), FieldPath("e.textproto"));
    if (!status.ok()) return status;
    options.path = FieldPath("e.textproto");
    options.experiment_text = PrintText(experiment, Plugins());
    return RunExperiment(experiment, Plugins(), options, stop_, progress_);
  }

  static std::vector<std::string> Statuses(const std::vector<TrialResult>& trials) {
    std::vector<std::string> statuses;
    for (const TrialResult& trial : trials)
      statuses.emplace_back(TrialStatusName(trial.provenance.status));
    return statuses;
  }

  std::atomic<bool> stop_ = false;
  Progress progress_;
};

// Returns all files below a folder with their bytes, except provenance.json.
std::map<std::string, std::string> Files(const std::string& folder) {
  std::map<std::string, std::string> files;
  const std::vector<std::string> names = *ListDirectory(folder);
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    if (IsDirectory(path)) {
      for (auto& [inner, bytes] : Files(path)) files[name + "/" + inner] = bytes;
    } else if (name != "provenance.json") {
      files[name] = *ReadFile(path);
    }
  }
  return files;
}

const char kEverything[] = R"pb(
  metric {
    [type.googleapis.com/didact.Specialization] {}
  }
  output { arrays: EVERY_EPOCH weights: EVERY_EPOCH })pb";

TEST_F(RunExperimentTest, WritesTheFilesOfARunDirectory) {
  const std::string folder = Folder("run");
  const auto trials = Run(TestExperiment(kEverything), folder);
  ASSERT_TRUE(trials.ok()) << trials.status();
  EXPECT_THAT(Statuses(*trials), ElementsAre("finished", "finished", "finished"));
  EXPECT_THAT(*ListDirectory(folder),
              ElementsAre("experiment.textproto", "provenance.json", "trials"));
  EXPECT_THAT(*ListDirectory(folder + "/trials"), ElementsAre("1", "2", "3"));
  EXPECT_THAT(*ListDirectory(folder + "/trials/2"),
              ElementsAre("arrays", "metrics.jsonl", "outcome.json", "weights"));
  EXPECT_THAT(*ListDirectory(folder + "/trials/2/weights"),
              ElementsAre("epoch_-001.npz", "epoch_0000.npz", "epoch_0001.npz", "epoch_0002.npz"));
  EXPECT_THAT(*ReadFile(folder + "/trials/2/metrics.jsonl"),
              testing::StartsWith("{\"epoch\":-1,\"step\":0,\"train.loss\":"));
}

TEST_F(RunExperimentTest, ThreadsChangeNoByte) {
  ASSERT_TRUE(Run(TestExperiment(kEverything), Folder("one"), 1).ok());
  ASSERT_TRUE(Run(TestExperiment(kEverything), Folder("two"), 2).ok());
  ASSERT_TRUE(Run(TestExperiment(kEverything), Folder("five"), 5).ok());
  const auto files = Files(Folder("one"));
  EXPECT_EQ(files.size(), 1 + 3 * (2 + 4 + 4));
  EXPECT_TRUE(SameFiles(Files(Folder("two")), files));
  EXPECT_TRUE(SameFiles(Files(Folder("five")), files));
}

TEST_F(RunExperimentTest, ATrialAloneGivesTheBytesItGivesAmongOthers) {
  ASSERT_TRUE(Run(TestExperiment(kEverything), Folder("all")).ok());
  ASSERT_TRUE(
      Run(TestExperiment("seed { first: 2 last: 2 }" + std::string(kEverything)), Folder("alone"))
          .ok());
  EXPECT_TRUE(SameFiles(Files(Folder("all") + "/trials/2"), Files(Folder("alone") + "/trials/2")));
}

TEST_F(RunExperimentTest, AFinishedRunIsKeptUnlessForced) {
  const std::string folder = Folder("run");
  ASSERT_TRUE(Run(TestExperiment(), folder).ok());
  const auto files = Files(folder);
  EXPECT_EQ(Run(TestExperiment(), folder).status().message(),
            folder + ": holds a finished run; extend it with 'didact extend " + folder +
                "', choose another folder with --out=DIR, or replace it with --force");
  EXPECT_TRUE(SameFiles(Files(folder), files));
  ASSERT_TRUE(Run(TestExperiment("seed { first: 3 last: 3 }"), folder, 1, /*force=*/true).ok());
  EXPECT_THAT(*ListDirectory(folder + "/trials"), ElementsAre("3"));
}

TEST_F(RunExperimentTest, AFolderWithOtherThingsIsLeftAlone) {
  const std::string folder = Folder("other");
  ASSERT_TRUE(CreateDirectories(folder).ok());
  ASSERT_TRUE(WriteFileAtomically(folder + "/thesis.tex", "years of work").ok());
  EXPECT_EQ(Run(TestExperiment(), folder, 1, /*force=*/true).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(*ListDirectory(folder), ElementsAre("thesis.tex"));
}

TEST_F(RunExperimentTest, EveryTrialHasItsTurnThoughAllDiverge) {
  Experiment experiment = TestExperiment("seed { first: 1 last: 6 }");
  experiment.clear_optimizer();
  Experiment change;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        optimizer {
          [type.googleapis.com/didact.Sgd] {
            learning_rate {
              [type.googleapis.com/didact.Constant] { value: 1e30 }
            }
          }
        })pb",
      &change));
  experiment.MergeFrom(change);
  const auto trials = Run(experiment, Folder("run"), 2);
  ASSERT_TRUE(trials.ok());
  EXPECT_THAT(Statuses(*trials), testing::Each("diverged"));
  EXPECT_EQ(trials->size(), 6);
  EXPECT_THAT(trials->front().provenance.message,
              testing::StartsWith("the loss was not finite at step "));
  EXPECT_THAT(*ReadFile(Folder("run") + "/provenance.json"),
              testing::HasSubstr("\"outcome\": \"failed\""));
}

TEST_F(RunExperimentTest, AStoppedRunIsInterruptedAndCanBeResumed) {
  const std::string folder = Folder("run");
  Experiment experiment = TestExperiment();
  experiment.clear_optimizer();
  Experiment change;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        optimizer {
          [type.googleapis.com/didact.Sgd] {
            learning_rate {
              [type.googleapis.com/google.protobuf.DoubleValue] { value: 0.05 }
            }
          }
        })pb",
      &change));
  experiment.MergeFrom(change);
  StoppingRate::stop = &stop_;
  const auto trials = Run(experiment, folder, 1);
  StoppingRate::stop = nullptr;
  ASSERT_TRUE(trials.ok()) << trials.status();
  EXPECT_THAT(Statuses(*trials), testing::Each("interrupted"));
  EXPECT_EQ(trials->front().provenance.steps, 15);
  EXPECT_THAT(*ReadFile(folder + "/provenance.json"),
              testing::HasSubstr("\"outcome\": \"interrupted\""));
  EXPECT_TRUE(PathExists(folder + "/trials/1/checkpoint.pb"));
  EXPECT_FALSE(PathExists(folder + "/trials/1/outcome.json"));
  stop_ = false;
  EXPECT_EQ(Run(experiment, folder, 2).status().message(),
            folder + ": holds an unfinished run; go on with it by 'didact resume " + folder +
                "', choose another folder with --out=DIR, or replace it with --force");
  EXPECT_TRUE(Resume(experiment, folder).ok());
  ASSERT_TRUE(Run(experiment, Folder("fresh")).ok());
  EXPECT_TRUE(SameFiles(Files(folder), Files(Folder("fresh"))));
}

TEST_F(RunExperimentTest, ARunThatIsStoppedBeforeItBeginsLeavesNothing) {
  stop_ = true;
  EXPECT_EQ(Run(TestExperiment(), Folder("run")).status().code(), absl::StatusCode::kCancelled);
  EXPECT_FALSE(PathExists(Folder("run")));
}

TEST_F(RunExperimentTest, ResumingKeepsWhatHasEndedAndReturnsItsNumbers) {
  const std::string folder = Folder("run");
  const auto first = Run(TestExperiment(), folder);
  ASSERT_TRUE(first.ok());
  // The files are left as if the process had been killed before the second trial's end.
  ASSERT_TRUE(RemoveFile(folder + "/trials/2/outcome.json").ok());
  const auto files = Files(folder + "/trials/1");
  const auto again = Resume(TestExperiment(), folder);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(SameFiles(Files(folder + "/trials/1"), files));
  ASSERT_EQ(again->size(), 3);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*again)[i].provenance.seed, i + 1);
    EXPECT_EQ((*again)[i].provenance.steps, 30);
    EXPECT_EQ((*again)[i].numbers, (*first)[i].numbers);
  }
  EXPECT_EQ(progress_.View().trials_done, 3);
}

TEST_F(RunExperimentTest, ResumingAFinishedRunWritesNothing) {
  const std::string folder = Folder("run");
  ASSERT_TRUE(Run(TestExperiment(), folder).ok());
  const std::string provenance = *ReadFile(folder + "/provenance.json");
  const auto files = Files(folder);
  ASSERT_TRUE(Resume(TestExperiment(), folder).ok());
  EXPECT_EQ(*ReadFile(folder + "/provenance.json"), provenance);
  EXPECT_TRUE(SameFiles(Files(folder), files));
}

TEST_F(RunExperimentTest, ABadRequestWritesNothing) {
  Experiment experiment = TestExperiment();
  Experiment change;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "student { initializer { [type.googleapis.com/didact.NpzWeights] { path: \"/no/such.npz\" } "
      "} }",
      &change));
  experiment.MergeFrom(change);
  const auto trials = Run(experiment, Folder("run"));
  EXPECT_EQ(trials.status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(PathExists(Folder("run")));
}

TEST_F(RunExperimentTest, ProgressCountsTrialsAndSteps) {
  ASSERT_TRUE(Run(TestExperiment(), Folder("run"), 2).ok());
  EXPECT_EQ(progress_.View().trials_done, 3);
  EXPECT_EQ(progress_.View().steps_done, 3 * 3 * 10);
  EXPECT_EQ(progress_.View().steps, 3 * 3 * 10);
}

TEST_F(RunExperimentTest, CompletesAnExperimentThatAProgramMade) {
  Experiment experiment = TestExperiment("training { shuffle {} }");
  experiment.mutable_training()->clear_sampler();
  experiment.mutable_seed()->set_first(5);
  experiment.mutable_seed()->clear_last();
  RunOptions options;
  options.directory = Folder("by_hand");
  const auto trials = RunExperiment(experiment, BuiltinRegistry(), options, stop_, progress_);
  ASSERT_TRUE(trials.ok()) << trials.status();
  EXPECT_EQ(Statuses(*trials), std::vector<std::string>{"finished"});
  EXPECT_TRUE(PathExists(Folder("by_hand") + "/trials/5/outcome.json"));

  experiment.mutable_seed()->set_last(3);
  options.directory = Folder("refused");
  EXPECT_THAT(RunExperiment(experiment, BuiltinRegistry(), options, stop_, progress_).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "seed.last: must be >= first, which is 5, got 3"));
  EXPECT_FALSE(PathExists(Folder("refused")));
}

}  // namespace
}  // namespace didact
