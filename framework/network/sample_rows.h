// The samples that a layer reads: one row of a matrix each.

#ifndef DIDACT_FRAMEWORK_NETWORK_SAMPLE_ROWS_H_
#define DIDACT_FRAMEWORK_NETWORK_SAMPLE_ROWS_H_

#include <cstdint>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/matrix.h"

namespace didact {

// Rows of a Matrix, which must outlive this view; the padding of rows may be read.
template <class T>
struct SampleRows {
  const T* data = nullptr;
  int64_t stride = 0;
  int64_t rows = 0;
  int64_t columns = 0;
  // If not null, sample i is row indices[i] of `data`, otherwise row i.
  const int64_t* indices = nullptr;

  SampleRows() = default;

  // `count` consecutive rows from `first` on.
  SampleRows(const Matrix<T>& matrix, int64_t first, int64_t count)
      : data(matrix.data() + first * matrix.stride()),
        stride(matrix.stride()),
        rows(count),
        columns(matrix.columns()) {}

  // The rows with these indices; `gathered` must outlive this view too.
  SampleRows(const Matrix<T>& matrix, absl::Span<const int64_t> gathered)
      : data(matrix.data()),
        stride(matrix.stride()),
        rows(static_cast<int64_t>(gathered.size())),
        columns(matrix.columns()),
        indices(gathered.data()) {}

  // Only for consecutive rows.
  ArrayView<const T> view() const { return ArrayView<const T>(data, {rows, columns}, {stride, 1}); }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_SAMPLE_ROWS_H_
