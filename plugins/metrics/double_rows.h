// Converts activations to double in blocks of rows, so that statistics of either precision are
// accumulated in double by the fast matrix product.

#ifndef DIDACT_PLUGINS_METRICS_DOUBLE_ROWS_H_
#define DIDACT_PLUGINS_METRICS_DOUBLE_ROWS_H_

#include <algorithm>
#include <cstdint>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/matrix.h"

namespace didact {

// Rows per block; a block of a few hundred nodes fits the second-level cache.
inline constexpr int64_t kBlockRows = 128;

// Calls add(first, count) for consecutive blocks of at most kBlockRows of `rows` rows.
template <class Add>
void ForEachBlock(int64_t rows, Add add) {
  for (int64_t first = 0; first < rows; first += kBlockRows) {
    add(first, std::min(kBlockRows, rows - first));
  }
}

// out[i, j] = rows[i, j] in double. `rows` has dense rows and at most the shape of `out`.
template <class T>
void CopyInDouble(const ArrayView<const T>& rows, Matrix<double>& out) {
  for (int64_t i = 0; i < rows.shape(0); ++i) {
    const absl::Span<const T> row = rows.row(i);
    std::copy(row.begin(), row.end(), out.row(i).begin());
  }
}

}  // namespace didact

#endif  // DIDACT_PLUGINS_METRICS_DOUBLE_ROWS_H_
