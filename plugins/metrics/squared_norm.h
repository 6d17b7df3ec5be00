// The squared Frobenius norm of weights or gradients, in double, for any strides.

#ifndef DIDACT_PLUGINS_METRICS_SQUARED_NORM_H_
#define DIDACT_PLUGINS_METRICS_SQUARED_NORM_H_

#include <cstdint>

#include "didact/framework/base/array_view.h"

namespace didact {

// Returns the sum of the squares of all elements of a vector or matrix; 0 for an empty view.
template <class T>
double SquaredNorm(const ArrayView<const T>& x) {
  double sum = 0;
  if (x.empty()) return sum;
  if (x.rank() == 1) {
    for (int64_t i = 0; i < x.shape(0); ++i) sum += static_cast<double>(x(i)) * x(i);
    return sum;
  }
  // Follows the order in memory: the framework stores weights [out, in] with the nodes of one input
  // side by side.
  const ArrayView<const T> rows = x.stride(0) < x.stride(1) ? x.transposed() : x;
  for (int64_t i = 0; i < rows.shape(0); ++i) {
    for (int64_t j = 0; j < rows.shape(1); ++j) {
      sum += static_cast<double>(rows(i, j)) * rows(i, j);
    }
  }
  return sum;
}

}  // namespace didact

#endif  // DIDACT_PLUGINS_METRICS_SQUARED_NORM_H_
