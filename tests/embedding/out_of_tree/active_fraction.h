// The metric ActiveFraction: the fraction of samples for which nodes are active.

#ifndef EXAMPLE_ACTIVE_FRACTION_H_
#define EXAMPLE_ACTIVE_FRACTION_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/metric.h"
#include "example_plugins.pb.h"

namespace example {

template <class T>
class ActiveFractionMetric : public didact::Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<didact::Metric<T>>> Build(const ActiveFraction& config,
                                                                  const didact::BuildContext&) {
    return std::make_unique<ActiveFractionMetric>(config.threshold());
  }

  explicit ActiveFractionMetric(double threshold) : threshold_(static_cast<T>(threshold)) {}

  // Tables of sweeps show the fraction of the student.
  std::vector<didact::MetricKey> keys() const override {
    return {{"active_fraction.layer*.teacher"},
            {.key = "active_fraction.layer*.student", .is_headline = true}};
  }

  absl::Status Prepare(const didact::MetricContext<T>& context) override {
    teacher_widths_.assign(context.teacher_widths.begin(), context.teacher_widths.end());
    student_widths_.assign(context.student_widths.begin(), context.student_widths.end());
    return absl::OkStatus();
  }

  void Begin() override {
    teacher_counts_.assign(teacher_widths_.size(), 0);
    student_counts_.assign(student_widths_.size(), 0);
  }

  // Samples are counted as whole numbers, so that the result does not depend on how the data are
  // split.
  void Add(const didact::EvaluationBatch<T>& batch) override {
    Count(batch.teacher_activations, teacher_counts_);
    Count(batch.student_activations, student_counts_);
  }

  void Finish(const didact::EvaluationSummary<T>& summary, didact::Record& record) override {
    const auto samples = static_cast<double>(summary.samples);
    for (size_t layer = 0; layer < teacher_widths_.size(); ++layer) {
      const std::string key = absl::StrCat("active_fraction.layer", layer);
      record.Add(key + ".teacher", static_cast<double>(teacher_counts_[layer]) / samples /
                                       static_cast<double>(teacher_widths_[layer]));
      record.Add(key + ".student", static_cast<double>(student_counts_[layer]) / samples /
                                       static_cast<double>(student_widths_[layer]));
    }
  }

 private:
  void Count(absl::Span<const didact::ArrayView<const T>> layers,
             std::vector<int64_t>& counts) const {
    for (size_t layer = 0; layer < layers.size(); ++layer) {
      for (int64_t sample = 0; sample < layers[layer].shape(0); ++sample) {
        const absl::Span<const T> nodes = layers[layer].row(sample);
        counts[layer] += std::count_if(nodes.begin(), nodes.end(),
                                       [this](T activation) { return activation > threshold_; });
      }
    }
  }

  T threshold_;
  std::vector<int64_t> teacher_widths_, student_widths_;
  std::vector<int64_t> teacher_counts_, student_counts_;  // per layer, over samples and nodes
};

}  // namespace example

#endif  // EXAMPLE_ACTIVE_FRACTION_H_
