// Fetching memory into the cache before it is needed.

#ifndef DIDACT_FRAMEWORK_KERNELS_FETCH_AHEAD_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_FETCH_AHEAD_INL_H_

#include <cstdint>

#include "didact/framework/kernels/simd-inl.h"

namespace didact {

// Part of a matrix that a kernel will read, to be fetched into the second-level cache a few cache
// lines at a time while it computes: processors do so by themselves only for lines side by side, and
// the rows of a panel of columns are far apart. Nothing is read, so rows may lie outside the matrix.
template <class T>
class FetchAhead {
 public:
  // Not to be used before another is assigned, so that kernels without large operands lose no time.
  FetchAhead() = default;
  // `rows` rows of `columns` columns, `stride` elements apart, in about `calls` calls of Fetch.
  FetchAhead(const T* row, int64_t stride, int64_t rows, int64_t columns, int64_t calls)
      : row_(row), stride_(stride), rows_(rows), columns_(columns), column_(0) {
    const int64_t lines = rows * ((columns + kPerLine - 1) / kPerLine);
    lines_per_call_ = calls > 0 ? (lines + calls - 1) / calls : lines;
  }

  DIDACT_KERNEL_INLINE void Fetch() {
    for (int64_t i = 0; i < lines_per_call_ && rows_ > 0; ++i) {
      __builtin_prefetch(row_ + column_, /*rw=*/0, /*locality=*/2);
      column_ += kPerLine;
      if (column_ < columns_) continue;
      column_ = 0;
      row_ += stride_;
      --rows_;
    }
  }

 private:
  static constexpr int64_t kPerLine = 64 / static_cast<int64_t>(sizeof(T));

  const T* row_;  // the first that is not yet fetched
  int64_t stride_;
  int64_t rows_;
  int64_t columns_;
  int64_t column_;  // the next one of that row
  int64_t lines_per_call_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_FETCH_AHEAD_INL_H_
