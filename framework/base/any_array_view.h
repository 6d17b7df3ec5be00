// A view of an array whose element type is known only at run time.

#ifndef DIDACT_FRAMEWORK_BASE_ANY_ARRAY_VIEW_H_
#define DIDACT_FRAMEWORK_BASE_ANY_ARRAY_VIEW_H_

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include "didact/framework/base/array_view.h"

namespace didact {

enum class ScalarType { kFloat32, kFloat64, kInt64 };

template <class T>
inline constexpr ScalarType kScalarTypeOf = [] {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, int64_t>,
                "elements are float, double or int64_t");
  if (std::is_same_v<T, float>) return ScalarType::kFloat32;
  return std::is_same_v<T, double> ? ScalarType::kFloat64 : ScalarType::kInt64;
}();

// Bytes of one element.
inline constexpr int64_t SizeOf(ScalarType type) { return type == ScalarType::kFloat32 ? 4 : 8; }

// Type, pointer, shape and strides of an array of 1 to 4 dimensions; does not own the memory.
// `Memory` is void if elements may be written, const void if they may only be read.
template <class Memory>
class BasicAnyArrayView {
 public:
  static constexpr int kMaxRank = ArrayView<float>::kMaxRank;

  // An empty view: rank 0, no elements.
  BasicAnyArrayView() = default;

  // Converts from a view whose element type is known at compile time.
  template <class T, class = std::enable_if_t<std::is_const_v<Memory> || !std::is_const_v<T>>>
  BasicAnyArrayView(const ArrayView<T>& view)
      : type_(kScalarTypeOf<std::remove_const_t<T>>), data_(view.data()), rank_(view.rank()) {
    for (int d = 0; d < rank_; ++d) {
      shape_[d] = view.shape(d);
      strides_[d] = view.stride(d);
    }
  }

  // A writable view converts to a read-only one.
  template <class U = Memory, class = std::enable_if_t<std::is_const_v<U>>>
  BasicAnyArrayView(const BasicAnyArrayView<void>& other)
      : type_(other.type()), data_(other.data()), rank_(other.rank()) {
    for (int d = 0; d < rank_; ++d) {
      shape_[d] = other.shape(d);
      strides_[d] = other.stride(d);
    }
  }

  ScalarType type() const { return type_; }
  Memory* data() const { return data_; }
  int rank() const { return rank_; }
  int64_t shape(int dimension) const { return shape_[dimension]; }
  // Elements (not bytes) from one index of the dimension to the next.
  int64_t stride(int dimension) const { return strides_[dimension]; }

  // Product of the extents; 0 for an empty view.
  int64_t size() const {
    if (rank_ == 0) return 0;
    int64_t size = 1;
    for (int d = 0; d < rank_; ++d) size *= shape_[d];
    return size;
  }

  // Calls visit(pointer to the first byte of an element) for every element, in row-major order.
  template <class Visit>
  void ForEachElement(const Visit& visit) const {
    using Byte = std::conditional_t<std::is_const_v<Memory>, const char, char>;
    if (rank_ == 0) return;
    const auto extent = [this](int d) { return d < rank_ ? shape_[d] : 1; };
    const auto step = [this](int d) { return d < rank_ ? strides_[d] * SizeOf(type_) : 0; };
    static_assert(kMaxRank == 4);
    for (int64_t i = 0; i < extent(0); ++i) {
      for (int64_t j = 0; j < extent(1); ++j) {
        for (int64_t k = 0; k < extent(2); ++k) {
          Byte* const row = static_cast<Byte*>(data_) + i * step(0) + j * step(1) + k * step(2);
          for (int64_t l = 0; l < extent(3); ++l) visit(row + l * step(3));
        }
      }
    }
  }

 private:
  ScalarType type_ = ScalarType::kFloat64;
  Memory* data_ = nullptr;
  int rank_ = 0;
  std::array<int64_t, kMaxRank> shape_ = {};
  std::array<int64_t, kMaxRank> strides_ = {};
};

using AnyArrayView = BasicAnyArrayView<void>;
using AnyConstArrayView = BasicAnyArrayView<const void>;

// Copies the elements of `array` in row-major order to `bytes`, which must have room for
// array.size() * SizeOf(array.type()) bytes.
inline void CopyToBytes(const AnyConstArrayView& array, char* bytes) {
  const int64_t size = SizeOf(array.type());
  array.ForEachElement([&bytes, size](const char* element) {
    std::memcpy(bytes, element, size);
    bytes += size;
  });
}

// Copies array.size() elements in row-major order from `bytes` into `array`.
inline void CopyFromBytes(const char* bytes, const AnyArrayView& array) {
  const int64_t size = SizeOf(array.type());
  array.ForEachElement([&bytes, size](char* element) {
    std::memcpy(element, bytes, size);
    bytes += size;
  });
}

// A name and a read-only view of an array that another object owns.
struct NamedArrayView {
  std::string name;
  AnyConstArrayView array;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_ANY_ARRAY_VIEW_H_
