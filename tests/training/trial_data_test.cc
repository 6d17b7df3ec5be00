// Tests the use of data sets by a trial: labels stay with their samples, data that cannot be
// learned from are refused, and each augmentation of the evaluation data has its own random
// numbers.

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/plugins/builtin.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

constexpr int64_t kSamples = 50;
constexpr int64_t kFeatures = 6;

// The inputs are 0, and sample i has class 3 i + 1. The config names an exception: "unlabeled", or at
// sample 7 "negative label", "label 150" or "infinite input".
template <class T>
class ZerosDataset final : public Dataset<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(
      const google::protobuf::StringValue& config, const BuildContext&) {
    auto dataset = std::make_unique<ZerosDataset>();
    dataset->special_ = config.value();
    return dataset;
  }

  std::vector<int64_t> sample_shape() const override { return {kFeatures}; }
  int64_t size() const override { return kSamples; }
  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      for (T& component : inputs.row(i)) component = 0;
      if (special_ == "infinite input" && first + i == 7) {
        inputs(i, 2) = std::numeric_limits<T>::infinity();
      }
    }
    return absl::OkStatus();
  }
  bool has_labels() const override { return special_ != "unlabeled"; }
  absl::Status ReadLabels(int64_t first, absl::Span<int64_t> labels) const override {
    for (size_t i = 0; i < labels.size(); ++i) {
      labels[i] = 3 * (first + static_cast<int64_t>(i)) + 1;
    }
    if (special_ == "negative label") labels[7] = -1;
    if (special_ == "largest label") labels[7] = std::numeric_limits<int64_t>::max();
    if (special_ == "label 150") labels[7] = 150;
    return absl::OkStatus();
  }

 private:
  std::string special_;
};

// A loss that requires labels but does not use them. It tells 50 classes apart by
// each output.
template <class T>
class NeedsLabelsLoss final : public LossFunction<T> {
 public:
  static absl::StatusOr<std::unique_ptr<LossFunction<T>>> Build(const google::protobuf::BoolValue&,
                                                                const BuildContext&) {
    return std::make_unique<NeedsLabelsLoss>();
  }
  std::vector<LossTargets> targets() const override { return {{.labels = true}}; }
  int64_t Classes(int64_t outputs) const override { return 50 * outputs; }
  double Sum(const LossBatch<T>&) const override { return 0; }
  double SumAndGradient(const LossBatch<T>&, ArrayView<T> gradient) const override {
    for (int64_t i = 0; i < gradient.shape(0); ++i) {
      for (T& component : gradient.row(i)) component = 0;
    }
    return 0;
  }
};

// A metric: the mean square of the inputs, and the number of samples with the correct class.
template <class T>
class SeenDataMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const google::protobuf::BoolValue&,
                                                          const BuildContext&) {
    return std::make_unique<SeenDataMetric>();
  }
  std::vector<MetricKey> keys() const override { return {{"mean_square"}, {"right_labels"}}; }
  void Begin() override {
    squares_ = 0;
    right_ = 0;
  }
  void Add(const EvaluationBatch<T>& batch) override {
    for (int64_t i = 0; i < batch.size; ++i) {
      for (const T component : batch.inputs.row(i)) {
        squares_ += static_cast<double>(component) * component;
      }
      right_ += batch.labels[i] == 3 * (batch.first_sample + i) + 1;
    }
  }
  void Finish(const EvaluationSummary<T>& summary, Record& record) override {
    record.Add("mean_square", squares_ / static_cast<double>(summary.samples * kFeatures));
    record.Add("right_labels", right_);
  }

 private:
  double squares_ = 0;
  int64_t right_ = 0;
};

const PluginRegistry& Registry() {
  static const PluginRegistry* const registry = [] {
    auto* const plugins = new PluginRegistry();
    EXPECT_EQ(RegisterBuiltinPlugins(*plugins), absl::OkStatus());
    EXPECT_EQ((plugins->Add<google::protobuf::StringValue, ZerosDataset>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<google::protobuf::BoolValue, NeedsLabelsLoss>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<google::protobuf::BoolValue, SeenDataMetric>()), absl::OkStatus());
    return plugins;
  }();
  return *registry;
}

// Returns an experiment that trains and evaluates on ZerosDataset, with the metric above.
Experiment DataExperiment(const std::string& train, const std::string& eval) {
  Experiment experiment = TestExperiment();
  google::protobuf::StringValue config;
  config.set_value(train);
  experiment.mutable_train_data()->PackFrom(config);
  config.set_value(eval);
  experiment.mutable_eval_data()->PackFrom(config);
  experiment.clear_metric();
  experiment.add_metric()->PackFrom(google::protobuf::BoolValue());
  experiment.mutable_training()->set_evaluation_batch_size(16);
  return experiment;
}

std::string Error(const Experiment& experiment) {
  const auto trial = CreateTrial(experiment, 1, Registry(), FieldPath("e.textproto"));
  return std::string(trial.status().message());
}

Record Evaluated(const Experiment& experiment) {
  const auto trial = CreateTrial(experiment, 1, Registry(), FieldPath("e.textproto"));
  EXPECT_TRUE(trial.ok()) << trial.status();
  return *(*trial)->Evaluate();
}

double Number(const Record& record, const std::string& wanted) {
  for (const auto& [key, number] : record.numbers()) {
    if (key == wanted) return std::visit([](auto value) { return double(value); }, number);
  }
  ADD_FAILURE() << "no number " << wanted;
  return 0;
}

TEST(TrialData, RefusesInputsThatAreNotFinite) {
  const std::string problem = "inputs must be finite, got inf for feature 2 of sample 7";
  EXPECT_EQ(Error(DataExperiment("infinite input", "")), "e.textproto: train_data: " + problem);
  EXPECT_EQ(Error(DataExperiment("", "infinite input")), "e.textproto: eval_data: " + problem);
}

TEST(TrialData, RefusesLabelsThatAreNoClasses) {
  const auto problem = [](const std::string& label) {
    return "labels must be >= 0 and <= 9223372036854775806, got " + label + " for sample 7";
  };
  const std::string negative = problem("-1");
  EXPECT_EQ(Error(DataExperiment("negative label", "")), "e.textproto: train_data: " + negative);
  EXPECT_EQ(Error(DataExperiment("", "negative label")), "e.textproto: eval_data: " + negative);
  EXPECT_EQ(Error(DataExperiment("", "largest label")),
            "e.textproto: eval_data: " + problem("9223372036854775807"));
}

// An experiment whose loss needs labels.
Experiment LabelsExperiment(const std::string& train, const std::string& eval) {
  Experiment experiment = DataExperiment(train, eval);
  experiment.mutable_loss()->PackFrom(google::protobuf::BoolValue());
  experiment.clear_metric();
  return experiment;
}

TEST(TrialData, NeedsTheLossesLabelsInBothDataSets) {
  const std::string problem = "must have labels, since loss needs them";
  EXPECT_EQ(Error(LabelsExperiment("", "")), "");
  EXPECT_EQ(Error(LabelsExperiment("unlabeled", "")), "e.textproto: train_data: " + problem);
  EXPECT_EQ(Error(LabelsExperiment("", "unlabeled")), "e.textproto: eval_data: " + problem);
}

TEST(TrialData, RefusesClassesThatTheLossCannotTellApart) {
  const std::string problem =
      "labels must be < 150, the number of classes that the loss tells apart with outputs: 3, got "
      "150 for sample 7";
  EXPECT_EQ(Error(LabelsExperiment("label 150", "")), "e.textproto: train_data: " + problem);
  EXPECT_EQ(Error(LabelsExperiment("", "label 150")), "e.textproto: eval_data: " + problem);
  // A loss that reads no labels does not mind.
  EXPECT_EQ(Error(DataExperiment("label 150", "label 150")), "");
}

TEST(TrialData, EveryBatchOfAnEvaluationHasTheLabelsOfItsSamples) {
  const Record record = Evaluated(DataExperiment("", ""));
  EXPECT_EQ(Number(record, "train.right_labels"), kSamples);
  EXPECT_EQ(Number(record, "eval.right_labels"), kSamples);
}

// Two independent noises of variance 1 add up to variance 2, two equal ones to variance 4. The mean
// of 300 squares is within 1 of its expectation except with probability 1e-8.
TEST(TrialData, AugmentationsOfTheEvaluationDataAreIndependent) {
  Experiment experiment = DataExperiment("", "");
  const Experiment noise = TestExperiment(
      "eval_augmentation { [type.googleapis.com/didact.GaussianNoise] { stddev: 1 } }");
  *experiment.add_eval_augmentation() = noise.eval_augmentation(0);
  *experiment.add_eval_augmentation() = noise.eval_augmentation(0);
  const Record record = Evaluated(experiment);
  EXPECT_EQ(Number(record, "train.mean_square"), 0);
  EXPECT_NEAR(Number(record, "eval.mean_square"), 2, 1);
}

}  // namespace
}  // namespace didact
