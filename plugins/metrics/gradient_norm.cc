#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/plugins/metrics/squared_norm.h"
#include "didact/protos/plugins/metric.pb.h"

namespace didact {
namespace {

// Returns the elements of a vector or matrix, row-major.
template <class T>
RecordArray ToRecordArray(const ArrayView<const T>& x) {
  std::vector<double> elements;
  elements.reserve(x.size());
  if (x.rank() == 1) {
    for (int64_t i = 0; i < x.shape(0); ++i) elements.push_back(x(i));
    return {{x.shape(0)}, std::move(elements)};
  }
  for (int64_t i = 0; i < x.shape(0); ++i) {
    for (int64_t j = 0; j < x.shape(1); ++j) elements.push_back(x(i, j));
  }
  return {{x.shape(0), x.shape(1)}, std::move(elements)};
}

// Frobenius norms of the gradient of the objective over the whole data set.
//
// Config:   didact.GradientNorm, e.g. `[didact/GradientNorm] { arrays: true }` to have the gradient
//           itself, too.
// Shapes:   per layer two numbers, or one if it has no bias, and one for all; the arrays have the
//           shapes of weight and bias. Gains and shifts of normalizations are not among them.
// Units:    those of the objective divided by those of weights.
// Errors:   none.
// Threads:  never called concurrently.
// Numerics: sums of squares in double.
// Source:   none needed.
template <class T>
class GradientNormMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const GradientNorm& config,
                                                          const BuildContext&) {
    return std::make_unique<GradientNormMetric>(config);
  }

  explicit GradientNormMetric(const GradientNorm& config) : arrays_(config.arrays()) {}

  std::vector<MetricKey> keys() const override {
    const std::string unit = "objective / weights";
    std::vector<MetricKey> keys = {{"gradient_norm.layer*.weight", {}, unit},
                                   {"gradient_norm.layer*.bias", {}, unit},
                                   {"gradient_norm.total", {}, unit}};
    if (arrays_) {
      keys.push_back({"gradient.layer*.weight", {"student", "input"}, unit});
      keys.push_back({"gradient.layer*.bias", {"student"}, unit});
    }
    return keys;
  }

  bool needs_gradients() const override { return true; }

  void Finish(const EvaluationSummary<T>& summary, Record& record) override {
    double total = 0;
    for (size_t l = 0; l < summary.gradient.size(); ++l) {
      const LayerView<const T>& gradient = summary.gradient[l];
      const double weight = SquaredNorm(gradient.weight);
      const double bias = SquaredNorm(gradient.bias);
      total += weight + bias;
      record.Add(absl::StrCat("gradient_norm.layer", l, ".weight"), std::sqrt(weight));
      if (arrays_) {
        record.Add(absl::StrCat("gradient.layer", l, ".weight"), ToRecordArray(gradient.weight));
      }
      if (gradient.bias.empty()) continue;
      record.Add(absl::StrCat("gradient_norm.layer", l, ".bias"), std::sqrt(bias));
      if (arrays_) {
        record.Add(absl::StrCat("gradient.layer", l, ".bias"), ToRecordArray(gradient.bias));
      }
    }
    record.Add("gradient_norm.total", std::sqrt(total));
  }

 private:
  const bool arrays_;
};

}  // namespace

absl::Status RegisterGradientNorm(PluginRegistry& registry) {
  return registry.Add<GradientNorm, GradientNormMetric>();
}

}  // namespace didact
