// An exception in any method of any plugin ends the trial with a message that names the plugin, and
// so does an error that the plugin returns.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/conformance/conformance.h"
#include "didact/framework/execution/run_experiment.h"
#include "didact/framework/io/file.h"
#include "didact/framework/training/checkpoint.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/run_trial.h"
#include "didact/framework/training/trial.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/plugin_faults/faulty_experiment.h"

namespace didact::faulty {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

// Sees all state without keeping it.
class Reader final : public StateReader {
 public:
  void Read(absl::string_view, AnyConstArrayView) override {}
};

// Performs all that a trial does between its creation and the end of its second epoch.
absl::Status Live(Trial& trial) {
  Reader reader;
  for (int epoch = 0; epoch < 2; ++epoch) {
    DIDACT_RETURN_IF_ERROR(trial.Evaluate().status());
    for (int step = 0; step < 10; ++step) DIDACT_RETURN_IF_ERROR(trial.Step());
    DIDACT_RETURN_IF_ERROR(trial.SaveState(reader));
  }
  return absl::OkStatus();
}

// Returns the first failure of a trial of seed 3. A failed trial must do nothing more.
absl::Status FailureOf(const Experiment& experiment) {
  const absl::StatusOr<std::unique_ptr<Trial>> created =
      CreateTrial(experiment, 3, Registry(), FieldPath("e.textproto"));
  if (!created.ok()) return created.status();
  Trial& trial = **created;
  const absl::Status failure = Live(trial);
  EXPECT_EQ(trial.failure(), failure);
  if (failure.ok()) return failure;
  Reader reader;
  const int64_t step = trial.step();
  for (const absl::Status& again :
       {trial.Step(), trial.Evaluate().status(), trial.SaveState(reader), trial.Step()}) {
    EXPECT_EQ(again.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(again.message(), absl::StrCat("the trial has failed: ", failure.message()));
  }
  EXPECT_EQ(trial.step(), step);
  return failure;
}

struct Case {
  std::string place;
  std::vector<std::string> methods;
  std::string path;  // in messages
};

std::vector<Case> Cases() {
  return {
      {"student.hidden.activation",
       {"Build", "is_odd", "negative_slope", "Apply", "MultiplyByDerivative"},
       "student.hidden[0].activation"},
      {"train_augmentation", {"Build", "Prepare", "Apply"}, "train_augmentation[0]"},
      {"train_data",
       {"Build", "sample_shape", "stream_seed", "Prepare", "size", "Read", "has_labels",
        "ReadLabels", "target_size", "ReadTargets"},
       "train_data"},
      {"student.initializer", {"Build", "Apply"}, "student.initializer[1]"},
      {"loss",
       {"Build", "targets", "least_outputs", "SquaredErrorFactor", "Sum", "SumAndGradient"},
       "loss"},
      {"metric",
       {"Build", "keys", "depends_on_data", "Prepare", "needs_gradients", "Begin", "Add", "Finish",
        "VisitState"},
       "metric[1]"},
      {"optimizer",
       {"Build", "Prepare", "PlainDescentRate", "StartPartialUpdates", "Update", "UpdatePart",
        "VisitState"},
       "optimizer"},
      {"projection", {"Build", "Prepare", "Apply"}, "projection[0]"},
  };
}

struct What {
  std::string name;
  std::string words;
};

const std::vector<What>& Whats() {
  static const auto& whats =
      *new std::vector<What>{{"RUNTIME_ERROR", "the disk is full"},
                             {"INT", "an object of type int"},
                             {"BAD_ALLOC", "std::bad_alloc"},
                             {"NULL_WORDS", "an object of type didact::faulty::Worded"},
                             {"NO_WORDS", "an object of type didact::faulty::Worded"},
                             {"RAW_WORDS", R"(a\nb\tc\x01 "d" \xff)"},
                             {"LONG_WORDS", std::string(999, 'x') + "... (1001001 bytes)"}};
  return whats;
}

TEST(Exceptions, NameTheMethodThePluginItsPlaceAndTheTrial) {
  for (const std::string precision : {"DOUBLE", "FLOAT"}) {
    for (const Case& tested : Cases()) {
      for (const std::string& method : tested.methods) {
        for (const What& what : Whats()) {
          const absl::Status failure = FailureOf(ThrowingExperiment(
              tested.place, absl::StrCat("method: \"", method, "\" what: ", what.name),
              "precision: " + precision));
          EXPECT_EQ(failure.code(), absl::StatusCode::kUnknown);
          EXPECT_EQ(failure.message(),
                    absl::StrCat("e.textproto: ", tested.path,
                                 ": plugin didact.faulty.Throwing threw an exception in ", method,
                                 ": ", what.words, " (experiment test, seed 3)"));
        }
      }
    }
  }
}

// The cases above cover all methods: plugins without a fault call no others.
TEST(Exceptions, WithoutThemTrialsLive) {
  for (const Case& tested : Cases()) {
    EXPECT_EQ(FailureOf(ThrowingExperiment(tested.place, "")), absl::OkStatus()) << tested.place;
  }
  EXPECT_EQ(FailureOf(ThrowingExperiment("optimizer.learning_rate", "")), absl::OkStatus());
}

TEST(Exceptions, MayComeAtAnyCall) {
  int64_t failures = 0;
  for (const Case& tested : Cases()) {
    for (const std::string& method : tested.methods) {
      if (method == "Build") continue;
      for (const int after : {1, 2, 15}) {
        const absl::Status failure = FailureOf(ThrowingExperiment(
            tested.place, absl::StrCat("method: \"", method, "\" after: ", after)));
        if (failure.ok()) continue;  // it is not called so often
        EXPECT_THAT(std::string(failure.message()),
                    StartsWith(absl::StrCat("e.textproto: ", tested.path,
                                            ": plugin didact.faulty.Throwing threw an exception "
                                            "in ",
                                            method, ": the disk is full")));
        ++failures;
      }
    }
  }
  EXPECT_GE(failures, 30);
}

TEST(Exceptions, OfAPluginWithinAPluginNameThat) {
  EXPECT_EQ(
      FailureOf(ThrowingExperiment("optimizer.learning_rate", "method: 'Build'")).message(),
      "e.textproto: optimizer.learning_rate: plugin didact.faulty.Throwing threw an exception "
      "in Build: the disk is full (experiment test, seed 3)");
  EXPECT_EQ(
      FailureOf(ThrowingExperiment("optimizer.learning_rate", "method: 'Value' after: 5"))
          .message(),
      "e.textproto: optimizer.learning_rate: plugin didact.faulty.Throwing threw an exception "
      "in Value: the disk is full (experiment test, seed 3)");
}

// Returns the methods that return a status, and Build, by place.
std::vector<Case> ReturningCases() {
  return {{"student.hidden.activation", {"Build"}, "student.hidden[0].activation"},
          {"train_augmentation", {"Build", "Prepare"}, "train_augmentation[0]"},
          {"train_data", {"Build", "Prepare", "Read", "ReadLabels", "ReadTargets"}, "train_data"},
          {"student.initializer", {"Build", "Apply"}, "student.initializer[1]"},
          {"loss", {"Build"}, "loss"},
          {"metric", {"Build", "Prepare"}, "metric[1]"},
          {"optimizer", {"Build", "Prepare"}, "optimizer"},
          {"optimizer.learning_rate", {"Build"}, "optimizer.learning_rate"},
          {"projection", {"Build", "Prepare"}, "projection[0]"}};
}

// Returns the failure if `method` returns an error with this message.
absl::Status FailureOf(const Case& tested, const std::string& method, absl::StatusCode code,
                       const std::string& message) {
  return FailureOf(ThrowingExperiment(
      tested.place, absl::StrCat("method: '", method, "' code: ", static_cast<int>(code),
                                 " message: '", message, "'")));
}

// CANCELLED means that the cancellation flag is set, which a plugin does not know.
TEST(ReturnedErrors, ThatAreCancelledAreFailuresWhichNameThePlugin) {
  for (const Case& tested : ReturningCases()) {
    for (const std::string& method : tested.methods) {
      EXPECT_THAT(FailureOf(tested, method, absl::StatusCode::kCancelled, "my own"),
                  FailsWith(absl::StatusCode::kUnknown,
                            absl::StrCat("e.textproto: ", tested.path,
                                         ": plugin didact.faulty.Throwing returned CANCELLED from ",
                                         method, ": my own (experiment test, seed 3)")));
    }
  }
}

TEST(ReturnedErrors, HaveThePlaceOfThePlugin) {
  for (const Case& tested : ReturningCases()) {
    for (const std::string& method : tested.methods) {
      EXPECT_THAT(FailureOf(tested, method, absl::StatusCode::kDataLoss, "torn"),
                  FailsWith(absl::StatusCode::kDataLoss,
                            absl::StrCat("e.textproto: ", tested.path, ": torn")));
    }
  }
}

TEST(ReturnedErrors, WithoutAMessageNameThePluginAndTheMethod) {
  for (const Case& tested : ReturningCases()) {
    for (const std::string& method : tested.methods) {
      EXPECT_THAT(FailureOf(tested, method, absl::StatusCode::kInternal, ""),
                  FailsWith(absl::StatusCode::kInternal,
                            absl::StrCat("e.textproto: ", tested.path,
                                         ": plugin didact.faulty.Throwing returned INTERNAL from ",
                                         method, ", without a message")));
    }
  }
}

TEST(ReturnedErrors, ArePrintable) {
  EXPECT_THAT(FailureOf(ReturningCases()[1], "Prepare", absl::StatusCode::kInternal,
                        R"(one\n\303\251\ttwo\033[1m)"),
              FailsWith(absl::StatusCode::kInternal,
                        "e.textproto: train_augmentation[0]: one\n\u00e9\\ttwo\\x1b[1m"));
}

TEST(NullPlugins, AreNamed) {
  std::vector<Case> cases = Cases();
  cases.push_back({"optimizer.learning_rate", {}, "optimizer.learning_rate"});
  for (const Case& tested : cases) {
    EXPECT_THAT(FailureOf(ThrowingExperiment(tested.place, "null: true")),
                FailsWith(absl::StatusCode::kUnknown,
                          absl::StrCat("e.textproto: ", tested.path,
                                       ": plugin didact.faulty.Throwing returned null from "
                                       "Build (experiment test, seed 3)")));
  }
}

TEST(Registry, ReturnsErrorsForPluginsThatThrowOrAreNull) {
  google::protobuf::Any any;
  Throwing config;
  config.set_method("Build");
  any.PackFrom(config);
  EXPECT_THAT(
      Registry().Create<Activation<float>>(any, FieldPath()).status(),
      FailsWith(absl::StatusCode::kUnknown,
                "plugin didact.faulty.Throwing threw an exception in Build: the disk is full"));
  config.set_method("");
  config.set_null(true);
  any.PackFrom(config);
  EXPECT_THAT(Registry().Create<Schedule>(any, FieldPath("f").Field("x")).status(),
              FailsWith(absl::StatusCode::kUnknown,
                        "f: x: plugin didact.faulty.Throwing returned null from Build"));
}

TEST(Conformance, ReportsWhatThrowsOrIsNull) {
  for (const Case& tested : Cases()) {
    absl::string_view kind = absl::string_view(tested.place).substr(tested.place.rfind('_') + 1);
    kind = kind.substr(kind.rfind('.') + 1);
    if (kind == "data") kind = "dataset";
    const PluginFactory& plugin = **Registry().Find(kind, "didact.faulty.Throwing", FieldPath());
    for (const std::string& method : tested.methods) {
      Throwing config;
      config.set_method(method);
      std::vector<google::protobuf::Any> configs(1);
      configs[0].PackFrom(config);
      const std::string failures = DescribeFailures(CheckPlugin(Registry(), plugin, configs));
      if (failures.empty()) {
        // Methods that depend on the trial are not called in these cases.
        EXPECT_EQ(method, "stream_seed") << kind;
        continue;
      }
      EXPECT_THAT(failures, testing::HasSubstr("the disk is full")) << kind << " " << method;
    }
    Throwing config;
    config.set_null(true);
    std::vector<google::protobuf::Any> configs(1);
    configs[0].PackFrom(config);
    EXPECT_THAT(DescribeFailures(CheckPlugin(Registry(), plugin, configs)),
                testing::HasSubstr("plugin didact.faulty.Throwing returned null from Build"));
  }
}

class Observer final : public TrialObserver {
 public:
  absl::Status OnEvaluation(const Trial&, int64_t, const Record&) override {
    ++evaluations;
    return absl::OkStatus();
  }
  absl::Status OnCheckpoint(const Trial& trial) override {
    return MakeCheckpoint(experiment, trial).status();
  }

  Experiment experiment;
  int64_t evaluations = 0;
  std::atomic<bool> stop = false;
};

TEST(Exceptions, EndTheCourseOfATrial) {
  const auto run = [](const std::string& place, const std::string& fields, Observer& observer) {
    observer.experiment = ThrowingExperiment(place, fields);
    auto trial = CreateTrial(observer.experiment, 1, Registry(), FieldPath());
    EXPECT_TRUE(trial.ok()) << trial.status();
    const absl::Status status =
        RunTrial(**trial, observer, observer.stop, {.every_epochs = 1}).status();
    return std::string(status.message());
  };
  Observer step, evaluation, checkpoint;
  EXPECT_THAT(run("optimizer", "method: 'Update' after: 15", step),
              StartsWith("optimizer: plugin didact.faulty.Throwing threw an exception in Update"));
  EXPECT_EQ(step.evaluations, 2);
  EXPECT_THAT(run("metric", "method: 'Finish' after: 2", evaluation),
              StartsWith("metric[1]: plugin didact.faulty.Throwing threw an exception in Finish"));
  EXPECT_EQ(evaluation.evaluations, 2);
  EXPECT_THAT(
      run("optimizer", "method: 'VisitState' after: 1", checkpoint),
      StartsWith("optimizer: plugin didact.faulty.Throwing threw an exception in VisitState"));
  EXPECT_EQ(checkpoint.evaluations, 3);
}

// The first visit compares, the second writes.
TEST(Exceptions, MakeARestoredTrialFail) {
  const Experiment good = ThrowingExperiment("optimizer", "");
  const auto trained = CreateTrial(good, 1, Registry(), FieldPath());
  ASSERT_TRUE(trained.ok());
  ASSERT_TRUE((*trained)->Step().ok());
  const absl::StatusOr<Checkpoint> checkpoint = MakeCheckpoint(good, **trained);
  ASSERT_TRUE(checkpoint.ok());
  for (const int after : {0, 1}) {
    const Experiment bad =
        ThrowingExperiment("optimizer", absl::StrCat("method: 'VisitState' after: ", after));
    Checkpoint of_bad = *checkpoint;
    *of_bad.mutable_experiment()->mutable_optimizer() = bad.optimizer();
    const auto trial = CreateTrial(bad, 1, Registry(), FieldPath());
    ASSERT_TRUE(trial.ok());
    const absl::Status restored = RestoreTrial(of_bad, bad, **trial);
    EXPECT_EQ(restored.code(), absl::StatusCode::kUnknown) << restored;
    EXPECT_EQ((*trial)->failure(), restored);
    EXPECT_EQ((*trial)->Step().code(), absl::StatusCode::kFailedPrecondition);
  }
}

// Runs of 16 trials, about half of which fail, depending on their seeds. Only for one in 2^15
// choices of the seeds would all or none fail. A run first builds a trial of one of its first two
// seeds; in these tests, one of the two is built.
class FailingRunTest : public testing::Test {
 protected:
  static constexpr uint64_t kFirstSeed = 2;

  absl::StatusOr<std::vector<TrialResult>> Run(Experiment experiment, const std::string& name,
                                               int threads, bool resume = false) {
    experiment.mutable_seed()->set_first(kFirstSeed);
    experiment.mutable_seed()->set_last(kFirstSeed + 15);
    absl::Status status = ResolveExperiment(experiment, Registry(), FieldPath("e.textproto"));
    if (!status.ok()) return status;
    RunOptions options;
    options.directory = Folder(name);
    options.threads = threads;
    options.resume = resume;
    options.path = FieldPath("e.textproto");
    options.experiment_text = PrintText(experiment, Registry());
    Progress progress;
    return RunExperiment(experiment, Registry(), options, stop_, progress);
  }

  static std::string Folder(const std::string& name) {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    return testing::TempDir() + "/" + test->name() + "/" + name;
  }

  static std::string TrialFile(const std::string& run, uint64_t seed, const std::string& name) {
    return absl::StrCat(Folder(run), "/trials/", seed, "/", name);
  }

  // Returns seeds with their messages, which are empty for trials that finished.
  static std::map<uint64_t, std::string> Messages(const std::vector<TrialResult>& trials) {
    std::map<uint64_t, std::string> messages;
    for (const TrialResult& trial : trials) {
      const TrialProvenance& provenance = trial.provenance;
      messages[provenance.seed] = provenance.message;
      EXPECT_EQ(provenance.status,
                provenance.message.empty() ? TrialStatus::kFinished : TrialStatus::kFailed);
    }
    return messages;
  }

  std::atomic<bool> stop_ = false;
};

TEST_F(FailingRunTest, TheOthersFinishWithTheBytesTheyAlwaysHave) {
  for (const Case& tested : std::vector<Case>{
           {"train_data", {"Prepare", "size", "Read", "ReadLabels", "ReadTargets"}, "train_data"},
           {"student.initializer", {"Apply"}, "student.initializer[1]"},
           {"projection", {"Prepare"}, "projection[0]"},
           {"metric", {"Prepare", "Begin", "Add", "Finish"}, "metric[1]"}}) {
    const auto good = Run(ThrowingExperiment(tested.place, ""), tested.place + "-good", 2);
    ASSERT_TRUE(good.ok()) << good.status();
    for (const std::string& method : tested.methods) {
      for (const std::string when : {"", "after: 1"}) {
        if (method != "Finish" && !when.empty()) continue;
        const Experiment experiment = ThrowingExperiment(
            tested.place, absl::StrCat("sometimes: true method: \"", method, "\" ", when));
        const std::string name = absl::StrCat(tested.place, "-", method, "-", when);
        const auto trials = Run(experiment, name, 3);
        ASSERT_TRUE(trials.ok()) << trials.status();
        std::set<std::string> endings;
        for (const auto& [seed, message] : Messages(*trials)) {
          endings.insert(message.substr(0, message.find(" (experiment")));
          if (message.empty()) {
            for (const std::string file : {"metrics.jsonl", "outcome.json"}) {
              EXPECT_EQ(*ReadFile(TrialFile(name, seed, file)),
                        *ReadFile(TrialFile(tested.place + "-good", seed, file)));
            }
          } else {
            EXPECT_THAT(message,
                        testing::EndsWith(absl::StrCat(" (experiment test, seed ", seed, ")")));
            EXPECT_FALSE(PathExists(TrialFile(name, seed, "outcome.json")));
          }
        }
        EXPECT_THAT(endings,
                    ElementsAre("", absl::StrCat("e.textproto: ", tested.path,
                                                 ": plugin didact.faulty.Throwing threw an "
                                                 "exception in ",
                                                 method, ": the disk is full")));
      }
    }
  }
}

// An error that a plugin calls CANCELLED does not interrupt the run.
TEST_F(FailingRunTest, ATrialFailsWhereAPluginReturnsCancelled) {
  const Experiment experiment =
      ThrowingExperiment("metric", "sometimes: true method: 'Prepare' code: 1 message: 'my own'");
  const auto trials = Run(experiment, "run", 2);
  ASSERT_TRUE(trials.ok()) << trials.status();
  int64_t failed = 0;
  for (const auto& [seed, message] : Messages(*trials)) {
    if (message.empty()) continue;
    ++failed;
    EXPECT_EQ(message,
              absl::StrCat("e.textproto: metric[1]: plugin didact.faulty.Throwing returned "
                           "CANCELLED from Prepare: my own (experiment test, seed ",
                           seed, ")"));
  }
  EXPECT_GT(failed, 0);
  EXPECT_LT(failed, static_cast<int64_t>(trials->size()));
  EXPECT_THAT(Run(ThrowingExperiment("metric", "method: 'Prepare' code: 1"), "all", 1).status(),
              FailsWith(absl::StatusCode::kUnknown,
                        "e.textproto: metric[1]: plugin didact.faulty.Throwing returned "
                        "CANCELLED from Prepare, without a message (experiment test, seed 2)"));
}

TEST_F(FailingRunTest, ThreadsChangeNoMessage) {
  const Experiment experiment =
      ThrowingExperiment("metric", "sometimes: true method: 'Finish' after: 1");
  const auto one = Run(experiment, "one", 1);
  const auto many = Run(experiment, "many", 4);
  ASSERT_TRUE(one.ok() && many.ok());
  EXPECT_EQ(Messages(*one), Messages(*many));
}

TEST_F(FailingRunTest, ResumingFailsAgainInTheSameWay) {
  for (const std::string name : {"Prepare", "Finish"}) {
    const Experiment experiment = ThrowingExperiment(
        "metric",
        absl::StrCat("sometimes: true method: '", name, "'", name == "Finish" ? " after: 2" : ""));
    const auto first = Run(experiment, name, 2);
    ASSERT_TRUE(first.ok()) << first.status();
    for (int again = 0; again < 2; ++again) {
      const auto resumed = Run(experiment, name, 2, /*resume=*/true);
      ASSERT_TRUE(resumed.ok()) << resumed.status();
      EXPECT_EQ(Messages(*resumed), Messages(*first));
    }
  }
}

TEST_F(FailingRunTest, ResumingGoesOnThoughOneThatFailedBeforeFailsAtOnce) {
  const Experiment experiment = ThrowingExperiment("metric", "sometimes: true method: 'Prepare'");
  const auto first = Run(experiment, "run", 1);
  ASSERT_TRUE(first.ok());
  // The files are left as if the process had been killed before the ends of the trials that did not
  // fail.
  for (const auto& [seed, message] : Messages(*first)) {
    if (!message.empty()) continue;
    ASSERT_TRUE(RemoveFile(TrialFile("run", seed, "outcome.json")).ok());
  }
  const auto resumed = Run(experiment, "run", 1, /*resume=*/true);
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_EQ(Messages(*resumed), Messages(*first));
}

TEST_F(FailingRunTest, AFailureWhileACheckpointIsRestoredIsNoFreshStart) {
  const Experiment failing = ThrowingExperiment("metric", "method: 'VisitState' after: 1",
                                                "output { checkpoint_every_epochs: 1 }");
  const auto first = Run(failing, "run", 1);
  ASSERT_TRUE(first.ok());
  // There is a checkpoint after the first epoch, but none after the second.
  EXPECT_THAT(first->front().provenance.message, testing::HasSubstr("exception in VisitState"));
  EXPECT_TRUE(PathExists(TrialFile("run", kFirstSeed, "checkpoint.pb")));
  const auto resumed = Run(failing, "run", 1, /*resume=*/true);
  ASSERT_TRUE(resumed.ok());
  EXPECT_EQ(resumed->front().provenance.status, TrialStatus::kFailed);
  EXPECT_THAT(resumed->front().provenance.message,
              StartsWith("e.textproto: metric[1]: plugin didact.faulty.Throwing threw an exception "
                         "in VisitState: the disk is full"));
  EXPECT_TRUE(PathExists(TrialFile("run", kFirstSeed, "checkpoint.pb")));
}

TEST_F(FailingRunTest, WhatThrowsInEveryTrialIsRefusedBeforeAnythingIsWritten) {
  for (const std::string fields : {"method: 'Build'", "method: 'Finish'", "null: true"}) {
    const auto trials = Run(ThrowingExperiment("metric", fields), "run", 2);
    EXPECT_EQ(trials.status().code(), absl::StatusCode::kUnknown);
    EXPECT_THAT(std::string(trials.status().message()),
                StartsWith("e.textproto: metric[1]: plugin didact.faulty.Throwing "));
    EXPECT_THAT(std::string(trials.status().message()),
                testing::EndsWith("(experiment test, seed 2)"));
    EXPECT_FALSE(PathExists(Folder("run")));
  }
}

}  // namespace
}  // namespace didact::faulty
