#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/generated_dataset.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/dataset.pb.h"

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
class SphereInputsDataset final : public GeneratedDataset<T, SphereInputs> {
 public:
  explicit SphereInputsDataset(const SphereInputs& config)
      : GeneratedDataset<T, SphereInputs>(config),
        radius_(config.has_radius() ? config.radius()
                                    : std::sqrt(static_cast<double>(config.dimension()))) {}

  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    std::vector<double> normals(this->config().dimension());
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
    RandomStream random = this->random();
    for (uint64_t attempt = 0;; ++attempt) {
      double squares = 0;
      ForEachNormal(random, sample, this->config().dimension(),
                    [&](int64_t component, double normal) {
                      normals[component] = normal;
                      squares += normal * normal;
                    });
      if (squares > 0) return std::sqrt(squares);
      random = this->random().Split(attempt);
    }
  }

  const double radius_;
};

}  // namespace

absl::Status RegisterSphereInputs(PluginRegistry& registry) {
  return registry.Add<SphereInputs, SphereInputsDataset>();
}

}  // namespace didact
