// Verifies that the suite finds activations that break a promise.

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/conformance/conformance.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/wrong_plugin.h"
#include "tests/conformance/wrong_plugins.pb.h"

namespace didact {
namespace {

using testing::Contains;
using testing::ElementsAre;

// y = x^2, correct in all respects. Each incorrect activation changes one of them.
template <class T, class Plugin>
struct Square : Buildable<Activation<T>, Plugin> {
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    for (size_t i = 0; i < x.size(); ++i) y[i] = x[i] * x[i];
  }
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T>,
                            absl::Span<T> g) const override {
    for (size_t i = 0; i < x.size(); ++i) g[i] *= 2 * x[i];
  }
};

template <class T>
struct WrongDerivativeActivation : Square<T, WrongDerivativeActivation<T>> {
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T>,
                            absl::Span<T> g) const override {
    for (size_t i = 0; i < x.size(); ++i) g[i] *= T(2.001) * x[i];
  }
};

// Imitates a vector loop that uses another function for the last elements.
template <class T>
struct PlaceDependentActivation : Square<T, PlaceDependentActivation<T>> {
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    for (size_t i = 0; i < x.size(); ++i) {
      y[i] = x[i] * x[i];
      if (i >= x.size() / 4 * 4) y[i] = std::nextafter(y[i], T(1e6));
    }
  }
};

template <class T>
struct HidesNanActivation : Square<T, HidesNanActivation<T>> {
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    for (size_t i = 0; i < x.size(); ++i) y[i] = std::isnan(x[i]) ? T(0) : x[i] * x[i];
  }
};

template <class T>
struct LyingSlopeActivation : Square<T, LyingSlopeActivation<T>> {
  std::optional<T> negative_slope() const override { return T(0.5); }
};

// Fast in float, by an approximation of the derivative that is too coarse.
template <class T>
struct WrongDerivativeInFloatActivation : Square<T, WrongDerivativeInFloatActivation<T>> {
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T>,
                            absl::Span<T> g) const override {
    for (size_t i = 0; i < x.size(); ++i) g[i] *= T(std::is_same_v<T, float> ? 2.001 : 2) * x[i];
  }
};

// log(1 + exp(x)), whose exponential overflows although the value does not.
template <class T>
struct OverflowsActivation : Buildable<Activation<T>, OverflowsActivation<T>> {
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    for (size_t i = 0; i < x.size(); ++i) y[i] = std::log1p(std::exp(x[i]));
  }
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T>,
                            absl::Span<T> g) const override {
    for (size_t i = 0; i < x.size(); ++i) g[i] *= 1 / (1 + std::exp(-x[i]));
  }
};

// The same function, with an overflow in its derivative alone: infinity / infinity.
template <class T>
struct OverflowsInDerivativeActivation
    : Buildable<Activation<T>, OverflowsInDerivativeActivation<T>> {
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    for (size_t i = 0; i < x.size(); ++i) {
      y[i] = std::max(x[i], T(0)) + std::log1p(std::exp(-std::abs(x[i])));
      if (std::isnan(x[i])) y[i] = x[i];
    }
  }
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T>,
                            absl::Span<T> g) const override {
    for (size_t i = 0; i < x.size(); ++i) g[i] *= std::exp(x[i]) / (1 + std::exp(x[i]));
  }
};

// The exponential function itself grows beyond all numbers, which is no fault.
template <class T>
struct ExponentialActivation : Buildable<Activation<T>, ExponentialActivation<T>> {
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    for (size_t i = 0; i < x.size(); ++i) y[i] = std::exp(x[i]);
  }
  void MultiplyByDerivative(absl::Span<const T>, absl::Span<const T> y,
                            absl::Span<T> g) const override {
    for (size_t i = 0; i < y.size(); ++i) g[i] *= y[i];
  }
};

// A saturation at 20, which is wrong for arguments that the other checks do not try.
template <class T>
struct SaturatesActivation : Square<T, SaturatesActivation<T>> {
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    for (size_t i = 0; i < x.size(); ++i) {
      y[i] = std::isnan(x[i]) ? x[i] : std::min(x[i] * x[i], T(400));
    }
  }
};

template <class T>
struct HidesNanInDerivativeActivation : Square<T, HidesNanInDerivativeActivation<T>> {
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T>,
                            absl::Span<T> g) const override {
    for (size_t i = 0; i < x.size(); ++i) g[i] *= std::isnan(x[i]) ? T(0) : 2 * x[i];
  }
};

template <class T>
struct HidesNanGradientActivation : Square<T, HidesNanGradientActivation<T>> {
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T>,
                            absl::Span<T> g) const override {
    for (size_t i = 0; i < x.size(); ++i) g[i] = x[i] == 0 ? T(0) : g[i] * 2 * x[i];
  }
};

template <class T>
struct SharesABufferActivation : Buildable<Activation<T>, SharesABufferActivation<T>> {
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    for (size_t i = 0; i < x.size(); ++i) {
      const T passed = buffer.Pass(x[i]);
      y[i] = passed * passed;
    }
  }
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T>,
                            absl::Span<T> g) const override {
    for (size_t i = 0; i < x.size(); ++i) g[i] *= 2 * x[i];
  }
  SharedBuffer<T> buffer;
};

template <class T>
struct ReplacesGradientActivation : Square<T, ReplacesGradientActivation<T>> {
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T>,
                            absl::Span<T> g) const override {
    for (size_t i = 0; i < x.size(); ++i) g[i] = 2 * x[i];
  }
};

template <class T>
struct ThrowingActivation : Square<T, ThrowingActivation<T>> {
  void Apply(absl::Span<const T>, absl::Span<T>) const override {
    throw std::runtime_error("shapes differ");
  }
};

template <class T>
struct ClaimsToBeOddActivation : Square<T, ClaimsToBeOddActivation<T>> {
  bool is_odd() const override { return true; }
};

template <class T>
struct IsSecretlyOddActivation : Buildable<Activation<T>, IsSecretlyOddActivation<T>> {
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    for (size_t i = 0; i < x.size(); ++i) y[i] = x[i] / (1 + std::abs(x[i]));
  }
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T>,
                            absl::Span<T> g) const override {
    for (size_t i = 0; i < x.size(); ++i) g[i] *= 1 / ((1 + std::abs(x[i])) * (1 + std::abs(x[i])));
  }
};

// Only the first plugin of each precision can be built.
template <class T>
struct ThrowsWhenBuiltAgainActivation : Square<T, ThrowsWhenBuiltAgainActivation<T>> {
  ThrowsWhenBuiltAgainActivation() {
    static int built = 0;
    if (++built > 1) throw std::runtime_error("there is only one of me");
  }
};

// Imitates a vector loop whose last vector is incomplete. It affects only spans of 3, after which
// the suite has space, so that nothing else is overwritten.
template <class T>
struct WritesBehindValuesActivation : Square<T, WritesBehindValuesActivation<T>> {
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    Square<T, WritesBehindValuesActivation<T>>::Apply(x, y);
    if (y.size() == 3) y.data()[3] = 0;
  }
};

template <class T>
struct WritesBehindGradientsActivation : Square<T, WritesBehindGradientsActivation<T>> {
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T> y,
                            absl::Span<T> g) const override {
    Square<T, WritesBehindGradientsActivation<T>>::MultiplyByDerivative(x, y, g);
    if (g.size() == 3) g.data()[3] = 0;
  }
};

TEST(WrongActivation, IsFound) {
  EXPECT_THAT((FailuresOf<test::WrongDerivative, WrongDerivativeActivation>()),
              ElementsAre("derivative"));
  EXPECT_THAT((FailuresOf<test::PlaceDependent, PlaceDependentActivation>()),
              ElementsAre("any_split"));
  EXPECT_THAT((FailuresOf<test::HidesNan, HidesNanActivation>()), ElementsAre("nan"));
  EXPECT_THAT((FailuresOf<test::LyingSlope, LyingSlopeActivation>()),
              ElementsAre("negative_slope"));
  EXPECT_THAT((FailuresOf<test::ReplacesGradient, ReplacesGradientActivation>()),
              ElementsAre("nan", "multiplies"));
  EXPECT_THAT((FailuresOf<test::ClaimsToBeOdd, ClaimsToBeOddActivation>()), ElementsAre("odd"));
  EXPECT_THAT((FailuresOf<test::IsSecretlyOdd, IsSecretlyOddActivation>()), ElementsAre("odd"));
  EXPECT_THAT((FailuresOf<test::WritesBehindValues, WritesBehindValuesActivation>()),
              ElementsAre("any_split"));
  EXPECT_THAT((FailuresOf<test::WritesBehindGradients, WritesBehindGradientsActivation>()),
              ElementsAre("any_split"));
}

TEST(WrongActivation, InOnePrecisionOnlyIsFound) {
  EXPECT_THAT((FailuresOf<test::WrongDerivativeInFloat, WrongDerivativeInFloatActivation>()),
              ElementsAre("precisions"));
}

TEST(WrongActivation, ForLargeArgumentsIsFound) {
  EXPECT_THAT((FailuresOf<test::Overflows, OverflowsActivation>()), Contains("far"));
  EXPECT_THAT((FailuresOf<test::OverflowsInDerivative, OverflowsInDerivativeActivation>()),
              Contains("far"));
  EXPECT_THAT((FailuresOf<test::Saturates, SaturatesActivation>()), ElementsAre("derivative"));
  EXPECT_THAT((FailuresOf<test::Exponential, ExponentialActivation>()), ElementsAre());
}

TEST(WrongActivation, ThatHidesNanInItsDerivativeIsFound) {
  EXPECT_THAT((FailuresOf<test::HidesNanInDerivative, HidesNanInDerivativeActivation>()),
              ElementsAre("nan"));
  EXPECT_THAT((FailuresOf<test::HidesNanGradient, HidesNanGradientActivation>()),
              ElementsAre("nan"));
}

TEST(WrongActivation, WhoseConstMethodsShareABufferIsFound) {
  EXPECT_THAT((FailuresOf<test::SharesABufferActivation, SharesABufferActivation>()),
              ElementsAre("concurrent"));
}

TEST(WrongActivation, ThatThrowsBetweenTwoChecksIsFound) {
  PluginRegistry registry;
  ASSERT_TRUE((registry.Add<test::ThrowsWhenBuiltAgain, ThrowsWhenBuiltAgainActivation>().ok()));
  EXPECT_THAT(DescribeFailures(CheckPlugin(registry, *registry.List().front(), {})),
              testing::AllOf(testing::StartsWith("1 of 2 checks failed\ncompletes of "
                                                 "[didact.test.ThrowsWhenBuiltAgain] { }: "),
                             testing::HasSubstr("there is only one of me")));
}

TEST(WrongActivation, ThatThrowsIsFoundAndQuoted) {
  PluginRegistry registry;
  ASSERT_TRUE((registry.Add<test::Throws, ThrowingActivation>().ok()));
  const std::vector<ConformanceCheck> checks = CheckPlugin(registry, *registry.List().front(), {});
  EXPECT_EQ(checks[1].status.message(), "must not throw, threw: shapes differ");
  EXPECT_THAT(
      DescribeFailures(checks),
      testing::StartsWith(
          "8 of 10 checks failed\nany_split of [didact.test.Throws] { }: must not throw, threw: "));
}

}  // namespace
}  // namespace didact
