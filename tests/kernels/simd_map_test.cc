#include "didact/framework/kernels/simd_map.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "tests/kernels/test_data.h"

namespace didact {
namespace {

template <class T>
class SimdMapTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(SimdMapTest, Precisions);

TYPED_TEST(SimdMapTest, CallsTheFunctionWithOneElementOfEachInput) {
  using Batch = xsimd::batch<TypeParam>;
  std::mt19937_64 generator(1);
  for (int64_t size = 0; size <= 2 * kMaxLanes<TypeParam> + 1; ++size) {
    const std::vector<TypeParam> x = RandomVector<TypeParam>(size, generator);
    const std::vector<TypeParam> y = RandomVector<TypeParam>(size, generator);
    std::vector<TypeParam> out(size + 1, TypeParam(9));
    SimdMap(
        absl::MakeSpan(out.data(), size), [](Batch a, Batch b) { return a - b * b; },
        absl::MakeConstSpan(x), absl::MakeConstSpan(y));
    for (int64_t i = 0; i < size; ++i) EXPECT_EQ(out[i], x[i] - y[i] * y[i]);
    EXPECT_EQ(out[size], 9);
  }
}

// For the functions that plugins may use, every element must have the same bits at every position,
// for any neighbours.
TYPED_TEST(SimdMapTest, GivesAnElementTheSameBitsInEveryPlace) {
  using Batch = xsimd::batch<TypeParam>;
  const auto check = [](const char* name, auto function) {
    std::mt19937_64 generator(2);
    std::vector<TypeParam> x;
    for (const TypeParam u : RandomVector<TypeParam>(4001, generator)) {
      x.push_back(std::pow(std::fabs(u), TypeParam(3)) * std::copysign(TypeParam(30), u));
    }
    std::vector<TypeParam> whole(x.size());
    SimdMap(absl::MakeSpan(whole), function, absl::MakeConstSpan(x));
    std::vector<TypeParam> parts(x.size());
    for (size_t first = 0, length = 1; first < x.size();
         first += length, length = length % 23 + 1) {
      length = std::min(length, x.size() - first);
      SimdMap(absl::MakeSpan(parts.data() + first, length), function,
              absl::MakeConstSpan(x.data() + first, length));
    }
    EXPECT_EQ(std::memcmp(whole.data(), parts.data(), x.size() * sizeof(TypeParam)), 0) << name;
  };
  check("tanh", [](Batch x) { return xsimd::tanh(x); });
  check("exp", [](Batch x) { return xsimd::exp(x); });
  check("expm1", [](Batch x) { return xsimd::expm1(x); });
  check("log1p", [](Batch x) { return xsimd::log1p(xsimd::abs(x)); });
  check("sqrt", [](Batch x) { return xsimd::sqrt(xsimd::abs(x)); });
}

TYPED_TEST(SimdMapTest, WorksInPlace) {
  using Batch = xsimd::batch<TypeParam>;
  std::vector<TypeParam> x(kMaxLanes<TypeParam> + 3, TypeParam(3));
  SimdMap(absl::MakeSpan(x), [](Batch a) { return a + a; }, absl::MakeConstSpan(x));
  EXPECT_EQ(x, std::vector<TypeParam>(x.size(), TypeParam(6)));
}

}  // namespace
}  // namespace didact
