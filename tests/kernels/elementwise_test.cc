#include "didact/framework/kernels/elementwise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "tests/kernels/levels.h"
#include "tests/kernels/test_data.h"

namespace didact {
namespace {

// Returns true if the numbers are equal, or both NaN.
template <class T>
void ExpectSame(const std::vector<T>& actual, const std::vector<T>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(expected[i])) {
      ASSERT_TRUE(std::isnan(actual[i])) << "at " << i;
    } else {
      ASSERT_EQ(actual[i], expected[i]) << "at " << i;
    }
  }
}

// Returns random numbers with a few special values among them.
template <class T>
std::vector<T> Values(int64_t size, std::mt19937_64& generator) {
  std::vector<T> values = RandomVector<T>(size, generator);
  const T special[] = {std::numeric_limits<T>::quiet_NaN(),
                       std::numeric_limits<T>::infinity(),
                       -std::numeric_limits<T>::infinity(),
                       T(0),
                       -T(0),
                       std::numeric_limits<T>::denorm_min()};
  for (T& value : values) {
    const uint64_t choice = generator() % 40;
    if (choice < 6) value = special[choice];
  }
  return values;
}

// Compares `kernel(x, y, out, size)` with out[i] = twin(x[i], y[i]) at all lengths up to two
// vectors and one element and at unaligned addresses, with separate arrays and in place.
template <class T>
void ExpectMatchesScalarTwin(const std::function<void(const T*, const T*, T*, int64_t)>& kernel,
                             const std::function<T(T, T)>& twin) {
  std::mt19937_64 generator(1);
  for (int64_t size = 0; size <= 2 * kMaxLanes<T> + 1; ++size) {
    for (int64_t offset = 0; offset < 4; ++offset) {
      SCOPED_TRACE(testing::Message() << "size " << size << " offset " << offset);
      const std::vector<T> x = Values<T>(size + offset, generator);
      const std::vector<T> y = Values<T>(size + offset, generator);
      std::vector<T> expected(size + offset, T(777));
      for (int64_t i = offset; i < size + offset; ++i) expected[i] = twin(x[i], y[i]);

      std::vector<T> out(size + offset, T(777));
      kernel(x.data() + offset, y.data() + offset, out.data() + offset, size);
      ExpectSame(out, expected);

      for (int64_t i = 0; i < offset; ++i) expected[i] = y[i];
      out = y;
      kernel(x.data() + offset, out.data() + offset, out.data() + offset, size);
      ExpectSame(out, expected);
    }
  }
}

template <class T>
class ElementwiseTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(ElementwiseTest, Precisions);

TYPED_TEST(ElementwiseTest, PiecewiseLinearMatchesItsFormula) {
  using T = TypeParam;
  for (const T slope : {T(0), T(0.3), T(1)}) {
    ExpectMatchesScalarTwin<T>(
        [=](const T*, const T* y, T* out, int64_t n) { PiecewiseLinear(y, out, n, slope); },
        [=](T, T y) { return y > 0 ? y : slope * y; });
  }
}

TYPED_TEST(ElementwiseTest, PiecewiseLinearGradientMatchesItsFormula) {
  using T = TypeParam;
  for (const T slope : {T(0), T(0.3), T(1)}) {
    ExpectMatchesScalarTwin<T>([=](const T* x, const T* y, T* out,
                                   int64_t n) { PiecewiseLinearGradient(x, y, out, n, slope); },
                               [=](T x, T y) { return x > 0 ? y : slope * y; });
  }
}

TYPED_TEST(ElementwiseTest, AxpyIsOneMultiplyAdd) {
  using T = TypeParam;
  const T alpha = T(-0.37);
  ExpectMatchesScalarTwin<T>(
      [=](const T* x, const T* y, T* out, int64_t n) {
        std::copy_n(y, n, out);
        Axpy(alpha, x, out, n);
      },
      [=](T x, T y) { return MultiplyAdd(alpha, x, y); });
}

TYPED_TEST(ElementwiseTest, AxpbyRoundsTheSecondProductFirst) {
  using T = TypeParam;
  const T alpha = T(-0.37);
  const T beta = T(0.9);
  ExpectMatchesScalarTwin<T>(
      [=](const T* x, const T* y, T* out, int64_t n) {
        std::copy_n(y, n, out);
        Axpby(alpha, x, beta, out, n);
      },
      [=](T x, T y) { return MultiplyAdd(alpha, x, beta * y); });
}

TYPED_TEST(ElementwiseTest, ScaleMatchesItsFormula) {
  using T = TypeParam;
  ExpectMatchesScalarTwin<T>(
      [](const T*, const T* y, T* out, int64_t n) { Scale(T(0.7), y, out, n); },
      [](T, T y) { return T(0.7) * y; });
}

TYPED_TEST(ElementwiseTest, GatherRowsCopiesTheChosenRowsAndLeavesPaddingAlone) {
  using T = TypeParam;
  std::mt19937_64 generator(3);
  const std::vector<int64_t> indices = {4, 0, 4, 2};
  for (int64_t columns = 0; columns <= 3 * kMaxLanes<T> + 1; ++columns) {
    SCOPED_TRACE(testing::Message() << columns << " columns");
    const int64_t source_stride = columns + 2, out_stride = columns + 1;
    // The memory ends with the last row's last element.
    const std::vector<T> source = RandomVector<T>(4 * source_stride + columns, generator);
    std::vector<T> out(4 * out_stride, T(777));
    GatherRows(source.data(), source_stride, columns, indices.data(), 4, out.data(), out_stride);
    for (int64_t i = 0; i < 4; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        EXPECT_EQ(out[i * out_stride + j], source[indices[i] * source_stride + j]);
      }
      EXPECT_EQ(out[i * out_stride + columns], T(777));
    }
    GatherRows(source.data(), source_stride, columns, indices.data(), 0, out.data(), out_stride);
  }
}

}  // namespace
}  // namespace didact
