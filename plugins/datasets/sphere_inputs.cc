#include <cmath>
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

// Inputs uniform on the sphere of a radius around 0.
//
// Config:   didact.SphereInputs, e.g. `[didact/SphereInputs] { dimension: 100 size: 10000 }`;
//           without a radius it is sqrt(dimension).
// Shapes:   a sample is [dimension].
// Units:    those of radius.
// Errors:   none.
// Threads:  immutable after Prepare.
// Numerics: a normal vector scaled to the radius, in double, then rounded to T. Sample i depends on
//           the stream and i alone, not on `size`.
// Source:   Muller, "A note on a method for generating points uniformly on n-dimensional spheres",
//           Communications of the ACM 2 (4), 1959.
template <class T>
class SphereInputsDataset final : public Dataset<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const SphereInputs& config,
                                                           const BuildContext&) {
    return std::make_unique<SphereInputsDataset>(config);
  }

  static DatasetSize SizeFromConfig(const SphereInputs& config, const BuildContext&) {
    return {config.size(), config.dimension()};
  }

  explicit SphereInputsDataset(const SphereInputs& config)
      : config_(config),
        radius_(config.has_radius() ? config.radius()
                                    : std::sqrt(static_cast<double>(config.dimension()))) {}

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
    std::vector<double> normals(config_.dimension());
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      const double scale = radius_ / DrawDirection(first + i, absl::MakeSpan(normals));
      const absl::Span<T> row = inputs.row(i);
      for (size_t component = 0; component < row.size(); ++component) {
        row[component] = static_cast<T>(scale * normals[component]);
      }
    }
    return absl::OkStatus();
  }

 private:
  // Fills `normals` and returns their norm, which is not 0.
  double DrawDirection(int64_t sample, absl::Span<double> normals) const {
    RandomStream random = random_;
    for (uint64_t attempt = 0;; ++attempt) {
      double squares = 0;
      ForEachNormal(random, sample, config_.dimension(), [&](int64_t component, double normal) {
        normals[component] = normal;
        squares += normal * normal;
      });
      if (squares > 0) return std::sqrt(squares);
      random = random_.Split(attempt);
    }
  }

  const SphereInputs config_;
  const double radius_;
  RandomStream random_{uint64_t{0}, uint64_t{0}};
};

}  // namespace

absl::Status RegisterSphereInputs(PluginRegistry& registry) {
  return registry.Add<SphereInputs, SphereInputsDataset>();
}

}  // namespace didact
