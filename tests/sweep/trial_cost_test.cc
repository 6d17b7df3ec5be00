#include "didact/framework/sweep/trial_cost.h"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/registry.h"
#include "didact/plugins/builtin.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

constexpr char kInputs[] = "[didact/GaussianInputs] { dimension: 100 size: 10000 }";

// A data set that is never built.
template <class T>
class ForeignDataset : public Dataset<T> {
 public:
  template <class Config>
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const Config&, const BuildContext&) {
    return absl::InternalError("was built");
  }
};

// Tells its size from a field whose name differs from those of the built-in data sets, and throws
// an exception for a negative size.
template <class T>
class ToldDataset : public ForeignDataset<T> {
 public:
  static DatasetSize SizeFromConfig(const google::protobuf::Int64Value& config,
                                    const BuildContext&) {
    if (config.value() < 0) throw std::runtime_error("negative");
    return {.samples = config.value(), .features = 100};
  }
};

// Does not tell its size.
template <class T>
class SilentDataset : public ForeignDataset<T> {};

// Returns a two-layer experiment after its defaults were filled in.
std::string Text(const std::string& data, const std::string& networks,
                 const std::string& training) {
  return absl::StrCat("train_data { ", data, " } eval_data { ", data, " } ", networks,
                      " training { ", training, " }");
}

TrialCost CostOf(const std::string& text) {
  static const PluginRegistry* const registry = [] {
    auto* const plugins = new PluginRegistry();
    EXPECT_EQ(RegisterBuiltinPlugins(*plugins), absl::OkStatus());
    EXPECT_EQ((plugins->Add<google::protobuf::Int64Value, ToldDataset>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<google::protobuf::Int32Value, SilentDataset>()), absl::OkStatus());
    return plugins;
  }();
  Experiment experiment;
  EXPECT_EQ(ParseText(text, *registry, FieldPath("e.textproto"), experiment), absl::OkStatus());
  return EstimateTrialCost(experiment, *registry, BuildContext(*registry, FieldPath()));
}

std::string Networks(int teacher_width, int multiplier) {
  return absl::StrCat("teacher { hidden { width: ", teacher_width,
                      " } outputs: 50 } student { width_multiplier: ", multiplier, " }");
}

int64_t StepsOf(const std::string& training) {
  return CostOf(Text(kInputs, Networks(20, 1), training)).steps;
}

TEST(TrialCost, StepsAreThoseOfTheSampler) {
  EXPECT_EQ(StepsOf("epochs: 3 batch_size: 16 shuffle {}"), 3 * 625);
  EXPECT_EQ(StepsOf("epochs: 3 batch_size: 48"), 3 * 209) << "the last mini-batch is short";
  EXPECT_EQ(StepsOf("epochs: 3 batch_size: 16 with_replacement { steps_per_epoch: 7 }"), 3 * 7);
  EXPECT_EQ(StepsOf("epochs: 3 full_batch { steps_per_epoch: 2 }"), 3 * 2);
  EXPECT_EQ(StepsOf("epochs: 3 replay { batches: \"b.npy\" steps_per_epoch: 5 }"), 3 * 5);
  EXPECT_EQ(StepsOf("epochs: 0 batch_size: 16"), 0);
}

TEST(TrialCost, SamplesOfFilesAreGuessed) {
  const TrialCost cost = CostOf(Text("[didact/NpyDataset] { inputs: \"x.npy\" }", Networks(20, 1),
                                     "epochs: 1 batch_size: 1"));
  EXPECT_GT(cost.steps, 0);
  EXPECT_EQ(CostOf(Text("[didact/NpyDataset] { inputs: \"x.npy\" size: 12 }", Networks(20, 1),
                        "epochs: 1 batch_size: 1"))
                .steps,
            12);
}

TEST(TrialCost, AForeignDataSetSaysItsSize) {
  const auto cost = [](const std::string& data) {
    return CostOf(Text(data, Networks(20, 1), "epochs: 1 batch_size: 1"));
  };
  const TrialCost builtin = cost("[didact/GaussianInputs] { dimension: 100 size: 12 }");
  const TrialCost foreign = cost("[google.protobuf/Int64Value] { value: 12 }");
  EXPECT_EQ(foreign.steps, 12);
  EXPECT_EQ(foreign.seconds, builtin.seconds);
  // The size is guessed for a data set that does not tell it.
  const TrialCost guessed = cost("[google.protobuf/Int32Value] { value: 12 }");
  EXPECT_EQ(guessed.steps, 60000);
  EXPECT_EQ(cost("[google.protobuf/Int64Value] { value: -1 }").steps, guessed.steps);
}

// Sweeps need this accuracy for the order of trials and for the number of them that take a tenth of
// a second.
TEST(TrialCost, SecondsAreWithinAFactorOfThreeOfMeasuredOnes) {
  // The step times are those of the published experiment on an AMD EPYC whose core does 59 GFLOP/s
  // in double: 7.0 and 49.1 us in double and 26.7 us in float. Evaluations on two data sets take
  // 2.5, 15.4 and 9.2 ms each (`bazel run //tools/bench`).
  struct Measured {
    int multiplier;
    std::string precision;
    double seconds;
  };
  for (const Measured& measured : {Measured{1, "DOUBLE", 100 * (1000 * 7.0e-6 + 2 * 2.5e-3)},
                                   Measured{10, "DOUBLE", 100 * (1000 * 49.1e-6 + 2 * 15.4e-3)},
                                   Measured{10, "FLOAT", 100 * (1000 * 26.7e-6 + 2 * 9.2e-3)}}) {
    const TrialCost cost = CostOf(absl::StrCat(
        "precision: ", measured.precision, " ",
        Text(kInputs, Networks(20, measured.multiplier),
             "epochs: 100 batch_size: 16 with_replacement { steps_per_epoch: 1000 }")));
    EXPECT_GT(cost.seconds, measured.seconds / 3) << measured.multiplier << measured.precision;
    EXPECT_LT(cost.seconds, measured.seconds * 3) << measured.multiplier << measured.precision;
  }
}

TEST(TrialCost, TheStudentsOwnLayersCountWhereTheyAreGiven) {
  const std::string training = "epochs: 10 batch_size: 16";
  const double multiplied = CostOf(Text(kInputs, Networks(20, 10), training)).seconds;
  const double own = CostOf(Text(kInputs,
                                 "teacher { hidden { width: 20 } outputs: 50 } "
                                 "student { hidden { width: 200 } }",
                                 training))
                         .seconds;
  EXPECT_DOUBLE_EQ(own, multiplied);
}

TEST(TrialCost, FloatTakesHalfTheTimeOfDoubleInLargeNetworks) {
  const std::string experiment = Text(kInputs, Networks(500, 10), "epochs: 10 batch_size: 64");
  const double in_double = CostOf(experiment).seconds;
  const double in_float = CostOf(absl::StrCat("precision: FLOAT ", experiment)).seconds;
  EXPECT_NEAR(in_float / in_double, 0.5, 0.01);
}

TEST(TrialCost, AFullBatchTakesAsLongAsABatchOfAsManySamples) {
  const double full = CostOf(Text(kInputs, Networks(20, 10),
                                  "epochs: 10 batch_size: 16 full_batch { steps_per_epoch: 7 }"))
                          .seconds;
  const double drawn =
      CostOf(Text(kInputs, Networks(20, 10),
                  "epochs: 10 batch_size: 10000 with_replacement { steps_per_epoch: 7 }"))
          .seconds;
  EXPECT_DOUBLE_EQ(full, drawn);
}

TEST(TrialCost, ATrialWithoutStepsIsNotFree) {
  EXPECT_GT(CostOf(Text(kInputs, Networks(20, 1), "epochs: 0 batch_size: 16")).seconds, 0);
}

}  // namespace
}  // namespace didact
