#include <cmath>
#include <cstdint>
#include <memory>
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
#include "didact/protos/plugins/metric.pb.h"

namespace didact {
namespace {

// The norm ||v_j|| of the fan-out weights of every student node j: column j of the next layer's
// weights, or all weights that read channel j of a convolution. It remains large for nodes that
// specialize and decays for the others.
//
// Config:   didact.FanOutNorm, e.g. `[didact/FanOutNorm] {}`.
// Shapes:   per hidden layer an array [student].
// Units:    those of weights.
// Errors:   none.
// Threads:  never called concurrently.
// Numerics: in double.
// Source:   Tian, "Student Specialization in Deep Rectified Networks With Finite Width and Input
//           Dimension", ICML 2020.
template <class T>
class FanOutNormMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const FanOutNorm&, const BuildContext&) {
    return std::make_unique<FanOutNormMetric>();
  }

  std::vector<MetricKey> keys() const override {
    return {{"fan_out_norm.layer*", {"student"}, "weights"}};
  }

  bool depends_on_data() const override { return false; }

  absl::Status Prepare(const MetricContext<T>& context) override {
    student_.assign(context.student.begin(), context.student.end());
    return absl::OkStatus();
  }

  void Finish(const EvaluationSummary<T>&, Record& record) override {
    for (size_t next = 1; next < student_.size(); ++next) {
      const ArrayView<const T>& weight = student_[next].weight;
      const int64_t nodes = student_[next - 1].nodes;
      const int64_t per_node = weight.shape(1) / nodes;
      std::vector<double> norms(nodes);
      for (int64_t j = 0; j < weight.shape(1); ++j) {
        for (int64_t i = 0; i < weight.shape(0); ++i) {
          const double value = weight(i, j);
          norms[j / per_node] += value * value;
        }
      }
      for (double& norm : norms) norm = std::sqrt(norm);
      record.Add(absl::StrCat("fan_out_norm.layer", next - 1),
                 RecordArray{{nodes}, std::move(norms)});
    }
  }

 private:
  std::vector<LayerView<const T>> student_;
};

}  // namespace

absl::Status RegisterFanOutNorm(PluginRegistry& registry) {
  return registry.Add<FanOutNorm, FanOutNormMetric>();
}

}  // namespace didact
