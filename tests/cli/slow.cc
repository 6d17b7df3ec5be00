// Plugins that take as long as a test requires, and whose results are always the same. Environment
// variables:
//
//   DIDACT_SLOW                what is slow: "data", "step", or "evaluation" (from the second on)
//   DIDACT_SLOW_MILLISECONDS   the duration of a slow call
//   DIDACT_SLOW_MARK           a file that is created when a slow call begins

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/library/manifest.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/state.h"
#include "tests/cli/slow.pb.h"
#include "tests/cli/slow_documentation.h"

namespace didact::slow {
namespace {

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void TakeTime(const char* what) {
  if (Variable("DIDACT_SLOW") != what) return;
  std::ofstream(Variable("DIDACT_SLOW_MARK")).put('\n');
  const int64_t milliseconds = std::atoll(Variable("DIDACT_SLOW_MILLISECONDS").c_str());
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

template <class T>
class SlowInputsDataset final : public Dataset<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const SlowInputs& config,
                                                           const BuildContext&) {
    return std::make_unique<SlowInputsDataset>(config);
  }

  explicit SlowInputsDataset(const SlowInputs& config) : config_(config) {}

  std::vector<int64_t> sample_shape() const override { return {config_.dimension()}; }
  int64_t size() const override { return config_.size(); }

  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    TakeTime("data");
    for (int64_t row = 0; row < inputs.shape(0); ++row) {
      for (int64_t k = 0; k < inputs.shape(1); ++k) {
        inputs(row, k) = static_cast<T>(((first + row) * 31 + k * k) % 13 - 6);
      }
    }
    return absl::OkStatus();
  }

 private:
  SlowInputs config_;
};

template <class T>
class SlowLossFunction final : public LossFunction<T> {
 public:
  static absl::StatusOr<std::unique_ptr<LossFunction<T>>> Build(const SlowLoss&,
                                                                const BuildContext&) {
    return std::make_unique<SlowLossFunction>();
  }

  double Sum(const LossBatch<T>& batch) const override {
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      for (int64_t j = 0; j < batch.student_outputs.shape(1); ++j) {
        const double error = batch.student_outputs(i, j) - batch.targets(i, j);
        sum += error * error / 2;
      }
    }
    return sum;
  }

  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    TakeTime("step");
    for (int64_t i = 0; i < gradient.shape(0); ++i) {
      for (int64_t j = 0; j < gradient.shape(1); ++j) {
        gradient(i, j) =
            (batch.student_outputs(i, j) - batch.targets(i, j)) / static_cast<T>(gradient.shape(0));
      }
    }
    return Sum(batch);
  }
};

template <class T>
class SlowMetricMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const SlowMetric&, const BuildContext&) {
    return std::make_unique<SlowMetricMetric>();
  }

  std::vector<MetricKey> keys() const override { return {{"slow.evaluations"}}; }

  void Add(const EvaluationBatch<T>&) override {
    if (evaluations_ > 0) TakeTime("evaluation");
  }

  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("slow.evaluations", ++evaluations_);
  }

  void VisitState(StateVisitor& visitor) override { visitor.Visit("evaluations", evaluations_); }

 private:
  int64_t evaluations_ = 0;
};

absl::Status RegisterSlow(PluginRegistry& registry) {
  DIDACT_RETURN_IF_ERROR((registry.Add<SlowInputs, SlowInputsDataset>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<SlowLoss, SlowLossFunction>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<SlowMetric, SlowMetricMetric>()));
  return registry.AddDocumentation(SlowDocumentation());
}

}  // namespace
}  // namespace didact::slow

DIDACT_PLUGIN_LIBRARY("slow", "1.0", didact::slow::RegisterSlow)
