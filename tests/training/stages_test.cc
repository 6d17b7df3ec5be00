// Tests trials of two stages, each with a teacher, a loss, a number of epochs and mini-batches of
// its own. Each is compared with two trials of one stage, the second of which begins with the
// student of the first.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/network/network.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/training/checkpoint.h"
#include "didact/framework/training/run_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/framework/training/trial_parts.h"
#include "didact/framework/training/typed_trial.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/plugins/metric.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::ElementsAre;

constexpr uint64_t kSeed = 1;

ResolvedExperiment Resolve(const Experiment& experiment) {
  return ResolvedExperiment::Create(experiment, BuiltinRegistry(), FieldPath("e.textproto"))
      .value();
}

// The first stage: 3 epochs of 10 steps.
Experiment First() {
  return TestExperiment(R"pb(
    metric {
      [type.googleapis.com/didact.Specialization] {}
    }
    optimizer {
      [type.googleapis.com/didact.Sgd] {
        learning_rate {
          [type.googleapis.com/didact.Constant] { value: 0.05 }
        }
        momentum: 0.5
      }
    })pb");
}

// The second stage: 2 epochs of 4 steps, with the same data and another, wider teacher.
Experiment Second() {
  Experiment experiment = TestExperiment(R"pb(
    teacher { stream_seed: 77 }
    student {
      hidden {
        width: 8
        activation {
          [type.googleapis.com/didact.Relu] {}
        }
      }
      width_multiplier: 1
    }
    loss {
      [type.googleapis.com/didact.MeanSquaredError] {}
    }
    optimizer {
      [type.googleapis.com/didact.Sgd] {
        learning_rate {
          [type.googleapis.com/didact.Constant] { value: 0.02 }
        }
        momentum: 0.9
      }
    }
    training {
      epochs: 2
      batch_size: 16
      shuffle {}
    }
    metric {
      [type.googleapis.com/didact.Specialization] {}
    })pb");
  experiment.mutable_teacher()->mutable_hidden(0)->set_width(5);
  return experiment;
}

TrialParts<double> PartsOf(const Experiment& experiment) {
  auto parts = BuildTrialParts<double>(Resolve(experiment), kSeed, BuiltinRegistry(),
                                       FieldPath("e.textproto"));
  EXPECT_TRUE(parts.ok()) << parts.status();
  return *std::move(parts);
}

std::unique_ptr<TypedTrial<double>> Make(TrialParts<double> parts) {
  TrialInfo info;
  info.seed = kSeed;
  auto trial =
      std::make_unique<TypedTrial<double>>(Resolve(First()), std::move(info), std::move(parts));
  EXPECT_EQ(trial->Prepare(), absl::OkStatus());
  return trial;
}

std::unique_ptr<TypedTrial<double>> MakeBoth(const Experiment& second_stage = Second()) {
  TrialParts<double> parts = PartsOf(First());
  TrialParts<double> second = PartsOf(second_stage);
  second.target_sets[0].name = "teacher1";
  parts.target_sets.push_back(std::move(second.target_sets[0]));
  parts.stages.push_back(std::move(second.stages[0]));
  parts.stages[1].target_set = 1;
  return Make(std::move(parts));
}

// A trial of the second stage alone, whose student begins with the parameters `student`.
std::unique_ptr<TypedTrial<double>> MakeSecond(const std::vector<NamedArray>& student) {
  TrialParts<double> parts = PartsOf(Second());
  for (size_t l = 0; l < 2; ++l) {
    const auto read = [&](const std::string& name) {
      for (const NamedArray& array : student) {
        if (array.name == "student." + std::to_string(l) + name) {
          return *array.array.ReadAs<double>();
        }
      }
      ADD_FAILURE() << "no array " << name;
      return std::vector<double>();
    };
    const LayerView<double>& layer = parts.student->view()[l];
    const std::vector<double> weight = read(".weight");
    const std::vector<double> bias = read(".bias");
    for (int64_t i = 0; i < layer.weight.shape(0); ++i) {
      for (int64_t j = 0; j < layer.weight.shape(1); ++j) {
        layer.weight(i, j) = weight[i * layer.weight.shape(1) + j];
      }
      layer.bias(i) = bias[i];
    }
  }
  return Make(std::move(parts));
}

std::vector<std::string> Bytes(const std::vector<NamedArray>& arrays, const std::string& network) {
  std::vector<std::string> bytes;
  for (const NamedArray& array : arrays) {
    if (array.name.rfind(network + ".", 0) == 0) {
      bytes.emplace_back(array.array.bytes.begin(), array.array.bytes.end());
    }
  }
  return bytes;
}

// The evaluations of a trial, with the numbers of their epochs.
class Recorder final : public TrialObserver {
 public:
  absl::Status OnEvaluation(const Trial&, int64_t epoch, const Record& record) override {
    epochs.push_back(epoch);
    records.push_back(record);
    return absl::OkStatus();
  }
  absl::Status OnCheckpoint(const Trial& trial) override {
    checkpoints.push_back(trial.step());
    return absl::OkStatus();
  }

  std::vector<int64_t> epochs;
  std::vector<Record> records;
  std::vector<int64_t> checkpoints;
};

Recorder RunToEnd(Trial& trial, const CheckpointPolicy& policy = {}) {
  Recorder recorder;
  const std::atomic<bool> stop = false;
  const auto ended = RunTrial(trial, recorder, stop, policy);
  EXPECT_TRUE(ended.ok() && *ended) << ended.status();
  return recorder;
}

void ExpectSame(const Record& actual, const Record& expected) {
  ASSERT_GT(actual.numbers().size(), 4u);
  EXPECT_EQ(actual.numbers(), expected.numbers());
}

TEST(Stages, FollowOneAnotherLikeTrialsOfOneStage) {
  const auto both = MakeBoth();
  const Recorder recorded = RunToEnd(*both);
  const auto first = Make(PartsOf(First()));
  const Recorder of_first = RunToEnd(*first);
  const auto second = MakeSecond(CopyArrays(first->Weights()));
  const Recorder of_second = RunToEnd(*second);

  const std::vector<NamedArray> weights = CopyArrays(both->Weights());
  EXPECT_EQ(Bytes(weights, "student"), Bytes(CopyArrays(second->Weights()), "student"));
  EXPECT_EQ(Bytes(weights, "teacher"), Bytes(CopyArrays(first->Weights()), "teacher"));
  EXPECT_EQ(Bytes(weights, "teacher1"), Bytes(CopyArrays(second->Weights()), "teacher"));

  // The evaluation between the stages is one of the first stage.
  EXPECT_THAT(recorded.epochs, ElementsAre(-1, 0, 1, 2, 3, 4));
  ASSERT_EQ(of_first.records.size(), 4u);
  ASSERT_EQ(of_second.records.size(), 3u);
  for (size_t e = 0; e < 4; ++e) ExpectSame(recorded.records[e], of_first.records[e]);
  for (size_t e = 1; e < 3; ++e) ExpectSame(recorded.records[3 + e], of_second.records[e]);
}

TEST(Stages, HaveStepsAndEpochsOfTheirOwn) {
  const auto trial = MakeBoth();
  EXPECT_EQ(trial->epochs(), 5);
  EXPECT_EQ(trial->steps(), 30 + 8);
  for (const auto& [step, stage] : {std::pair<int64_t, int64_t>(0, 0), {29, 0}, {30, 1}, {38, 1}}) {
    EXPECT_EQ(trial->StageOf(step), stage) << step;
  }
  std::vector<int64_t> ended;
  while (!trial->finished()) {
    if (trial->is_between_epochs()) ended.push_back(trial->step());
    EXPECT_EQ(trial->steps_per_epoch(), trial->step() < 30 ? 10 : 4);
    EXPECT_EQ(trial->ended_epochs(),
              trial->step() < 30 ? trial->step() / 10 : 3 + (trial->step() - 30) / 4);
    ASSERT_EQ(trial->Step(), absl::OkStatus());
  }
  EXPECT_THAT(ended, ElementsAre(0, 10, 20, 30, 34));
  EXPECT_EQ(trial->ended_epochs(), 5);
  EXPECT_EQ(trial->progress().stage, 1);
}

TEST(Stages, BeginWithTheFirstThatHasAnEpoch) {
  TrialParts<double> parts = PartsOf(First());
  parts.stages[0].training.epochs = 0;
  parts.stages.push_back(std::move(PartsOf(Second()).stages[0]));
  parts.stages[1].target_set = 0;
  const auto trial = Make(std::move(parts));
  EXPECT_EQ(trial->progress().stage, 1);
  EXPECT_EQ(trial->steps(), 8);
  EXPECT_THAT(RunToEnd(*trial).epochs, ElementsAre(-1, 0, 1));
}

TEST(Stages, AreCheckpointedAfterEpochsOfAll) {
  EXPECT_THAT(RunToEnd(*MakeBoth(), {.every_epochs = 2}).checkpoints, ElementsAre(20, 34));
}

// The optimizers of both stages have momentum, and a metric of the second compares the weights with
// those of its last evaluation.
TEST(Stages, GoOnFromACheckpointOfAnyOfThem) {
  Experiment second = Second();
  second.add_metric()->PackFrom(WeightChange());
  for (const int64_t steps : {7, 30, 33}) {
    const auto whole = MakeBoth(second);
    const auto part = MakeBoth(second);
    for (Trial* const trial : {whole.get(), part.get()}) {
      for (int64_t s = 0; s < steps; ++s) ASSERT_EQ(trial->Step(), absl::OkStatus());
      ASSERT_EQ(trial->Evaluate().status(), absl::OkStatus());
    }
    const auto checkpoint = MakeCheckpoint(First(), *part);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    EXPECT_EQ(checkpoint->stage(), steps < 30 ? 0 : 1);
    const auto restored = MakeBoth(second);
    ASSERT_EQ(RestoreTrial(*checkpoint, First(), *restored), absl::OkStatus());
    EXPECT_EQ(restored->progress().stage, part->progress().stage);
    for (Trial* const trial : {whole.get(), restored.get()}) {
      while (!trial->finished()) ASSERT_EQ(trial->Step(), absl::OkStatus());
    }
    EXPECT_EQ(Bytes(CopyArrays(restored->Weights()), "student"),
              Bytes(CopyArrays(whole->Weights()), "student"))
        << steps;
    const auto expected = whole->Evaluate(nullptr);
    const auto record = restored->Evaluate(nullptr);
    ASSERT_TRUE(expected.ok() && record.ok());
    ExpectSame(*record, *expected);
  }
}

}  // namespace
}  // namespace didact
