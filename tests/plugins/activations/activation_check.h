// Shared by the tests of activations: compares values and derivative with an independent formula in
// 80-bit arithmetic.

#ifndef DIDACT_TESTS_PLUGINS_ACTIVATIONS_ACTIVATION_CHECK_H_
#define DIDACT_TESTS_PLUGINS_ACTIVATIONS_ACTIVATION_CHECK_H_

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/plugin/activation.h"
#include "gtest/gtest.h"

namespace didact {

// Returns -12 to 12 in steps of 1/64, including 0, and a few numbers close to it: 793 arguments, so
// that the last ones do not fill a whole vector.
template <class T>
std::vector<T> ActivationArguments() {
  std::vector<T> arguments;
  for (int i = -768; i <= 768; i += 2) arguments.push_back(static_cast<T>(i) / 64);
  for (int exponent = -4; exponent >= -12; --exponent) {
    for (const T mantissa : {T(1), T(-1.25)}) arguments.push_back(std::ldexp(mantissa, exponent));
  }
  arguments.push_back(T(0.4999));
  arguments.push_back(T(-2.2));
  return arguments;
}

template <class T>
std::vector<T> ApplyActivation(const Activation<T>& activation, const std::vector<T>& arguments) {
  std::vector<T> values(arguments.size());
  activation.Apply(arguments, absl::MakeSpan(values));
  return values;
}

// Returns f'(x): the result of MultiplyByDerivative for a gradient of ones.
template <class T>
std::vector<T> DerivativeOf(const Activation<T>& activation, const std::vector<T>& arguments) {
  const std::vector<T> values = ApplyActivation(activation, arguments);
  std::vector<T> gradient(arguments.size(), T(1));
  activation.MultiplyByDerivative(arguments, values, absl::MakeSpan(gradient));
  return gradient;
}

// Expects |actual - expected(x)| <= units * epsilon * |expected(x)|, `units` in units of the type's
// epsilon. Results that are not normal numbers may be 0.
template <class T>
void ExpectClose(const std::vector<T>& arguments, const std::vector<T>& actual,
                 long double (*expected)(long double), double units) {
  ASSERT_EQ(arguments.size(), actual.size());
  for (size_t i = 0; i < arguments.size(); ++i) {
    const long double wanted = expected(arguments[i]);
    const long double allowed = units * std::numeric_limits<T>::epsilon() * std::fabs(wanted) +
                                std::numeric_limits<T>::min();
    EXPECT_LE(std::fabs(actual[i] - wanted), allowed)
        << "at " << arguments[i] << ": " << actual[i] << ", not " << wanted;
  }
}

// Expects that values do not depend, to the last bit, on the position of an argument in a span or
// on its neighbours, also if input and output are the same memory.
template <class T>
void ExpectElementwise(const Activation<T>& activation) {
  const std::vector<T> arguments = ActivationArguments<T>();
  const std::vector<T> values = ApplyActivation(activation, arguments);
  const std::vector<T> slopes = DerivativeOf(activation, arguments);
  for (size_t length = 1; length <= 19; ++length) {
    for (size_t first = 0; first + length <= arguments.size(); first += length) {
      const std::vector<T> part(arguments.begin() + first, arguments.begin() + first + length);
      std::vector<T> in_place = part;
      activation.Apply(in_place, absl::MakeSpan(in_place));
      ASSERT_EQ(std::memcmp(in_place.data(), values.data() + first, length * sizeof(T)), 0);
      const std::vector<T> part_slopes = DerivativeOf(activation, part);
      ASSERT_EQ(std::memcmp(part_slopes.data(), slopes.data() + first, length * sizeof(T)), 0);
    }
  }
}

template <class T>
void ExpectNanGivesNan(const Activation<T>& activation) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  for (size_t place = 0; place < 11; ++place) {
    std::vector<T> arguments(11, T(0.5));
    arguments[place] = nan;
    const std::vector<T> values = ApplyActivation(activation, arguments);
    for (size_t i = 0; i < arguments.size(); ++i) EXPECT_EQ(std::isnan(values[i]), i == place);
  }
}

}  // namespace didact

#endif  // DIDACT_TESTS_PLUGINS_ACTIVATIONS_ACTIVATION_CHECK_H_
