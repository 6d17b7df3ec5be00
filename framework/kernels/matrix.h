// Owning two-dimensional arrays whose rows are padded to whole cache lines, the layout on which the
// kernels of this folder are fastest. xtensor holds the memory, but only inside matrix.cc, so that
// this header is cheap to include.

#ifndef DIDACT_FRAMEWORK_KERNELS_MATRIX_H_
#define DIDACT_FRAMEWORK_KERNELS_MATRIX_H_

#include <cstdint>
#include <memory>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"

namespace didact {

// Rows begin at multiples of this many bytes, on every instruction set.
inline constexpr int64_t kRowAlignment = 64;

// Smallest multiple of a cache line, in elements, that holds `columns` elements. A kernel called
// with `padded` may read and write this many elements of a row.
template <class T>
constexpr int64_t PaddedColumns(int64_t columns) {
  constexpr int64_t kPerLine = kRowAlignment / static_cast<int64_t>(sizeof(T));
  return (columns + kPerLine - 1) / kPerLine * kPerLine;
}

// Lower bound on the bytes of a matrix of this shape. A double, since the shape may exceed any
// memory.
template <class T>
constexpr double MatrixBytes(double rows, double columns) {
  constexpr double kPerLine = kRowAlignment / static_cast<double>(sizeof(T));
  return rows * sizeof(T) * (columns < kPerLine ? kPerLine : columns);
}

// Row-major matrix `[rows, columns]` of float or double: element (i, j) is
// `data()[i * stride() + j]`.
//
// Layout:    every row starts at a multiple of kRowAlignment bytes, and stride() is at least
//            PaddedColumns<T>(columns()). Elements (i, j) with columns() <= j < stride() are
//            padding and always zero: code that writes through data() or storage() must keep them
//            zero, as kernels called with `padded` do.
// Ownership: owns its memory; moving keeps pointers and views valid, copying is deep. A temporary
//            matrix offers no views.
// Threads:   like a standard container.
// Errors:    out of memory throws std::bad_alloc; negative sizes are a bug of the caller (asserted
//            in debug builds).
template <class T>
class Matrix {
 public:
  // An empty matrix, 0 by 0.
  Matrix();
  // A matrix of zeros.
  Matrix(int64_t rows, int64_t columns);
  Matrix(const Matrix& other);
  Matrix& operator=(const Matrix& other);
  Matrix(Matrix&& other) noexcept;
  Matrix& operator=(Matrix&& other) noexcept;
  ~Matrix();

  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  // Elements from one row to the next.
  int64_t stride() const { return stride_; }
  bool empty() const { return rows_ == 0 || columns_ == 0; }

  T* data() & { return data_; }
  const T* data() const& { return data_; }
  const T* data() const&& = delete;

  T& operator()(int64_t i, int64_t j) { return data_[i * stride_ + j]; }
  const T& operator()(int64_t i, int64_t j) const { return data_[i * stride_ + j]; }

  // Row i, exactly `columns()` elements.
  absl::Span<T> row(int64_t i) & { return absl::Span<T>(data_ + i * stride_, columns_); }
  absl::Span<const T> row(int64_t i) const& {
    return absl::Span<const T>(data_ + i * stride_, columns_);
  }
  absl::Span<const T> row(int64_t i) const&& = delete;

  // All rows with their padding, `rows() * stride()` elements, for elementwise kernels that map
  // zeros to zero.
  absl::Span<T> storage() & { return absl::Span<T>(data_, rows_ * stride_); }
  absl::Span<const T> storage() const& { return absl::Span<const T>(data_, rows_ * stride_); }
  absl::Span<const T> storage() const&& = delete;

  // A view without the padding; valid until Resize, assignment or destruction.
  ArrayView<T> view() & { return ArrayView<T>(data_, {rows_, columns_}, {stride_, 1}); }
  ArrayView<const T> view() const& {
    return ArrayView<const T>(data_, {rows_, columns_}, {stride_, 1});
  }
  ArrayView<const T> view() const&& = delete;

  // Changes the shape and sets every element to zero. Allocates only if the present memory is too
  // small.
  void Resize(int64_t rows, int64_t columns);

  // Sets every element to zero.
  void SetZero();

 private:
  struct Storage;

  std::unique_ptr<Storage> storage_;
  T* data_ = nullptr;
  int64_t rows_ = 0;
  int64_t columns_ = 0;
  int64_t stride_ = 0;
};

extern template class Matrix<float>;
extern template class Matrix<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_MATRIX_H_
