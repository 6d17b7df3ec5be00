#include <cmath>
#include <cstdint>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/kernels/random_numbers.h"
#include "didact/framework/kernels/reduction.h"
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
// Numerics: a normal vector drawn in T and scaled to the radius, its norm computed in double;
//           floats are the doubles to float's precision. Sample i depends on the stream and i
//           alone, not on `size`.
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
    const int64_t dimension = inputs.shape(1);
    ForEachRowOfNormals<T>(
        this->random(), NormalsOfSamples(first, inputs.shape(0), dimension),
        [&](int64_t i, absl::Span<const T> normals) {
          const absl::Span<T> row = inputs.row(i);
          absl::c_copy(normals, row.begin());
          double squares = SumOfSquares(row.data(), dimension);
          for (uint64_t attempt = 0; !(squares > 0); ++attempt) {
            // A vector without a direction is drawn again.
            const NumberedRows numbers = NormalsOfSamples(first + i, 1, dimension);
            FillNormals(this->random().Split(attempt), numbers.first, row);
            squares = SumOfSquares(row.data(), dimension);
          }
          Scale(static_cast<T>(radius_ / std::sqrt(squares)), row.data(), row.data(), dimension);
        });
    return absl::OkStatus();
  }

 private:
  const double radius_;
};

}  // namespace

absl::Status RegisterSphereInputs(PluginRegistry& registry) {
  return registry.Add<SphereInputs, SphereInputsDataset>();
}

}  // namespace didact
