// Tests networks with `bias: false`: they are those whose biases are 0 and stay so, and neither
// files nor checkpoints have biases.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/training/checkpoint.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/plugins/projection.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::ElementsAre;

constexpr char kMomentum[] = R"pb(
  optimizer {
    [type.googleapis.com/didact.Sgd] {
      learning_rate {
        [type.googleapis.com/didact.Constant] { value: 0.02 }
      }
      momentum: 0.5
    }
  })pb";

// An experiment with two layers and metrics of weights and gradients. Without biases, or with biases
// of 0 that every step sets to 0 again.
Experiment Make(bool has_biases, const std::string& optimizer = "") {
  Experiment experiment = TestExperiment(optimizer + R"pb(
    metric {
      [type.googleapis.com/didact.WeightNorm] {}
    }
    metric {
      [type.googleapis.com/didact.WeightChange] {}
    }
    metric {
      [type.googleapis.com/didact.GradientNorm] {}
    }
    metric {
      [type.googleapis.com/didact.PerSampleGradient] {}
    }
    metric {
      [type.googleapis.com/didact.Specialization] {}
    }
    metric {
      [type.googleapis.com/didact.FanOutNorm] {}
    }
  )pb");
  experiment.mutable_teacher()->mutable_initializer()->RemoveLast();  // ConstantBias
  experiment.mutable_teacher()->set_bias(has_biases);
  experiment.mutable_student()->set_bias(has_biases);
  if (has_biases) experiment.add_projection()->PackFrom(ZeroBias());
  return experiment;
}

std::vector<std::string> NamesOf(const Trial& trial) {
  std::vector<std::string> names;
  for (const NamedArray& array : CopyArrays(trial.Weights())) names.push_back(array.name);
  return names;
}

TEST(TrialWithoutBiases, TrainsTheWeightsLikeOneWhoseBiasesAreZero) {
  for (const std::string optimizer : {"", kMomentum}) {
    for (const Precision precision : {DOUBLE, FLOAT}) {
      Experiment with = Make(/*has_biases=*/true, optimizer);
      Experiment without = Make(/*has_biases=*/false, optimizer);
      with.set_precision(precision);
      without.set_precision(precision);
      const auto zero = MakeTrial(with);
      const auto none = MakeTrial(without);
      EXPECT_THAT(NamesOf(*none), ElementsAre("teacher.0.weight", "teacher.1.weight",
                                              "student.0.weight", "student.1.weight"));
      while (!none->finished()) {
        ASSERT_EQ(zero->Step(), absl::OkStatus());
        ASSERT_EQ(none->Step(), absl::OkStatus());
        EXPECT_EQ(none->step_loss(), zero->step_loss());
      }
      for (const std::string& name : NamesOf(*none)) {
        EXPECT_EQ(WeightOf(*none, name), WeightOf(*zero, name)) << name;
      }
    }
  }
}

// What is recorded of biases is not there; everything else is the same, except for norms of all
// parameters together, which the gradient of the biases changes.
TEST(TrialWithoutBiases, RecordsTheSameButNothingOfBiases) {
  const auto zero = MakeTrial(Make(/*has_biases=*/true));
  const auto none = MakeTrial(Make(/*has_biases=*/false));
  for (int evaluation = 0; evaluation < 2; ++evaluation) {
    const auto with = zero->Evaluate();
    const auto without = none->Evaluate();
    ASSERT_TRUE(with.ok()) << with.status();
    ASSERT_TRUE(without.ok()) << without.status();
    std::vector<std::pair<std::string, Record::Number>> expected;
    std::vector<std::pair<std::string, Record::Number>> found;
    const auto is_compared = [](const std::string& key) {
      return !absl::EndsWith(key, ".bias") && !absl::EndsWith(key, ".constant") &&
             !absl::StrContains(key, "gradient_norm.total");
    };
    for (const auto& [key, number] : with->numbers()) {
      if (is_compared(key)) expected.emplace_back(key, number);
    }
    for (const auto& [key, number] : without->numbers()) {
      EXPECT_FALSE(absl::EndsWith(key, ".bias") || absl::EndsWith(key, ".constant")) << key;
      if (is_compared(key)) found.emplace_back(key, number);
    }
    EXPECT_EQ(found, expected);
    ASSERT_EQ(zero->Step(), absl::OkStatus());
    ASSERT_EQ(none->Step(), absl::OkStatus());
  }
}

TEST(TrialWithoutBiases, GoesOnFromACheckpoint) {
  for (const std::string optimizer : {"", kMomentum}) {
    const Experiment experiment = Make(/*has_biases=*/false, optimizer);
    const auto whole = MakeTrial(experiment);
    const auto part = MakeTrial(experiment);
    for (int step = 0; step < 7; ++step) ASSERT_EQ(part->Step(), absl::OkStatus());
    const auto checkpoint = MakeCheckpoint(experiment, *part);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    const auto restored = MakeTrial(experiment);
    ASSERT_EQ(RestoreTrial(*checkpoint, experiment, *restored), absl::OkStatus());
    while (!whole->finished()) ASSERT_EQ(whole->Step(), absl::OkStatus());
    while (!restored->finished()) ASSERT_EQ(restored->Step(), absl::OkStatus());
    for (const std::string& name : NamesOf(*whole)) {
      EXPECT_EQ(WeightOf(*restored, name), WeightOf(*whole, name)) << name;
    }
  }
}

TEST(TrialWithoutBiases, BeginsWithTheWeightsOfItsFiles) {
  const auto source = MakeTrial(Make(/*has_biases=*/false));
  const std::string file = testing::TempDir() + "/without_biases.npz";
  ASSERT_EQ(WriteNpz(file, CopyArrays(source->Weights())), absl::OkStatus());
  Experiment experiment = TestExperiment(absl::StrCat(
      "student { bias: false initializer { [type.googleapis.com/didact.NpzWeights] { path: '", file,
      "' prefix: 'student.' } } }"));
  const auto trial = MakeTrial(experiment, /*seed=*/2);
  EXPECT_EQ(WeightOf(*trial, "student.0.weight"), WeightOf(*source, "student.0.weight"));
  // The teacher has biases all the same.
  EXPECT_EQ(WeightOf(*trial, "teacher.0.bias"), std::vector<double>(4, -0.1));
}

TEST(TrialWithoutBiases, RefusesAnInitializerThatWouldSetThem) {
  const Experiment experiment = TestExperiment("teacher { bias: false }");
  EXPECT_EQ(
      CreateTrial(experiment, 1, BuiltinRegistry(), FieldPath("e.textproto")).status().message(),
      "e.textproto: teacher.initializer[1]: needs biases, but layer 0 has none; remove it, "
      "or bias: false of the network");
}

}  // namespace
}  // namespace didact
