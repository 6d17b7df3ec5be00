#include <cmath>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/plugins/metrics/squared_norm.h"
#include "didact/protos/plugins/metric.pb.h"

namespace didact {
namespace {

// Frobenius norms of the student's weights and biases.
//
// Config:   didact.WeightNorm, e.g. `[didact/WeightNorm] {}`.
// Shapes:   per layer two numbers, or one if it has no bias, and one for all.
// Units:    those of weights.
// Errors:   none.
// Threads:  never called concurrently.
// Numerics: sums of squares in double.
// Source:   none needed.
template <class T>
class WeightNormMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const WeightNorm&, const BuildContext&) {
    return std::make_unique<WeightNormMetric>();
  }

  std::vector<MetricKey> keys() const override {
    return {{"weight_norm.layer*.weight", {}, "weights"},
            {"weight_norm.layer*.bias", {}, "weights"},
            {"weight_norm.total", {}, "weights"}};
  }

  bool depends_on_data() const override { return false; }

  absl::Status Prepare(const MetricContext<T>& context) override {
    student_.assign(context.student.begin(), context.student.end());
    return absl::OkStatus();
  }

  void Finish(const EvaluationSummary<T>&, Record& record) override {
    double total = 0;
    for (size_t l = 0; l < student_.size(); ++l) {
      const double weight = SquaredNorm(student_[l].weight);
      const double bias = SquaredNorm(student_[l].bias);
      total += weight + bias;
      record.Add(absl::StrCat("weight_norm.layer", l, ".weight"), std::sqrt(weight));
      if (student_[l].bias.empty()) continue;
      record.Add(absl::StrCat("weight_norm.layer", l, ".bias"), std::sqrt(bias));
    }
    record.Add("weight_norm.total", std::sqrt(total));
  }

 private:
  std::vector<LayerView<const T>> student_;
};

}  // namespace

absl::Status RegisterWeightNorm(PluginRegistry& registry) {
  return registry.Add<WeightNorm, WeightNormMetric>();
}

}  // namespace didact
