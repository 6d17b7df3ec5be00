#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/kernels/random_numbers.h"
#include "didact/framework/kernels/reduction.h"
#include "didact/framework/plugin/layer_initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/initializer.pb.h"

namespace didact {
namespace {

// If less than this part of a vector's squared norm is left, rounding errors have become
// significant and the vector is orthogonalized again.
constexpr double kEnoughLeft = 0.5;

// Makes `vectors` [count, length], count <= length, orthonormal one after the other: each loses its
// components along those before it and is scaled to norm 1.
//
// The last bits of a library's QR decomposition, and the signs of its vectors, would depend on the
// installed BLAS and its number of threads. Here the diagonal of R is a norm and thus positive,
// which makes Q Haar-distributed if the vectors are normal (Mezzadri, Notices of the AMS 54 (2007),
// 592). Orthogonalizing again after strong cancellation keeps it orthogonal up to rounding (Daniel,
// Gragg, Kaufman and Stewart, Mathematics of Computation 30 (1976), 772).
void Orthonormalize(int64_t count, int64_t length, double* vectors) {
  for (int64_t v = 0; v < count; ++v) {
    double* vector = vectors + v * length;
    double left = SumOfSquares(vector, length);
    double before = 0;
    do {
      before = left;
      for (int64_t u = 0; u < v; ++u) {
        const double* other = vectors + u * length;
        Axpy(-Dot(other, vector, length), other, vector, length);
      }
      left = SumOfSquares(vector, length);
    } while (left < kEnoughLeft * before);
    if (left > 0) Scale(1 / std::sqrt(left), vector, vector, length);
  }
}

// gain times a random matrix with orthonormal rows, or orthonormal columns if it has more rows than
// columns; biases become 0.
//
// Config:   didact.OrthogonalWeights; gain (default 1), layer (none: all).
// Shapes:   weight [out, in], bias [out] of each selected layer; what they held is lost.
// Gradient: does not apply.
// Errors:   Apply fails with INVALID_ARGUMENT when the network has no such layer.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: all in double with a fixed order of additions, then rounded. Normal number i * in + j
//           of the stream of layer l belongs to weight (i, j).
// Source:   Saxe, McClelland and Ganguli, ICLR 2014.
// Example:  initializer { [didact/OrthogonalWeights] { gain: 1.4142135623730951 } }
template <class T>
class OrthogonalWeightsInitializer final : public LayerInitializer<T> {
 public:
  OrthogonalWeightsInitializer(const OrthogonalWeights& config, const BuildContext& context)
      : LayerInitializer<T>(config, context), gain_(config.gain()) {}

 private:
  absl::Status InitializeLayer(int64_t, const RandomStream& random,
                               const LayerView<T>& layer) const override {
    const bool by_columns = layer.weight.shape(0) > layer.weight.shape(1);
    // The vectors that become orthonormal are the rows of this view.
    const ArrayView<T> vectors = by_columns ? layer.weight.transposed() : layer.weight;
    const int64_t count = vectors.shape(0);
    const int64_t length = vectors.shape(1);
    std::vector<double> elements(count * length);
    ForEachRowOfNormals<double>(
        random, NumberedByRows(layer.weight), [&](int64_t i, absl::Span<const double> normals) {
          for (int64_t j = 0; j < static_cast<int64_t>(normals.size()); ++j) {
            elements[by_columns ? j * length + i : i * length + j] = normals[j];
          }
        });
    Orthonormalize(count, length, elements.data());
    for (int64_t v = 0; v < count; ++v) {
      for (int64_t k = 0; k < length; ++k) {
        vectors(v, k) = static_cast<T>(gain_ * elements[v * length + k]);
      }
    }
    for (int64_t i = 0; i < layer.bias.shape(0); ++i) layer.bias(i) = 0;
    return absl::OkStatus();
  }

  double gain_;
};

}  // namespace

absl::Status RegisterOrthogonalWeights(PluginRegistry& registry) {
  return registry.Add<OrthogonalWeights, OrthogonalWeightsInitializer>();
}

}  // namespace didact
