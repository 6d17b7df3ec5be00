#include "tests/parity/array.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/types/span.h"
#include "xtensor/xbuilder.hpp"
#include "xtensor/xmanipulation.hpp"
#include "xtensor/xview.hpp"

namespace didact {

Array ToArray(const NpyArray& array) {
  const std::vector<double> values = array.ReadAs<double>().value();
  Array result = Array::from_shape(std::vector<size_t>(array.shape.begin(), array.shape.end()));
  std::copy(values.begin(), values.end(), result.storage().begin());
  return result;
}

NpyArray ToNpy(const Array& array) {
  return MakeNpyArray(std::vector<int64_t>(array.shape().begin(), array.shape().end()),
                      absl::MakeConstSpan(array.storage().data(), array.size()));
}

Array WeightOf(const Array& layer) {
  return xt::transpose(xt::view(layer, xt::range(0, layer.shape(0) - 1)));
}

Array BiasOf(const Array& layer) { return xt::view(layer, layer.shape(0) - 1); }

Array LayerOf(const Array& weight, const Array& bias) {
  return xt::concatenate(
      xt::xtuple(xt::transpose(weight), xt::view(bias, xt::newaxis(), xt::all())));
}

double RelativeError(const Array& actual, const Array& expected) {
  if (actual.shape() != expected.shape()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  double scale = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(actual.flat(i) - expected.flat(i));
    if (!std::isfinite(difference)) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, difference);
    scale = std::max(scale, std::abs(expected.flat(i)));
  }
  return scale > 0 ? worst / scale : worst;
}

}  // namespace didact
