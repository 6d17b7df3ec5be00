// Tests views of arrays of any type: elements are found by their strides for every number of
// dimensions, and keep their bits on the way to bytes and back.

#include "didact/framework/base/any_array_view.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "didact/framework/base/array_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using testing::ElementsAreArray;

// A writable view converts to a read-only one, but not the other way round.
static_assert(std::is_convertible_v<ArrayView<float>, AnyArrayView>);
static_assert(std::is_convertible_v<ArrayView<float>, AnyConstArrayView>);
static_assert(std::is_convertible_v<ArrayView<const float>, AnyConstArrayView>);
static_assert(std::is_convertible_v<AnyArrayView, AnyConstArrayView>);
static_assert(!std::is_constructible_v<AnyArrayView, ArrayView<const float>>);
static_assert(!std::is_constructible_v<AnyArrayView, AnyConstArrayView>);

static_assert(kScalarTypeOf<float> == ScalarType::kFloat32);
static_assert(kScalarTypeOf<double> == ScalarType::kFloat64);
static_assert(kScalarTypeOf<int64_t> == ScalarType::kInt64);
static_assert(SizeOf(kScalarTypeOf<float>) == sizeof(float));
static_assert(SizeOf(kScalarTypeOf<double>) == sizeof(double));
static_assert(SizeOf(kScalarTypeOf<int64_t>) == sizeof(int64_t));

// An array with gaps between its elements, and the positions of its elements in memory, row by row.
template <class T>
struct StridedArray {
  ArrayView<T> view;
  std::vector<int64_t> places;
};

constexpr int64_t kMemory = 200;

// Returns arrays of each number of dimensions in `memory`, which has kMemory elements: dense ones,
// ones with gaps, and a transposed one.
template <class T>
std::vector<StridedArray<T>> ArraysIn(T* memory) {
  std::vector<StridedArray<T>> arrays;
  arrays.push_back({ArrayView<T>(memory, {3}), {0, 1, 2}});
  arrays.push_back({ArrayView<T>(memory + 1, {4}, {5}), {1, 6, 11, 16}});
  arrays.push_back({ArrayView<T>(memory, {2, 3}, {7, 2}), {0, 2, 4, 7, 9, 11}});
  arrays.push_back({ArrayView<T>(memory, {3, 2}, {1, 8}), {0, 8, 1, 9, 2, 10}});
  arrays.push_back({ArrayView<T>(memory + 3, {2, 2, 3}, {50, 20, 3}),
                    {3, 6, 9, 23, 26, 29, 53, 56, 59, 73, 76, 79}});
  arrays.push_back({ArrayView<T>(memory, {2, 1, 3, 2}, {100, 90, 10, 4}),
                    {0, 4, 10, 14, 20, 24, 100, 104, 110, 114, 120, 124}});
  return arrays;
}

template <class T>
class AnyArrayViewTest : public testing::Test {
 protected:
  AnyArrayViewTest() : memory_(kMemory) {
    for (size_t i = 0; i < memory_.size(); ++i) memory_[i] = Number(i);
  }

  // Returns a number with many digits, different for each position.
  static T Number(size_t i) {
    if (std::is_same_v<T, int64_t>) {
      return static_cast<T>(std::numeric_limits<int64_t>::max() - static_cast<int64_t>(i));
    }
    return static_cast<T>(std::sqrt(2.0 + static_cast<double>(i)));
  }

  std::vector<T> memory_;
};
using ScalarTypes = testing::Types<float, double, int64_t>;
TYPED_TEST_SUITE(AnyArrayViewTest, ScalarTypes);

TYPED_TEST(AnyArrayViewTest, HasTheTypeShapeAndStridesOfTheArray) {
  for (const StridedArray<TypeParam>& array : ArraysIn(this->memory_.data())) {
    const AnyArrayView any = array.view;
    const AnyConstArrayView readable = any;
    EXPECT_EQ(any.type(), kScalarTypeOf<TypeParam>);
    EXPECT_EQ(readable.type(), any.type());
    EXPECT_EQ(any.data(), array.view.data());
    EXPECT_EQ(readable.data(), array.view.data());
    ASSERT_EQ(any.rank(), array.view.rank());
    ASSERT_EQ(readable.rank(), array.view.rank());
    for (int d = 0; d < any.rank(); ++d) {
      EXPECT_EQ(any.shape(d), array.view.shape(d));
      EXPECT_EQ(any.stride(d), array.view.stride(d));
      EXPECT_EQ(readable.shape(d), array.view.shape(d));
      EXPECT_EQ(readable.stride(d), array.view.stride(d));
    }
    EXPECT_EQ(any.size(), static_cast<int64_t>(array.places.size()));
    EXPECT_EQ(readable.size(), any.size());
  }
}

TYPED_TEST(AnyArrayViewTest, CopiesTheElementsRowByRowToBytes) {
  using T = TypeParam;
  for (const StridedArray<T>& array : ArraysIn(this->memory_.data())) {
    std::vector<T> expected;
    for (const int64_t place : array.places) expected.push_back(this->memory_[place]);
    const AnyConstArrayView any = ArrayView<const T>(array.view);
    std::string bytes(any.size() * SizeOf(any.type()), '\0');
    CopyToBytes(any, bytes.data());
    std::vector<T> copied(expected.size());
    ASSERT_EQ(bytes.size(), copied.size() * sizeof(T));
    std::memcpy(copied.data(), bytes.data(), bytes.size());
    EXPECT_THAT(copied, ElementsAreArray(expected)) << array.view.rank() << " dimensions";
  }
}

TYPED_TEST(AnyArrayViewTest, CopiesBytesToTheElementsAndToNothingBetweenThem) {
  using T = TypeParam;
  std::vector<T> changed = this->memory_;
  for (const StridedArray<T>& array : ArraysIn(changed.data())) {
    changed = this->memory_;
    std::vector<T> written;
    std::vector<T> expected = this->memory_;
    for (const int64_t place : array.places) {
      written.push_back(this->Number(1000 + written.size()));
      expected[place] = written.back();
    }
    CopyFromBytes(reinterpret_cast<const char*>(written.data()), array.view);
    EXPECT_THAT(changed, ElementsAreArray(expected)) << array.view.rank() << " dimensions";
  }
}

TYPED_TEST(AnyArrayViewTest, OfNothingHasNoElements) {
  const auto visits = [](const AnyConstArrayView& any) {
    int count = 0;
    any.ForEachElement([&count](const char*) { ++count; });
    return count;
  };
  EXPECT_EQ(AnyConstArrayView().size(), 0);
  EXPECT_EQ(visits(AnyConstArrayView()), 0);
  const ArrayView<TypeParam> none;
  EXPECT_EQ(AnyArrayView(none).size(), 0);
  EXPECT_EQ(visits(AnyArrayView(none)), 0);
  const ArrayView<TypeParam> no_rows(this->memory_.data(), {0, 3});
  EXPECT_EQ(AnyArrayView(no_rows).size(), 0);
  EXPECT_EQ(visits(AnyArrayView(no_rows)), 0);
}

}  // namespace
}  // namespace didact
