#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/state.h"
#include "didact/protos/plugins/metric.pb.h"

namespace didact {
namespace {

// The Frobenius norm of the change of the student's weights since the previous evaluation; 0 at the
// first.
//
// Config:   didact.WeightChange, e.g. `[didact/WeightChange] {}`.
// Shapes:   per layer three numbers: of weight and bias together, of each (if there is a bias); and
//           one for all layers. Gains and shifts of normalizations are not among them.
// Units:    those of weights.
// Errors:   none.
// Threads:  never called concurrently.
// Numerics: differences and sums of squares in double.
// State:    the weights at the previous evaluation.
// Source:   none needed.
template <class T>
class WeightChangeMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const WeightChange&,
                                                          const BuildContext&) {
    return std::make_unique<WeightChangeMetric>();
  }

  std::vector<MetricKey> keys() const override {
    return {{"weight_change.layer*", {}, "weights"},
            {"weight_change.layer*.weight", {}, "weights"},
            {"weight_change.layer*.bias", {}, "weights"},
            {"weight_change.total", {}, "weights"}};
  }

  bool depends_on_data() const override { return false; }

  absl::Status Prepare(const MetricContext<T>& context) override {
    for (const LayerView<const T>& weights : context.student) {
      layers_.push_back(
          {weights, std::vector<T>(weights.weight.size()), std::vector<T>(weights.bias.size())});
    }
    return absl::OkStatus();
  }

  void Finish(const EvaluationSummary<T>&, Record& record) override {
    double total = 0;
    for (size_t l = 0; l < layers_.size(); ++l) {
      Layer& layer = layers_[l];
      double weight = 0;
      const ArrayView<const T>& live = layer.live.weight;
      for (int64_t i = 0; i < live.shape(0); ++i) {
        for (int64_t j = 0; j < live.shape(1); ++j) {
          weight += ReplaceAndSquare(live(i, j), layer.weight[i * live.shape(1) + j]);
        }
      }
      double bias = 0;
      for (int64_t i = 0; i < layer.live.bias.shape(0); ++i) {
        bias += ReplaceAndSquare(layer.live.bias(i), layer.bias[i]);
      }
      if (evaluations_ == 0) weight = bias = 0;
      total += weight + bias;
      const std::string key = absl::StrCat("weight_change.layer", l);
      record.Add(key, std::sqrt(weight + bias));
      record.Add(absl::StrCat(key, ".weight"), std::sqrt(weight));
      if (!layer.bias.empty()) record.Add(absl::StrCat(key, ".bias"), std::sqrt(bias));
    }
    record.Add("weight_change.total", std::sqrt(total));
    ++evaluations_;
  }

  void VisitState(StateVisitor& visitor) override {
    visitor.Visit("evaluations", evaluations_);
    for (size_t l = 0; l < layers_.size(); ++l) {
      Layer& layer = layers_[l];
      visitor.Visit(absl::StrCat("layer", l, ".weight"),
                    ArrayView<T>(layer.weight.data(),
                                 {layer.live.weight.shape(0), layer.live.weight.shape(1)}));
      if (layer.bias.empty()) continue;
      visitor.Visit(absl::StrCat("layer", l, ".bias"),
                    ArrayView<T>(layer.bias.data(), {layer.live.bias.shape(0)}));
    }
  }

 private:
  struct Layer {
    LayerView<const T> live;
    // Weights at the previous evaluation: [out, in] and [out], or empty.
    std::vector<T> weight;
    std::vector<T> bias;
  };

  // Returns (now - previous)^2 and sets previous = now.
  static double ReplaceAndSquare(T now, T& previous) {
    const double change = static_cast<double>(now) - previous;
    previous = now;
    return change * change;
  }

  std::vector<Layer> layers_;
  int64_t evaluations_ = 0;  // number of evaluations until now
};

}  // namespace

absl::Status RegisterWeightChange(PluginRegistry& registry) {
  return registry.Add<WeightChange, WeightChangeMetric>();
}

}  // namespace didact
