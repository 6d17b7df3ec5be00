#include "didact/framework/kernels/parameter_updates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "tests/kernels/levels.h"
#include "tests/kernels/test_data.h"

namespace didact {
namespace {

template <class T>
class ParameterUpdatesTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(ParameterUpdatesTest, Precisions);

// The arrays of an update, with elements before and after that must not change.
template <class T>
struct Arrays {
  static constexpr int64_t kGuards = 3;

  Arrays(int64_t size, std::mt19937_64& generator)
      : gradient(RandomVector<T>(size + 2 * kGuards, generator)),
        parameters(RandomVector<T>(size + 2 * kGuards, generator)),
        first(RandomVector<T>(size + 2 * kGuards, generator)),
        second(RandomVector<T>(size + 2 * kGuards, generator)) {
    for (T& moment : second) moment = std::abs(moment);
  }

  std::vector<T> gradient;
  std::vector<T> parameters;
  std::vector<T> first;
  std::vector<T> second;
};

// Returns true for the elements before and after the `size` ones of an update.
template <class T>
bool IsGuard(int64_t i, int64_t size) {
  return i < Arrays<T>::kGuards || i >= size + Arrays<T>::kGuards;
}

TYPED_TEST(ParameterUpdatesTest, MomentumHasTheRoundingsOfItsFormula) {
  using T = TypeParam;
  std::mt19937_64 generator(1);
  for (const T momentum : {T(0), T(0.9)}) {
    for (const bool nesterov : {false, true}) {
      for (const T decay : {T(0), T(0.3)}) {
        const MomentumRule<T> rule = {T(0.37), momentum, nesterov, decay};
        for (int64_t size = 0; size <= 2 * kMaxLanes<T> + 1; ++size) {
          SCOPED_TRACE(testing::Message()
                       << momentum << " " << nesterov << " " << decay << " " << size);
          Arrays<T> arrays(size, generator);
          Arrays<T> expected = arrays;
          for (int64_t i = 0; i < size + 2 * Arrays<T>::kGuards; ++i) {
            if (IsGuard<T>(i, size)) continue;
            T& w = expected.parameters[i];
            T& buffer = expected.first[i];
            const T g =
                decay == 0 ? expected.gradient[i] : MultiplyAdd(decay, w, expected.gradient[i]);
            T direction = g;
            if (momentum != 0) {
              const T kept = momentum * buffer;
              buffer = g + kept;
              direction = nesterov ? MultiplyAdd(momentum, buffer, g) : buffer;
            }
            w = MultiplyAdd(T(-0.37), direction, w);
          }
          MomentumUpdate(rule, &arrays.gradient[3], &arrays.parameters[3],
                         momentum == 0 ? nullptr : &arrays.first[3], size);
          EXPECT_EQ(arrays.parameters, expected.parameters);
          EXPECT_EQ(arrays.first, expected.first);
        }
      }
    }
  }
}

// Moments have the roundings of the formula. The quotient may be off by 2 units in the last place,
// and without fused operations the product by another half. The two sums are rounded by half a unit
// of their size each.
TYPED_TEST(ParameterUpdatesTest, AdamFollowsItsFormula) {
  using T = TypeParam;
  std::mt19937_64 generator(2);
  for (const T shrinkage : {T(1), T(0.75)}) {
    for (const T decay : {T(0), T(0.3)}) {
      for (const T epsilon : {T(0), T(1e-8), T(0.5)}) {
        AdamRule<T> rule;
        rule.step_size = T(0.37);
        rule.first_decay = T(0.9);
        rule.first_weight = T(0.1);
        rule.second_decay = T(0.99);
        rule.second_weight = T(0.01);
        rule.root_factor = T(1.7);
        rule.epsilon = epsilon;
        rule.weight_decay = decay;
        rule.shrinkage = shrinkage;
        for (int64_t size = 0; size <= 2 * kMaxLanes<T> + 1; ++size) {
          SCOPED_TRACE(testing::Message() << shrinkage << " " << decay << " " << size);
          Arrays<T> arrays(size, generator);
          Arrays<T> expected = arrays;
          std::vector<double> tolerances(size + 2 * Arrays<T>::kGuards);
          for (int64_t i = 0; i < size + 2 * Arrays<T>::kGuards; ++i) {
            if (IsGuard<T>(i, size)) continue;
            T& w = expected.parameters[i];
            T& first = expected.first[i];
            T& second = expected.second[i];
            if (shrinkage != 1) w = shrinkage * w;
            T g = expected.gradient[i];
            if (decay != 0) g = MultiplyAdd(decay, w, g);
            const T kept = rule.first_decay * first;
            first = MultiplyAdd(rule.first_weight, g, kept);
            const T weighted = rule.second_weight * g;
            const T second_kept = rule.second_decay * second;
            second = MultiplyAdd(weighted, g, second_kept);
            const T direction = first / MultiplyAdd(rule.root_factor, std::sqrt(second), epsilon);
            const T start = w;
            w = MultiplyAdd(-rule.step_size, direction, w);
            tolerances[i] =
                kEpsilon<T> * (3.5 * rule.step_size * std::abs(direction) + std::abs(start));
          }
          AdamUpdate(rule, &arrays.gradient[3], &arrays.parameters[3], &arrays.first[3],
                     &arrays.second[3], size);
          EXPECT_EQ(arrays.first, expected.first);
          EXPECT_EQ(arrays.second, expected.second);
          for (size_t i = 0; i < tolerances.size(); ++i) {
            ASSERT_NEAR(arrays.parameters[i], expected.parameters[i], tolerances[i]) << i;
          }
        }
      }
    }
  }
}

// Otherwise they would stay subnormal, and slow.
TYPED_TEST(ParameterUpdatesTest, AdamForgetsSubnormalMoments) {
  using T = TypeParam;
  constexpr T kSmallest = std::numeric_limits<T>::min();
  AdamRule<T> rule;
  rule.first_decay = T(0.5);
  rule.first_weight = T(0.5);
  rule.second_decay = T(0.5);
  rule.second_weight = T(0.5);
  rule.epsilon = T(1);
  const std::vector<T> gradient(4, T(0));
  std::vector<T> parameters(4, T(1));
  std::vector<T> first = {2 * kSmallest, kSmallest, -kSmallest, -3 * kSmallest};
  std::vector<T> second = {2 * kSmallest, kSmallest, 3 * kSmallest, T(1)};
  AdamUpdate(rule, gradient.data(), parameters.data(), first.data(), second.data(), 4);
  EXPECT_EQ(first, (std::vector<T>{kSmallest, 0, 0, T(-1.5) * kSmallest}));
  EXPECT_EQ(second, (std::vector<T>{kSmallest, 0, T(1.5) * kSmallest, T(0.5)}));
}

// A rule whose step from 0 is numerator / sqrt(square): the quotient alone.
template <class T>
T Quotient(T numerator, T square) {
  AdamRule<T> rule;
  rule.step_size = T(-1);
  rule.second_decay = T(1);
  rule.second_weight = T(0);
  T parameter = 0;
  T first = 0;
  AdamUpdate(rule, &numerator, &parameter, &first, &square, 1);
  return parameter;
}

TYPED_TEST(ParameterUpdatesTest, AdamDividesAccuratelyInTheWholeRange) {
  using T = TypeParam;
  std::mt19937_64 generator(3);
  std::uniform_real_distribution<double> fractions(1, 2);
  const int range = std::numeric_limits<T>::max_exponent - 2;
  for (int exponent = -range; exponent <= range; ++exponent) {
    for (int repetition = 0; repetition < 50; ++repetition) {
      const T square = std::ldexp(static_cast<T>(fractions(generator)), exponent);
      const T numerator = static_cast<T>(fractions(generator));
      const long double expected = numerator / std::sqrt(static_cast<long double>(square));
      ASSERT_NEAR(Quotient(numerator, square) / expected, 1, 3 * kEpsilon<T>)
          << numerator << " / sqrt(" << square << ")";
    }
  }
}

// Denominators that have no usable reciprocal stand between others that have one.
TYPED_TEST(ParameterUpdatesTest, AdamDividesByExtremeNumbersAsTheProcessorDoes) {
  using T = TypeParam;
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  EXPECT_EQ(Quotient(T(1), T(0)), kInfinity);
  EXPECT_EQ(Quotient(T(-1), T(0)), -kInfinity);
  EXPECT_TRUE(std::isnan(Quotient(T(0), T(0))));
  EXPECT_EQ(Quotient(T(1), kInfinity), T(0));
  EXPECT_TRUE(std::isnan(Quotient(kInfinity, kInfinity)));
  EXPECT_TRUE(std::isnan(Quotient(T(1), std::numeric_limits<T>::quiet_NaN())));
  EXPECT_EQ(Quotient(T(0), T(4)), T(0));

  AdamRule<T> rule;
  rule.step_size = T(-1);
  rule.second_decay = T(1);
  rule.second_weight = T(0);
  const int64_t size = 4 * kMaxLanes<T>;
  std::vector<T> gradient(size, T(3));
  std::vector<T> parameters(size, T(0));
  std::vector<T> first(size, T(0));
  std::vector<T> second(size, T(7));
  second[5] = kInfinity;
  second[6] = T(0);
  AdamUpdate(rule, gradient.data(), parameters.data(), first.data(), second.data(), size);
  for (int64_t i = 0; i < size; ++i) {
    if (i == 5) {
      EXPECT_EQ(parameters[i], T(0));
    } else if (i == 6) {
      EXPECT_EQ(parameters[i], kInfinity);
    } else {
      EXPECT_EQ(parameters[i], Quotient(T(3), T(7))) << i;
    }
  }
}

}  // namespace
}  // namespace didact
