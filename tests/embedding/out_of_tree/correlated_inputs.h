// The data set CorrelatedInputs: each component is the previous one, times the correlation, plus
// noise.

#ifndef EXAMPLE_CORRELATED_INPUTS_H_
#define EXAMPLE_CORRELATED_INPUTS_H_

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/factory.h"
#include "example_plugins.pb.h"

namespace example {

template <class T>
class CorrelatedInputsDataset : public didact::Dataset<T> {
 public:
  static absl::StatusOr<std::unique_ptr<didact::Dataset<T>>> Build(const CorrelatedInputs& config,
                                                                   const didact::BuildContext&) {
    return std::make_unique<CorrelatedInputsDataset>(config);
  }

  static didact::DatasetSize SizeFromConfig(const CorrelatedInputs& config,
                                            const didact::BuildContext&) {
    return {.samples = config.size(), .features = config.dimension()};
  }

  explicit CorrelatedInputsDataset(const CorrelatedInputs& config) : config_(config) {}

  std::vector<int64_t> sample_shape() const override { return {config_.dimension()}; }
  int64_t size() const override { return config_.size(); }

  absl::Status Prepare(const didact::DatasetContext<T>& context) override {
    random_ = context.random;
    return absl::OkStatus();
  }

  // Sample i draws from its own stream, so that it is the same at every reading.
  absl::Status Read(int64_t first, didact::ArrayView<T> inputs) const override {
    const double correlation = config_.correlation();
    const double noise = std::sqrt(1 - correlation * correlation);
    for (int64_t row = 0; row < inputs.shape(0); ++row) {
      const didact::RandomStream random = random_->Split(static_cast<uint64_t>(first + row));
      double component = random.Normal(0);
      inputs(row, 0) = static_cast<T>(component);
      for (int64_t k = 1; k < inputs.shape(1); ++k) {
        component = correlation * component + noise * random.Normal(static_cast<uint64_t>(k));
        inputs(row, k) = static_cast<T>(component);
      }
    }
    return absl::OkStatus();
  }

 private:
  CorrelatedInputs config_;
  std::optional<didact::RandomStream> random_;
};

}  // namespace example

#endif  // EXAMPLE_CORRELATED_INPUTS_H_
