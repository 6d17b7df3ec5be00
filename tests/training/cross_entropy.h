// A loss that reads labels alone, for tests of trials without a teacher.

#ifndef DIDACT_TESTS_TRAINING_CROSS_ENTROPY_H_
#define DIDACT_TESTS_TRAINING_CROSS_ENTROPY_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/loss.h"
#include "google/protobuf/wrappers.pb.h"

namespace didact::test {

// The cross entropy of the softmax of the outputs: log sum_k exp(s_k) - s_label.
template <class T>
class CrossEntropyLoss final : public LossFunction<T> {
 public:
  static absl::StatusOr<std::unique_ptr<LossFunction<T>>> Build(const google::protobuf::BoolValue&,
                                                                const BuildContext&) {
    return std::make_unique<CrossEntropyLoss>();
  }

  bool needs_labels() const override { return true; }

  double Sum(const LossBatch<T>& batch) const override {
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      sum += LogSum(batch.student_outputs, i) - batch.student_outputs(i, batch.labels[i]);
    }
    return sum;
  }

  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    const ArrayView<const T>& outputs = batch.student_outputs;
    for (int64_t i = 0; i < outputs.shape(0); ++i) {
      const double log_sum = LogSum(outputs, i);
      for (int64_t k = 0; k < outputs.shape(1); ++k) {
        const double probability = std::exp(outputs(i, k) - log_sum);
        gradient(i, k) = static_cast<T>((probability - (k == batch.labels[i] ? 1 : 0)) /
                                        static_cast<double>(outputs.shape(0)));
      }
    }
    return Sum(batch);
  }

 private:
  static double LogSum(const ArrayView<const T>& outputs, int64_t sample) {
    const auto row = outputs.row(sample);
    const double largest = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const T output : row) sum += std::exp(output - largest);
    return largest + std::log(sum);
  }
};

}  // namespace didact::test

#endif  // DIDACT_TESTS_TRAINING_CROSS_ENTROPY_H_
