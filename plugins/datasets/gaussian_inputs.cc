#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "framework/base/array_view.h"
#include "framework/base/random.h"
#include "framework/plugin/dataset.h"
#include "framework/plugin/registry.h"
#include "plugins/datasets/datasets.h"
#include "plugins/datasets/normal_sample.h"
#include "protos/plugins/dataset.pb.h"

namespace didact {
namespace {

// Inputs whose components are independent, normal, of mean 0.
//
// Config:   didact.GaussianInputs, e.g. `[didact/GaussianInputs] { dimension: 100 size: 10000
//           stddev: 1.5 }`.
// Shapes:   a sample is [dimension].
// Units:    those of stddev.
// Errors:   none.
// Threads:  immutable after Prepare.
// Numerics: drawn and scaled in double, then rounded to T. Sample i depends on the stream and i
//           alone, not on `size`, so a larger data set begins with the smaller one.
// Source:   the input distribution of Tian's experiments, "Student Specialization in Deep Rectified
//           Networks With Finite Width and Input Dimension", ICML 2020.
template <class T>
class GaussianInputsDataset final : public Dataset<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const GaussianInputs& config,
                                                           const BuildContext&) {
    return std::make_unique<GaussianInputsDataset>(config);
  }

  static DatasetSize SizeFromConfig(const GaussianInputs& config, const BuildContext&) {
    return {config.size(), config.dimension()};
  }

  explicit GaussianInputsDataset(const GaussianInputs& config) : config_(config) {}

  std::vector<int64_t> sample_shape() const override { return {config_.dimension()}; }

  std::optional<uint64_t> stream_seed() const override {
    if (!config_.has_stream_seed()) return std::nullopt;
    return config_.stream_seed();
  }

  absl::Status Prepare(const DatasetContext<T>& context) override {
    random_ = context.random;
    return absl::OkStatus();
  }

  int64_t size() const override { return config_.size(); }

  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    const double stddev = config_.stddev();
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      const absl::Span<T> row = inputs.row(i);
      ForEachNormal(random_, first + i, config_.dimension(), [&](int64_t component, double normal) {
        row[component] = static_cast<T>(stddev * normal);
      });
    }
    return absl::OkStatus();
  }

 private:
  const GaussianInputs config_;
  RandomStream random_{uint64_t{0}, uint64_t{0}};
};

}  // namespace

absl::Status RegisterGaussianInputs(PluginRegistry& registry) {
  return registry.Add<GaussianInputs, GaussianInputsDataset>();
}

}  // namespace didact
