#include "tests/training/recording_plugins.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/record.h"
#include "didact/plugins/builtin.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using google::protobuf::BoolValue;
using google::protobuf::StringValue;

template <class T>
InputRows RowsOf(ArrayView<T> inputs) {
  InputRows rows;
  for (int64_t i = 0; i < inputs.shape(0); ++i) {
    const auto row = inputs.row(i);
    rows.emplace_back(row.begin(), row.end());
  }
  return rows;
}

template <class T>
class RecordingDataset final : public Dataset<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const StringValue& config,
                                                           const BuildContext& context) {
    auto dataset = std::make_unique<RecordingDataset>();
    dataset->place_ = context.path.path();
    const std::vector<absl::string_view> numbers = absl::StrSplit(config.value(), ',');
    EXPECT_TRUE(absl::SimpleAtoi(numbers.at(0), &dataset->size_));
    EXPECT_TRUE(absl::SimpleAtoi(numbers.at(1), &dataset->dimension_));
    if (numbers.size() > 2) {
      EXPECT_TRUE(absl::SimpleAtoi(numbers[2], &dataset->stream_seed_.emplace()));
    }
    return dataset;
  }

  std::vector<int64_t> sample_shape() const override { return {dimension_}; }
  int64_t size() const override { return size_; }
  std::optional<uint64_t> stream_seed() const override { return stream_seed_; }

  absl::Status Prepare(const DatasetContext<T>& context) override {
    TheRecording().streams[place_].push_back(context.random);
    return absl::OkStatus();
  }

  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      std::fill_n(inputs.row(i).begin(), dimension_, static_cast<T>(first + i));
    }
    return absl::OkStatus();
  }

 private:
  std::string place_;
  int64_t size_ = 0;
  int64_t dimension_ = 0;
  std::optional<uint64_t> stream_seed_;
};

template <class T>
class RecordingInitializer final : public Initializer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Initializer<T>>> Build(const BoolValue&,
                                                               const BuildContext& context) {
    auto initializer = std::make_unique<RecordingInitializer>();
    initializer->place_ = context.path.path();
    return initializer;
  }

  absl::Status Apply(const InitializerContext<T>& context, NetworkView<T>) const override {
    TheRecording().streams[place_].push_back(context.random);
    return absl::OkStatus();
  }

 private:
  std::string place_;
};

template <class T>
class RecordingAugmentation final : public Augmentation<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Augmentation<T>>> Build(const BoolValue&,
                                                                const BuildContext& context) {
    auto augmentation = std::make_unique<RecordingAugmentation>();
    augmentation->place_ = context.path.path();
    return augmentation;
  }

  void Apply(const RandomStream& random, ArrayView<T> inputs) const override {
    TheRecording().streams[place_].push_back(random);
    TheRecording().augmented[place_].push_back(RowsOf(inputs));
  }

 private:
  std::string place_;
};

template <class T>
class RecordingMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const BoolValue&, const BuildContext&) {
    return std::make_unique<RecordingMetric>();
  }

  std::vector<MetricKey> keys() const override { return {}; }
  absl::Status Prepare(const MetricContext<T>& context) override {
    samples_ = context.samples;
    return absl::OkStatus();
  }
  void Begin() override { TheRecording().evaluated[samples_].clear(); }
  void Add(const EvaluationBatch<T>& batch) override {
    for (std::vector<double>& row : RowsOf(batch.inputs)) {
      TheRecording().evaluated[samples_].push_back(std::move(row));
    }
  }
  void Finish(const EvaluationSummary<T>&, Record&) override {}

 private:
  int64_t samples_ = 0;
};

}  // namespace

Recording& TheRecording() {
  static auto* const recording = new Recording();
  return *recording;
}

const PluginRegistry& RecordingRegistry() {
  static const PluginRegistry* const registry = [] {
    auto* const plugins = new PluginRegistry();
    EXPECT_EQ(RegisterBuiltinPlugins(*plugins), absl::OkStatus());
    EXPECT_EQ((plugins->Add<StringValue, RecordingDataset>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<BoolValue, RecordingInitializer>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<BoolValue, RecordingAugmentation>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<BoolValue, RecordingMetric>()), absl::OkStatus());
    return plugins;
  }();
  return *registry;
}

}  // namespace didact
