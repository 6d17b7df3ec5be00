#include "didact/framework/kernels/matrix.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <new>
#include <utility>

#include "didact/framework/base/huge_pages.h"
#include "xsimd/xsimd.hpp"
#include "xtensor/xtensor.hpp"

namespace didact {

namespace {

// Returns the distance from one row to the next, in elements. Products read panels of columns,
// whose rows lie `stride` apart. An odd number of cache lines spreads them over all sets of a
// cache; a power of two would map them to a few sets, where they evict each other.
template <class T>
int64_t StrideFor(int64_t columns) {
  constexpr int64_t kPerLine = kRowAlignment / static_cast<int64_t>(sizeof(T));
  constexpr int64_t kWideInLines = 8;
  const int64_t lines = PaddedColumns<T>(columns) / kPerLine;
  return (lines >= kWideInLines && lines % 2 == 0 ? lines + 1 : lines) * kPerLine;
}

// An allocator with fixed alignment, because that of xtensor's default depends on the instruction
// set. Large matrices get huge pages.
template <class T>
class MatrixAllocator {
 public:
  using value_type = T;

  T* allocate(std::size_t size) {
    const std::size_t bytes = size * sizeof(T);
    const bool is_large = bytes >= kLeastBytesOfHugePages;
    void* const memory = xsimd::aligned_malloc(bytes, is_large ? kHugePageBytes : kRowAlignment);
    if (memory == nullptr) throw std::bad_alloc();
    if (is_large) RequestHugePages(memory, bytes);
    return static_cast<T*>(memory);
  }

  void deallocate(T* memory, std::size_t) { xsimd::aligned_free(memory); }

  bool operator==(const MatrixAllocator&) const { return true; }
  bool operator!=(const MatrixAllocator&) const { return false; }
};

}  // namespace

template <class T>
struct Matrix<T>::Storage {
  xt::xtensor<T, 2, xt::layout_type::row_major, MatrixAllocator<T>> tensor;
};

template <class T>
Matrix<T>::Matrix() = default;

template <class T>
Matrix<T>::Matrix(int64_t rows, int64_t columns) {
  Resize(rows, columns);
}

template <class T>
Matrix<T>::Matrix(const Matrix& other) {
  *this = other;
}

template <class T>
Matrix<T>& Matrix<T>::operator=(const Matrix& other) {
  if (this == &other) return *this;
  Resize(other.rows_, other.columns_);
  std::copy_n(other.data_, rows_ * stride_, data_);
  return *this;
}

template <class T>
Matrix<T>::Matrix(Matrix&& other) noexcept {
  *this = std::move(other);
}

template <class T>
Matrix<T>& Matrix<T>::operator=(Matrix&& other) noexcept {
  std::swap(storage_, other.storage_);
  std::swap(data_, other.data_);
  std::swap(rows_, other.rows_);
  std::swap(columns_, other.columns_);
  std::swap(stride_, other.stride_);
  return *this;
}

template <class T>
Matrix<T>::~Matrix() = default;

template <class T>
void Matrix<T>::Resize(int64_t rows, int64_t columns) {
  assert(rows >= 0 && columns >= 0);
  const int64_t stride = StrideFor<T>(columns);
  if (storage_ == nullptr) storage_ = std::make_unique<Storage>();
  storage_->tensor.resize({static_cast<std::size_t>(rows), static_cast<std::size_t>(stride)});
  data_ = storage_->tensor.data();
  rows_ = rows;
  columns_ = columns;
  stride_ = stride;
  SetZero();
}

template <class T>
void Matrix<T>::SetZero() {
  std::fill_n(data_, rows_ * stride_, T(0));
}

template class Matrix<float>;
template class Matrix<double>;

}  // namespace didact
