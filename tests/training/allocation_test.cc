// A training step allocates no memory: everything is allocated by the end of the first. All
// evaluations of a trial use the same memory.

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "didact/framework/execution/thread_arena.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/experiment.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/base/allocation_meter.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

// Returns the largest allocation of the steps after the first, in bytes.
int64_t LargestAllocation(const std::string& changes, Workers* workers = nullptr) {
  const auto trial = MakeTrial(TestExperiment(changes));
  trial->UseWorkers(workers);
  EXPECT_TRUE(trial->Step().ok());
  const AllocationMeter meter;
  bool ok = true;
  while (!trial->finished()) ok = ok && trial->Step().ok();
  const int64_t largest = meter.largest();
  EXPECT_TRUE(ok);
  return largest;
}

TEST(AllocationMeter, SeesWhatATrialNeeds) {
  const AllocationMeter meter;
  MakeTrial(TestExperiment());
  EXPECT_GT(meter.largest(), 0);
}

TEST(StepAllocation, NoneByPlainDescent) {
  EXPECT_EQ(LargestAllocation(""), 0);
  EXPECT_EQ(LargestAllocation("precision: FLOAT"), 0);
}

TEST(StepAllocation, NoneByAnySampler) {
  EXPECT_EQ(LargestAllocation("training { shuffle {} }"), 0);
  EXPECT_EQ(LargestAllocation("training { full_batch {} }"), 0);
}

TEST(StepAllocation, NoneByOptimizersThatNeedTheGradient) {
  EXPECT_EQ(
      LargestAllocation(R"pb(
        optimizer {
          [type.googleapis.com/didact.Sgd] {
            learning_rate {
              [type.googleapis.com/didact.StepDecay] { value: 0.05 factor: 0.5 every_epochs: 2 }
            }
            momentum: 0.9
            nesterov: true
            weight_decay: 0.001
          }
        })pb"),
      0);
}

TEST(StepAllocation, NoneByAdam) {
  EXPECT_EQ(LargestAllocation(R"pb(
              optimizer {
                [type.googleapis.com/didact.Adam] {
                  learning_rate {
                    [type.googleapis.com/didact.Cosine] { value: 0.05 warm_up_epochs: 1 }
                  }
                  weight_decay: 0.001
                  decay_biases: false
                }
              })pb"),
            0);
}

TEST(StepAllocation, NoneByOtherLossesActivationsAndProjections) {
  EXPECT_EQ(LargestAllocation(R"pb(
              loss {
                [type.googleapis.com/didact.MeanSquaredError] {}
              })pb"),
            0);
  for (const std::string target : {"teacher_argmax {}", "soft_targets {}"}) {
    const std::string loss = "[type.googleapis.com/didact.CrossEntropy] { " + target + " }";
    EXPECT_EQ(LargestAllocation("loss { " + loss + " } student { bias: false }"), 0) << target;
  }
  for (const std::string activation : {"Tanh", "Erf", "Gelu", "Softplus"}) {
    const std::string hidden =
        "hidden { width: 5 activation { [type.googleapis.com/didact." + activation + "] {} } }";
    EXPECT_EQ(LargestAllocation("teacher { " + hidden + " }"), 0) << activation;
  }
  EXPECT_EQ(LargestAllocation(R"pb(
              projection {
                [type.googleapis.com/didact.UnitFanIn] {}
              }
              projection {
                [type.googleapis.com/didact.ZeroBias] {}
              })pb"),
            0);
}

TEST(StepAllocation, OnlyTheSchedulersOwnByLargeNetworksOnSeveralCores) {
  // A matrix of such a mini-batch or network has 12,000 bytes or more. oneTBB allocates a few
  // hundred bytes for each task, and reuses them.
  static constexpr int64_t kSchedulersOwn = 4096;
  RunTasks(1, /*threads=*/2, [](int64_t) {
    EXPECT_LE(LargestAllocation(kLargeStudent, &ArenaWorkers()), kSchedulersOwn);
  });
}

// Returns the memory of creating a trial and evaluating it, in bytes, if evaluations compute
// `evaluation_batch_size` samples together. In double, a sample takes 61 cache lines of activations
// of the student, and one each of its outputs, of activations of the teacher, which are not stored,
// and of the teacher's outputs.
double EvaluationMemory(int evaluation_batch_size, const std::string& changes) {
  constexpr char kSamples[] = "[type.googleapis.com/didact.GaussianInputs] { dimension: 6 size: ";
  Experiment experiment = TestExperiment();
  experiment.clear_train_data();
  experiment.clear_eval_data();
  experiment.mutable_student()->clear_width_multiplier();
  const std::string fields =
      absl::StrCat("train_data { ", kSamples, "1200 } } eval_data { ", kSamples,
                   "1100 } } student { hidden { width: 488 activation { "
                   "[type.googleapis.com/didact.Relu] {} } } "
                   "} training { teacher_activation_memory: 0 evaluation_batch_size: ",
                   evaluation_batch_size, " } ", changes);
  EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(fields, &experiment)) << fields;
  const AllocationMeter meter;
  const auto trial = MakeTrial(experiment);
  EXPECT_TRUE(trial->Evaluate().ok());
  return static_cast<double>(meter.peak());
}

TEST(EvaluationAllocation, IsThatOfOneForwardPassOfStudentAndTeacherForBothDataSets) {
  const double expected = 500 * 64 * (61 + 1 + 1 + 1);
  EXPECT_NEAR(EvaluationMemory(1000, "") - EvaluationMemory(500, ""), expected, 0.03 * expected);
}

TEST(EvaluationAllocation, HasGradientsOfTheStudentOnlyForMetricsThatNeedThem) {
  const std::string metric = "metric { [type.googleapis.com/didact.GradientNorm] {} }";
  const double expected = 500 * 64 * (2 * (61 + 1) + 1 + 1);
  EXPECT_NEAR(EvaluationMemory(1000, metric) - EvaluationMemory(500, metric), expected,
              0.03 * expected);
}

}  // namespace
}  // namespace didact
