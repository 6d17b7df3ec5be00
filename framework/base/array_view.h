// A view of an array that another object owns. Arrays cross the interface between the framework and
// a plugin only in this form, because its layout depends on no compiler flag.

#ifndef DIDACT_FRAMEWORK_BASE_ARRAY_VIEW_H_
#define DIDACT_FRAMEWORK_BASE_ARRAY_VIEW_H_

#include <array>
#include <cassert>
#include <cstdint>
#include <initializer_list>
#include <type_traits>

#include "absl/types/span.h"

namespace didact {

// Pointer, shape and strides of an array of 1 to 4 dimensions.
//
// Shapes: `shape(d)` elements along dimension d; `stride(d)` elements (not bytes) from one index to
// the next.
// Ownership: none; the owner of the memory says how long a view stays valid.
// Threads: a value; several threads may read through it while no thread writes.
// Errors: none are reported; an index out of range is a bug of the caller (asserted in debug
// builds).
template <class T>
class ArrayView {
 public:
  static constexpr int kMaxRank = 4;

  // An empty view: rank 0, no elements.
  ArrayView() = default;

  // A dense row-major view.
  ArrayView(T* data, std::initializer_list<int64_t> shape)
      : data_(data), rank_(static_cast<int>(shape.size())) {
    assert(shape.size() <= kMaxRank);
    int d = 0;
    for (const int64_t extent : shape) shape_[d++] = extent;
    int64_t stride = 1;
    for (int i = rank_ - 1; i >= 0; --i) {
      strides_[i] = stride;
      stride *= shape_[i];
    }
  }

  // A view with one explicit stride per dimension.
  ArrayView(T* data, std::initializer_list<int64_t> shape, std::initializer_list<int64_t> strides)
      : data_(data), rank_(static_cast<int>(shape.size())) {
    assert(shape.size() <= kMaxRank && shape.size() == strides.size());
    int d = 0;
    for (const int64_t extent : shape) shape_[d++] = extent;
    d = 0;
    for (const int64_t stride : strides) strides_[d++] = stride;
  }

  // A writable view converts to a read-only one.
  template <class U = T, class = std::enable_if_t<std::is_const_v<U>>>
  ArrayView(const ArrayView<std::remove_const_t<T>>& other)
      : data_(other.data()), rank_(other.rank()) {
    for (int d = 0; d < rank_; ++d) {
      shape_[d] = other.shape(d);
      strides_[d] = other.stride(d);
    }
  }

  T* data() const { return data_; }
  int rank() const { return rank_; }
  int64_t shape(int dimension) const { return shape_[dimension]; }
  int64_t stride(int dimension) const { return strides_[dimension]; }

  // Product of the extents; 0 for an empty view.
  int64_t size() const {
    if (rank_ == 0) return 0;
    int64_t size = 1;
    for (int d = 0; d < rank_; ++d) size *= shape_[d];
    return size;
  }
  bool empty() const { return size() == 0; }

  T& operator()(int64_t i) const {
    assert(rank_ == 1 && i >= 0 && i < shape_[0]);
    return data_[i * strides_[0]];
  }
  T& operator()(int64_t i, int64_t j) const {
    assert(rank_ == 2 && i >= 0 && i < shape_[0] && j >= 0 && j < shape_[1]);
    return data_[i * strides_[0] + j * strides_[1]];
  }

  // Row i of a matrix whose rows are dense (`stride(1) == 1`); for a vector, i must be 0.
  absl::Span<T> row(int64_t i) const {
    assert(rank_ <= 2 && strides_[rank_ - 1] == 1);
    if (rank_ == 1) return absl::Span<T>(data_, shape_[0]);
    return absl::Span<T>(data_ + i * strides_[0], shape_[1]);
  }

  // Rows first, ..., first + count - 1 (indices of dimension 0).
  ArrayView rows(int64_t first, int64_t count) const {
    assert(rank_ >= 1 && first >= 0 && count >= 0 && first + count <= shape_[0]);
    ArrayView part = *this;
    part.data_ += first * strides_[0];
    part.shape_[0] = count;
    return part;
  }

  // A view of the same matrix with its two dimensions exchanged; no element is copied.
  ArrayView transposed() const {
    assert(rank_ == 2);
    return ArrayView(data_, {shape_[1], shape_[0]}, {strides_[1], strides_[0]});
  }

 private:
  T* data_ = nullptr;
  int rank_ = 0;
  std::array<int64_t, kMaxRank> shape_ = {};
  std::array<int64_t, kMaxRank> strides_ = {};
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_ARRAY_VIEW_H_
