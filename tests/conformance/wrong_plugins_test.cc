// Verifies that the suite detects what it checks: each of these plugins breaks one promise, and the
// test names the check that must fail.

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/conformance/conformance.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/state.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/wrong_plugins.pb.h"

namespace didact {
namespace {

using testing::Contains;
using testing::ElementsAre;

// Sample files are put in a folder that Bazel removes if the process is killed.
[[maybe_unused]] const int temporaries_were_moved = setenv("TMPDIR", testing::TempDir().c_str(), 1);

// Returns the names of the checks that a plugin fails.
std::vector<std::string> Failures(const PluginRegistry& registry) {
  std::vector<std::string> failures;
  for (const ConformanceCheck& check : CheckPlugin(registry, *registry.List().front(), {})) {
    if (!check.status.ok()) failures.push_back(check.name);
  }
  return failures;
}

template <class Config, template <class> class Plugin>
std::vector<std::string> FailuresOf() {
  PluginRegistry registry;
  EXPECT_TRUE((registry.Add<Config, Plugin>().ok()));
  return Failures(registry);
}

template <class Config, class Plugin>
std::vector<std::string> FailuresOf() {
  PluginRegistry registry;
  EXPECT_TRUE((registry.Add<Config, Plugin>().ok()));
  return Failures(registry);
}

// Plugins without fields are all built in this way.
template <class Interface, class Plugin>
struct Buildable : Interface {
  template <class Config>
  static absl::StatusOr<std::unique_ptr<Interface>> Build(const Config&, const BuildContext&) {
    return std::make_unique<Plugin>();
  }
};

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

// A buffer that several threads share by mistake, with which nothing can go wrong but results.
template <class T>
class SharedBuffer {
 public:
  // Returns `value`, unless another thread has used the buffer in the meantime.
  T Pass(T value) const {
    for (std::atomic<T>& element : buffer_) element.store(value, std::memory_order_relaxed);
    return buffer_.front();
  }

 private:
  mutable std::array<std::atomic<T>, 64> buffer_ = {};
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

// Three samples of two components, correct in all respects.
template <class T, class Plugin>
struct Counting : Buildable<Dataset<T>, Plugin> {
  std::vector<int64_t> sample_shape() const override { return {2}; }
  int64_t size() const override { return 3; }
  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      for (int64_t j = 0; j < 2; ++j) inputs(i, j) = Number(first + i, j);
    }
    return absl::OkStatus();
  }
  virtual T Number(int64_t sample, int64_t component) const {
    return static_cast<T>(2 * sample + component);
  }
};

template <class T>
struct SharesABufferDataset : Counting<T, SharesABufferDataset<T>> {
  T Number(int64_t sample, int64_t component) const override {
    return buffer.Pass(static_cast<T>(2 * sample + component));
  }
  SharedBuffer<T> buffer;
};

template <class T>
struct Stateful : Counting<T, Stateful<T>> {
  T Number(int64_t, int64_t) const override { return ++reads; }
  mutable T reads = 0;
};

template <class T>
struct ForgetsItsSeedDataset : Counting<T, ForgetsItsSeedDataset<T>> {
  absl::Status Prepare(const DatasetContext<T>&) override {
    static int datasets = 0;
    offset = static_cast<T>(++datasets);
    return absl::OkStatus();
  }
  T Number(int64_t sample, int64_t component) const override {
    return offset + static_cast<T>(2 * sample + component);
  }
  T offset = 0;
};

template <class T>
struct NegativeLabelDataset : Counting<T, NegativeLabelDataset<T>> {
  bool has_labels() const override { return true; }
  absl::Status ReadLabels(int64_t first, absl::Span<int64_t> labels) const override {
    for (size_t i = 0; i < labels.size(); ++i) labels[i] = first + static_cast<int64_t>(i) - 1;
    return absl::OkStatus();
  }
};

// Takes every piece that does not begin at 0 for the one after the last.
template <class T>
struct ReadsOnDataset : Buildable<Dataset<T>, ReadsOnDataset<T>> {
  std::vector<int64_t> sample_shape() const override { return {1}; }
  int64_t size() const override { return 3; }
  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    if (first == 0) next = 0;
    for (int64_t i = 0; i < inputs.shape(0); ++i) inputs(i, 0) = static_cast<T>(next++);
    return absl::OkStatus();
  }
  mutable int64_t next = 0;
};

template <class T>
struct ChangesItsLabelsDataset : Counting<T, ChangesItsLabelsDataset<T>> {
  bool has_labels() const override { return true; }
  absl::Status ReadLabels(int64_t, absl::Span<int64_t> labels) const override {
    std::fill(labels.begin(), labels.end(), reads++);
    return absl::OkStatus();
  }
  mutable int64_t reads = 0;
};

template <class T>
struct ChangesItsTargetsDataset : Counting<T, ChangesItsTargetsDataset<T>> {
  int64_t target_size() const override { return 2; }
  absl::Status ReadTargets(int64_t, ArrayView<T> targets) const override {
    for (int64_t i = 0; i < targets.shape(0); ++i) {
      std::fill_n(targets.row(i).data(), 2, static_cast<T>(reads));
    }
    ++reads;
    return absl::OkStatus();
  }
  mutable int64_t reads = 0;
};

template <class T>
struct TargetsThatAreNotFiniteDataset : Counting<T, TargetsThatAreNotFiniteDataset<T>> {
  int64_t target_size() const override { return 1; }
  absl::Status ReadTargets(int64_t, ArrayView<T> targets) const override {
    for (int64_t i = 0; i < targets.shape(0); ++i) {
      targets(i, 0) = std::numeric_limits<T>::infinity();
    }
    return absl::OkStatus();
  }
};

// Ten samples of zeros, but twenty according to its config.
template <class T>
struct WrongSizeDataset : Buildable<Dataset<T>, WrongSizeDataset<T>> {
  static DatasetSize SizeFromConfig(const test::WrongSize&, const BuildContext&) { return {20, 6}; }
  std::vector<int64_t> sample_shape() const override { return {6}; }
  int64_t size() const override { return 10; }
  absl::Status Read(int64_t, ArrayView<T> inputs) const override {
    for (int64_t i = 0; i < inputs.shape(0); ++i) std::fill_n(inputs.row(i).data(), 6, T(0));
    return absl::OkStatus();
  }
};

// Ten samples of zeros, with another number of features according to its config.
template <class T>
struct WrongFeaturesDataset : WrongSizeDataset<T> {
  template <class Config>
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const Config&, const BuildContext&) {
    return std::make_unique<WrongFeaturesDataset>();
  }
  static DatasetSize SizeFromConfig(const test::WrongFeatures&, const BuildContext&) {
    return {.features = 7};
  }
};

// Correct with a teacher; without one, its error does not say that the config is at fault.
template <class T>
struct FailsWithoutTeacherDataset : Counting<T, FailsWithoutTeacherDataset<T>> {
  absl::Status Prepare(const DatasetContext<T>& context) override {
    return context.teacher.empty() ? absl::InternalError("no teacher") : absl::OkStatus();
  }
};

TEST(WrongDataset, ThatFailsWithoutATeacherIsFound) {
  EXPECT_THAT((FailuresOf<test::FailsWithoutTeacherDataset, FailsWithoutTeacherDataset>()),
              ElementsAre("without_teacher"));
}

TEST(WrongDataset, WhoseConstMethodsShareABufferIsFound) {
  EXPECT_THAT((FailuresOf<test::SharesABufferDataset, SharesABufferDataset>()),
              ElementsAre("concurrent"));
}

TEST(WrongDataset, ThatForetellsAnotherSizeIsFound) {
  EXPECT_THAT((FailuresOf<test::WrongSize, WrongSizeDataset>()), ElementsAre("config_size"));
  EXPECT_THAT((FailuresOf<test::WrongFeatures, WrongFeaturesDataset>()),
              ElementsAre("config_size"));
}

TEST(WrongDataset, IsFound) {
  EXPECT_THAT((FailuresOf<test::StatefulDataset, Stateful>()), ElementsAre("any_order"));
  EXPECT_THAT((FailuresOf<test::ForgetsItsSeed, ForgetsItsSeedDataset>()),
              Contains("deterministic"));
  EXPECT_THAT((FailuresOf<test::NegativeLabel, NegativeLabelDataset>()), ElementsAre("labels"));
  EXPECT_THAT((FailuresOf<test::ReadsOn, ReadsOnDataset>()), ElementsAre("any_order"));
  EXPECT_THAT((FailuresOf<test::ChangesItsLabels, ChangesItsLabelsDataset>()),
              ElementsAre("labels"));
  EXPECT_THAT((FailuresOf<test::ChangesItsTargets, ChangesItsTargetsDataset>()),
              Contains("targets"));
  EXPECT_THAT((FailuresOf<test::TargetsThatAreNotFinite, TargetsThatAreNotFiniteDataset>()),
              Contains("targets"));
}

// w -= 0.1 g, correct in all respects.
template <class T, class Plugin>
struct Descent : Buildable<Optimizer<T>, Plugin> {
  void Update(const TrainingTime&, int64_t block, ArrayView<T> w, ArrayView<const T> g) override {
    for (int64_t i = 0; i < w.shape(0); ++i) {
      for (int64_t j = 0; j < w.shape(1); ++j) w(i, j) -= T(0.1) * Direction(block, g(i, j));
    }
  }
  virtual T Direction(int64_t, T gradient) { return gradient; }
};

// Means of past gradients that are missing in checkpoints.
template <class T>
struct LeakingStateOptimizer : Descent<T, LeakingStateOptimizer<T>> {
  T Direction(int64_t block, T gradient) override {
    T& mean = means[block];
    return gradient + (mean = T(0.75) * mean + T(0.01) * gradient);
  }
  std::array<T, 2> means = {};
};

// The momentum of one block goes on in the next.
template <class T>
struct MixesBlocksOptimizer : Descent<T, MixesBlocksOptimizer<T>> {
  T Direction(int64_t, T gradient) override {
    return gradient + (mean = T(0.75) * mean + T(0.01) * gradient);
  }
  void VisitState(StateVisitor& visitor) override {
    visitor.Visit("mean", ArrayView<T>(&mean, {1}));
  }
  T mean = 0;
};

// All optimizers use one buffer.
template <class T>
struct SharesABufferOptimizer : Descent<T, SharesABufferOptimizer<T>> {
  T Direction(int64_t, T gradient) override {
    static const SharedBuffer<T> buffer;
    return buffer.Pass(gradient);
  }
};

template <class T>
struct WrongRateOptimizer : Descent<T, WrongRateOptimizer<T>> {
  std::optional<double> PlainDescentRate(const TrainingTime&) const override { return 0.2; }
};

template <class T>
struct AscendsOptimizer : Descent<T, AscendsOptimizer<T>> {
  T Direction(int64_t, T gradient) override { return T(-0.01) * gradient; }
};

template <class T>
struct SharedStateOptimizer : Descent<T, SharedStateOptimizer<T>> {
  T Direction(int64_t, T gradient) override {
    static T mean = 0;
    return gradient + (mean = T(0.75) * mean + T(0.01) * gradient);
  }
};

// Its state is complete, but a checkpoint cannot tell the pieces apart.
template <class T>
struct PiecesOfOneNameOptimizer : Descent<T, PiecesOfOneNameOptimizer<T>> {
  T Direction(int64_t block, T gradient) override {
    double& mean = block == 0 ? first_mean : mean_of_others;
    mean = 0.75 * mean + 0.01 * gradient;
    return gradient + static_cast<T>(mean);
  }
  void VisitState(StateVisitor& visitor) override {
    visitor.Visit("mean", first_mean);
    visitor.Visit("mean", mean_of_others);
  }
  double first_mean = 0;
  double mean_of_others = 0;
};

// Descent with momentum, whose parts all use the first momenta of their block.
template <class T>
struct MixesPartsOptimizer : Buildable<Optimizer<T>, MixesPartsOptimizer<T>> {
  absl::Status Prepare(const OptimizerContext& context) override {
    blocks.assign(context.blocks.begin(), context.blocks.end());
    for (const ParameterBlock& block : blocks) {
      momenta.emplace_back(block.rows * block.columns, T(0));
    }
    return absl::OkStatus();
  }
  void Update(const TrainingTime&, int64_t block, ArrayView<T> w, ArrayView<const T> g) override {
    UpdatePart(block, {0, 0}, w, g);
  }
  bool StartPartialUpdates(const TrainingTime&) override { return true; }
  void UpdatePart(int64_t block, BlockPosition, ArrayView<T> w, ArrayView<const T> g) override {
    for (int64_t i = 0; i < w.shape(0); ++i) {
      for (int64_t j = 0; j < w.shape(1); ++j) {
        T& momentum = momenta[block][i * blocks[block].columns + j];
        momentum = T(0.5) * momentum + g(i, j);
        w(i, j) -= T(0.1) * momentum;
      }
    }
  }
  void VisitState(StateVisitor& visitor) override {
    for (size_t b = 0; b < blocks.size(); ++b) {
      VisitPerParameter("momentum", blocks[b],
                        ArrayView<T>(momenta[b].data(), {blocks[b].rows, blocks[b].columns}),
                        visitor);
    }
  }
  std::vector<ParameterBlock> blocks;
  std::vector<std::vector<T>> momenta;
};

TEST(WrongOptimizer, WhoseBlocksDependOnEachOtherIsFound) {
  EXPECT_THAT((FailuresOf<test::MixesBlocks, MixesBlocksOptimizer>()), ElementsAre("own_blocks"));
}

TEST(WrongOptimizer, ThatSharesABufferWithOthersIsFound) {
  EXPECT_THAT((FailuresOf<test::SharesABufferOptimizer, SharesABufferOptimizer>()),
              ElementsAre("concurrent"));
}

TEST(WrongOptimizer, IsFound) {
  EXPECT_THAT((FailuresOf<test::MixesParts, MixesPartsOptimizer>()), ElementsAre("parts"));
  EXPECT_THAT((FailuresOf<test::LeakingState, LeakingStateOptimizer>()), ElementsAre("state"));
  EXPECT_THAT((FailuresOf<test::WrongRate, WrongRateOptimizer>()), ElementsAre("plain_descent"));
  EXPECT_THAT((FailuresOf<test::Ascends, AscendsOptimizer>()), ElementsAre("descends"));
  EXPECT_THAT((FailuresOf<test::SharedState, SharedStateOptimizer>()), Contains("deterministic"));
  EXPECT_THAT((FailuresOf<test::PiecesOfOneName, PiecesOfOneNameOptimizer>()),
              ElementsAre("state"));
}

// The square of the student's outputs, summed.
template <class T, class Plugin>
struct SumOfSquaredOutputs : Buildable<LossFunction<T>, Plugin> {
  double Sum(const LossBatch<T>& batch) const override {
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      for (const T output : batch.student_outputs.row(i))
        sum += static_cast<double>(output) * output;
    }
    return sum;
  }
  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    for (int64_t i = 0; i < gradient.shape(0); ++i) {
      for (int64_t k = 0; k < gradient.shape(1); ++k) {
        gradient(i, k) = 2 * batch.student_outputs(i, k) / static_cast<T>(Divisor(batch));
      }
    }
    return this->Sum(batch);
  }
  virtual int64_t Divisor(const LossBatch<T>& batch) const {
    return batch.student_outputs.shape(0);
  }
};

template <class T>
struct SharesABufferLoss : Buildable<LossFunction<T>, SharesABufferLoss<T>> {
  double Sum(const LossBatch<T>& batch) const override { return Compute(batch, {}); }
  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    return Compute(batch, gradient);
  }
  double Compute(const LossBatch<T>& batch, ArrayView<T> gradient) const {
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      for (int64_t k = 0; k < batch.student_outputs.shape(1); ++k) {
        const T output = buffer.Pass(batch.student_outputs(i, k));
        sum += static_cast<double>(output) * output;
        if (gradient.empty()) continue;
        gradient(i, k) = 2 * output / static_cast<T>(batch.student_outputs.shape(0));
      }
    }
    return sum;
  }
  SharedBuffer<T> buffer;
};

TEST(WrongLoss, WhoseConstMethodsShareABufferIsFound) {
  EXPECT_THAT((FailuresOf<test::SharesABufferLoss, SharesABufferLoss>()),
              ElementsAre("concurrent"));
}

// Leaves out what is not a number.
template <class T>
struct IgnoresNanLoss : SumOfSquaredOutputs<T, IgnoresNanLoss<T>> {
  double Sum(const LossBatch<T>& batch) const override {
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      for (const T output : batch.student_outputs.row(i)) {
        if (!std::isnan(output)) sum += static_cast<double>(output) * output;
      }
    }
    return sum;
  }
};

// A sum of a function of each output.
template <class T, class Plugin>
struct SumOverOutputs : Buildable<LossFunction<T>, Plugin> {
  virtual T Value(T output) const = 0;
  virtual T Derivative(T output) const = 0;
  double Sum(const LossBatch<T>& batch) const override {
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      for (const T output : batch.student_outputs.row(i)) sum += Value(output);
    }
    return sum;
  }
  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    for (int64_t i = 0; i < gradient.shape(0); ++i) {
      for (int64_t k = 0; k < gradient.shape(1); ++k) {
        gradient(i, k) =
            Derivative(batch.student_outputs(i, k)) / static_cast<T>(gradient.shape(0));
      }
    }
    return this->Sum(batch);
  }
};

// log(1 + exp(y)), whose exponential overflows although the value does not.
template <class T>
struct OverflowsLoss : SumOverOutputs<T, OverflowsLoss<T>> {
  T Value(T output) const override { return std::log1p(std::exp(output)); }
  T Derivative(T output) const override { return 1 / (1 + std::exp(-output)); }
};

// The exponential function itself grows beyond all numbers, which is no fault.
template <class T>
struct ExponentialLoss : SumOverOutputs<T, ExponentialLoss<T>> {
  T Value(T output) const override { return std::exp(output); }
  T Derivative(T output) const override { return std::exp(output); }
};

TEST(WrongLoss, ThatIgnoresNanIsFound) {
  EXPECT_THAT((FailuresOf<test::IgnoresNanLoss, IgnoresNanLoss>()), ElementsAre("nan"));
}

TEST(WrongLoss, ForLargeOutputsIsFound) {
  EXPECT_THAT((FailuresOf<test::OverflowsLoss, OverflowsLoss>()), Contains("far"));
  EXPECT_THAT((FailuresOf<test::ExponentialLoss, ExponentialLoss>()),
              testing::Not(Contains("far")));
}

template <class T>
struct GradientOfTheSumLoss : SumOfSquaredOutputs<T, GradientOfTheSumLoss<T>> {
  int64_t Divisor(const LossBatch<T>&) const override { return 1; }
};

template <class T>
struct MeanAsSumLoss : SumOfSquaredOutputs<T, MeanAsSumLoss<T>> {
  double Sum(const LossBatch<T>& batch) const override {
    return SumOfSquaredOutputs<T, MeanAsSumLoss<T>>::Sum(batch) /
           static_cast<double>(batch.student_outputs.shape(0));
  }
};

template <class T>
struct WrongFactorLoss : SumOfSquaredOutputs<T, WrongFactorLoss<T>> {
  std::optional<double> SquaredErrorFactor(int64_t) const override { return 1; }
};

template <class T>
struct AddsToTheGradientLoss : SumOfSquaredOutputs<T, AddsToTheGradientLoss<T>> {
  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    for (int64_t i = 0; i < gradient.shape(0); ++i) {
      for (int64_t k = 0; k < gradient.shape(1); ++k) {
        gradient(i, k) +=
            2 * batch.student_outputs(i, k) / static_cast<T>(batch.student_outputs.shape(0));
      }
    }
    return this->Sum(batch);
  }
};

template <class T>
struct TwoSumsLoss : SumOfSquaredOutputs<T, TwoSumsLoss<T>> {
  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    return 2 * SumOfSquaredOutputs<T, TwoSumsLoss<T>>::SumAndGradient(batch, gradient);
  }
};

template <class T>
struct ComparesWithNothingLoss : SumOfSquaredOutputs<T, ComparesWithNothingLoss<T>> {
  std::vector<LossTargets> targets() const override { return {}; }
};

template <class T>
struct ReadsBothKindsOfTargetsLoss : SumOfSquaredOutputs<T, ReadsBothKindsOfTargetsLoss<T>> {
  std::vector<LossTargets> targets() const override { return {{.teacher = true, .array = true}}; }
};

template <class T>
struct NeedsLabelsInFloatLoss : SumOfSquaredOutputs<T, NeedsLabelsInFloatLoss<T>> {
  std::vector<LossTargets> targets() const override {
    return {{.labels = std::is_same_v<T, float>}};
  }
};

// Correct with targets. With labels, the gradient lacks them.
template <class T>
struct WrongForLabelsLoss : SumOfSquaredOutputs<T, WrongForLabelsLoss<T>> {
  std::vector<LossTargets> targets() const override {
    return {{.teacher = true}, {.array = true}, {.labels = true}};
  }
  double Sum(const LossBatch<T>& batch) const override {
    double sum = SumOfSquaredOutputs<T, WrongForLabelsLoss<T>>::Sum(batch);
    for (size_t i = 0; i < batch.labels.size(); ++i) {
      sum -= batch.student_outputs(static_cast<int64_t>(i), batch.labels[i]);
    }
    return sum;
  }
};

TEST(WrongLoss, ThatNamesNoTargetsThatThereCanBeIsFound) {
  EXPECT_THAT((FailuresOf<test::ComparesWithNothing, ComparesWithNothingLoss>()),
              ElementsAre("targets"));
  EXPECT_THAT((FailuresOf<test::ReadsBothKindsOfTargets, ReadsBothKindsOfTargetsLoss>()),
              ElementsAre("targets"));
  EXPECT_THAT((FailuresOf<test::NeedsLabelsInFloat, NeedsLabelsInFloatLoss>()),
              ElementsAre("targets"));
}

TEST(WrongLoss, ThatIsRightForItsFirstTargetsAloneIsFound) {
  EXPECT_THAT((FailuresOf<test::WrongForLabels, WrongForLabelsLoss>()), ElementsAre("gradient"));
}

TEST(WrongLoss, IsFound) {
  EXPECT_THAT((FailuresOf<test::GradientOfTheSum, GradientOfTheSumLoss>()),
              ElementsAre("gradient", "any_split"));
  EXPECT_THAT((FailuresOf<test::MeanAsSum, MeanAsSumLoss>()), ElementsAre("gradient", "any_split"));
  EXPECT_THAT((FailuresOf<test::WrongFactor, WrongFactorLoss>()), ElementsAre("factor"));
  EXPECT_THAT((FailuresOf<test::AddsToTheGradient, AddsToTheGradientLoss>()),
              ElementsAre("gradient"));
  EXPECT_THAT((FailuresOf<test::TwoSums, TwoSumsLoss>()), ElementsAre("sums"));
}

struct Negative : Buildable<Schedule, Negative> {
  double Value(const TrainingTime& time) const override {
    return 100.0 - static_cast<double>(time.epoch);
  }
};

struct StatefulScheduleOfCalls : Buildable<Schedule, StatefulScheduleOfCalls> {
  double Value(const TrainingTime&) const override { return 1.0 / ++calls; }
  mutable double calls = 0;
};

struct SharesABuffer : Buildable<Schedule, SharesABuffer> {
  double Value(const TrainingTime& time) const override {
    return 1.0 / (1.0 + buffer.Pass(static_cast<double>(time.epoch)));
  }
  SharedBuffer<double> buffer;
};

TEST(WrongSchedule, WhoseConstMethodsShareABufferIsFound) {
  EXPECT_THAT((FailuresOf<test::SharesABufferSchedule, SharesABuffer>()),
              ElementsAre("concurrent"));
}

TEST(WrongSchedule, IsFound) {
  EXPECT_THAT((FailuresOf<test::NegativeSchedule, Negative>()), ElementsAre("values"));
  EXPECT_THAT((FailuresOf<test::StatefulSchedule, StatefulScheduleOfCalls>()), ElementsAre("pure"));
}

template <class T>
struct MeanOfBatchMeansMetric : Buildable<Metric<T>, MeanOfBatchMeansMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"loss"}}; }
  void Begin() override { sum = batches = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    sum += batch.loss_sum / static_cast<double>(batch.size);
    ++batches;
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("loss", sum / batches);
  }
  double sum = 0;
  double batches = 0;
};

template <class T>
struct FirstNodeMetric : Buildable<Metric<T>, FirstNodeMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"first"}}; }
  void Begin() override { sum = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    const ArrayView<const T>& activations = batch.student_activations[0];
    for (int64_t n = 0; n < activations.shape(0); ++n) sum += activations(n, 0);
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override { record.Add("first", sum); }
  double sum = 0;
};

// A sum over nodes, each times a factor that depends on its number and on its width. Equal factors
// at both ends hide the order from a reversal.
template <class T>
struct SymmetricFactorsMetric : Buildable<Metric<T>, SymmetricFactorsMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"sum"}}; }
  void Begin() override { sum = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    const ArrayView<const T>& activations = batch.student_activations[0];
    const int64_t nodes = activations.shape(1);
    for (int64_t n = 0; n < activations.shape(0); ++n) {
      for (int64_t j = 0; j < nodes; ++j) {
        sum += static_cast<double>(std::min(j, nodes - 1 - j)) * activations(n, j);
      }
    }
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override { record.Add("sum", sum); }
  double sum = 0;
};

// Compares the first nodes of both networks with each other: teacher and student are aligned only if
// they are reordered alike.
template <class T>
struct SameNumbersMetric : Buildable<Metric<T>, SameNumbersMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"products"}}; }
  absl::Status Prepare(const MetricContext<T>& context) override {
    return context.teacher.empty() ? absl::InvalidArgumentError("needs a teacher")
                                   : absl::OkStatus();
  }
  void Begin() override { sum = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    const ArrayView<const T>& teacher = batch.teacher_activations[1];
    const ArrayView<const T>& student = batch.student_activations[1];
    for (int64_t n = 0; n < batch.size; ++n) {
      for (int64_t j = 0; j < teacher.shape(1); ++j) {
        sum += static_cast<double>(teacher(n, j)) * student(n, j);
      }
    }
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override { record.Add("products", sum); }
  double sum = 0;
};

// The mean of all samples of all evaluations, whose sums grow with each batch.
template <class T>
struct ChangesStateInAddMetric : Buildable<Metric<T>, ChangesStateInAddMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"mean"}}; }
  void Begin() override { evaluation_sum = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    evaluation_sum += batch.loss_sum;
    samples += static_cast<double>(batch.size);
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    sum += evaluation_sum;
    record.Add("mean", sum / samples);
  }
  void VisitState(StateVisitor& visitor) override {
    visitor.Visit("sum", sum);
    visitor.Visit("samples", samples);
  }
  double evaluation_sum = 0;
  double sum = 0;
  double samples = 0;
};

// Two metrics use one sum.
template <class T>
struct SharesItsSumMetric : Buildable<Metric<T>, SharesItsSumMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"sum"}}; }
  void Begin() override { Sum() = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    for (int64_t n = 0; n < batch.size; ++n) {
      for (const double output : batch.student_outputs.row(n)) Sum() = Sum() + output * output;
    }
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("sum", Sum().load());
  }
  static std::atomic<double>& Sum() {
    static std::atomic<double> sum = 0;
    return sum;
  }
};

// An array that is computed with too few digits in float.
template <class T>
struct CoarseArrayInFloatMetric : Buildable<Metric<T>, CoarseArrayInFloatMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"outputs", {"output"}}}; }
  absl::Status Prepare(const MetricContext<T>& context) override {
    sums.resize(context.outputs);
    return absl::OkStatus();
  }
  void Begin() override { std::fill(sums.begin(), sums.end(), 0); }
  void Add(const EvaluationBatch<T>& batch) override {
    for (int64_t n = 0; n < batch.size; ++n) {
      for (size_t k = 0; k < sums.size(); ++k) sums[k] += batch.student_outputs(n, k);
    }
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    RecordArray array = {{static_cast<int64_t>(sums.size())}, sums};
    if constexpr (std::is_same_v<T, float>) {
      for (double& sum : std::get<std::vector<double>>(array.elements)) sum *= 1.1;
    }
    record.Add("outputs", array);
  }
  std::vector<double> sums;
};

TEST(WrongMetric, ThatDependsOnTheOrderOfNodesIsFound) {
  EXPECT_THAT((FailuresOf<test::SymmetricFactors, SymmetricFactorsMetric>()),
              ElementsAre("any_node_order"));
  EXPECT_THAT((FailuresOf<test::SameNumbers, SameNumbersMetric>()), ElementsAre("any_node_order"));
}

TEST(WrongMetric, ThatChangesItsStateBeforeFinishIsFound) {
  EXPECT_THAT((FailuresOf<test::ChangesStateInAdd, ChangesStateInAddMetric>()),
              ElementsAre("cancelled"));
}

TEST(WrongMetric, ThatSharesItsSumWithOthersIsFound) {
  EXPECT_THAT((FailuresOf<test::SharesItsSum, SharesItsSumMetric>()), ElementsAre("concurrent"));
}

TEST(WrongMetric, WithAnArrayThatIsWrongInFloatOnlyIsFound) {
  EXPECT_THAT((FailuresOf<test::CoarseArrayInFloat, CoarseArrayInFloatMetric>()),
              ElementsAre("precisions"));
}

template <class T>
struct DividesByZeroMetric : Buildable<Metric<T>, DividesByZeroMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"ratio"}}; }
  void Begin() override { sum = squares = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    for (int64_t n = 0; n < batch.student_activations[0].shape(0); ++n) {
      for (const double activation : batch.student_activations[0].row(n)) {
        sum += activation;
        squares += activation * activation;
      }
    }
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("ratio", sum / std::sqrt(squares));
  }
  double sum = 0;
  double squares = 0;
};

// Reads a row of activations for each sample, not for each position.
template <class T>
struct IgnoresPositionsMetric : Buildable<Metric<T>, IgnoresPositionsMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"sum"}}; }
  void Begin() override { sum = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    for (int64_t n = 0; n < batch.size; ++n) {
      for (const double activation : batch.student_activations[0].row(n)) sum += activation;
    }
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override { record.Add("sum", sum); }
  double sum = 0;
};

// Reports the number of its calls.
template <class T>
struct Forgetful : Buildable<Metric<T>, Forgetful<T>> {
  std::vector<MetricKey> keys() const override { return {{"evaluations"}}; }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("evaluations", ++evaluations);
  }
  double evaluations = 0;
};

template <class T>
struct ClaimsToNeedNoDataMetric : Buildable<Metric<T>, ClaimsToNeedNoDataMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"sum"}}; }
  bool depends_on_data() const override { return false; }
  void Begin() override { sum = 0; }
  void Add(const EvaluationBatch<T>& batch) override { sum += batch.loss_sum; }
  void Finish(const EvaluationSummary<T>&, Record& record) override { record.Add("sum", sum); }
  double sum = 0;
};

// Writes the student's width in every hidden layer, and zeros for all pairs of nodes, and describes
// this correctly. Each incorrect metric changes one thing.
template <class T, class Plugin>
struct Widths : Buildable<Metric<T>, Plugin> {
  std::vector<MetricKey> keys() const override {
    return {{"widths.layer*.student", {}, "nodes"},
            {"widths.layer*.zeros", {"teacher", "student"}}};
  }
  absl::Status Prepare(const MetricContext<T>& context) override {
    teacher.assign(context.teacher_widths.begin(), context.teacher_widths.end());
    student.assign(context.student_widths.begin(), context.student_widths.end());
    return absl::OkStatus();
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    for (size_t l = 0; l < teacher.size(); ++l) {
      const std::string key = absl::StrCat("widths.layer", l);
      record.Add(key + ".student", student[l]);
      record.Add(key + ".zeros", RecordArray{{teacher[l], student[l]},
                                             std::vector<int64_t>(teacher[l] * student[l])});
    }
  }
  std::vector<int64_t> teacher, student;
};

template <class T>
struct RightWidthsMetric : Widths<T, RightWidthsMetric<T>> {};

// Divides by the number of the teacher's outputs without a look at whether there are any.
template <class T>
struct FailsWithoutTeacherMetric : Buildable<Metric<T>, FailsWithoutTeacherMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"batch_share"}}; }
  void Begin() override { share = 0; }
  void Add(const EvaluationBatch<T>& batch) override {
    share += static_cast<double>(batch.size) * batch.student_outputs.shape(1) /
             static_cast<double>(batch.teacher_outputs.size());
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("batch_share", std::isfinite(share) ? 1.0 : share);
  }
  double share = 0;
};

// Divides by the number of biases without a look at whether there are any.
template <class T>
struct FailsWithoutBiasMetric : Buildable<Metric<T>, FailsWithoutBiasMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"nodes_per_bias"}}; }
  absl::Status Prepare(const MetricContext<T>& context) override {
    const LayerView<const T>& layer = context.student[0];
    ratio = static_cast<double>(layer.nodes) / static_cast<double>(layer.bias.size());
    return absl::OkStatus();
  }
  void Finish(const EvaluationSummary<T>&, Record& record) override {
    record.Add("nodes_per_bias", ratio);
  }
  double ratio = 0;
};

template <class T>
struct UndescribedKeyMetric : Widths<T, UndescribedKeyMetric<T>> {
  std::vector<MetricKey> keys() const override { return {{"widths.layer*.student"}}; }
};

template <class T>
struct KeyThatIsNotWrittenMetric : Widths<T, KeyThatIsNotWrittenMetric<T>> {
  std::vector<MetricKey> keys() const override {
    std::vector<MetricKey> keys = Widths<T, KeyThatIsNotWrittenMetric<T>>::keys();
    keys.push_back({"widths.total"});
    return keys;
  }
};

template <class T>
struct NumberAsArrayMetric : Widths<T, NumberAsArrayMetric<T>> {
  std::vector<MetricKey> keys() const override {
    return {{"widths.layer*.student", {"student"}},
            {"widths.layer*.zeros", {"teacher", "student"}}};
  }
};

template <class T>
struct SwappedAxesMetric : Widths<T, SwappedAxesMetric<T>> {
  std::vector<MetricKey> keys() const override {
    return {{"widths.layer*.student"}, {"widths.layer*.zeros", {"student", "teacher"}}};
  }
};

template <class T>
struct UnequalAxesMetric : Widths<T, UnequalAxesMetric<T>> {
  std::vector<MetricKey> keys() const override {
    return {{"widths.layer*.student"}, {"widths.layer*.zeros", {"teacher", "class"}}};
  }
};

template <class T>
struct HeadlineArrayMetric : Widths<T, HeadlineArrayMetric<T>> {
  std::vector<MetricKey> keys() const override {
    return {{"widths.layer*.student"}, {"widths.layer*.zeros", {"teacher", "student"}, "", true}};
  }
};

// Changes its description after it has seen the networks.
template <class T>
struct ChangesItsKeysMetric : Widths<T, ChangesItsKeysMetric<T>> {
  std::vector<MetricKey> keys() const override {
    std::vector<MetricKey> keys = Widths<T, ChangesItsKeysMetric<T>>::keys();
    if (!this->teacher.empty()) keys[0].unit = "students";
    return keys;
  }
};

// Decides only in Prepare that it needs gradients.
template <class T>
struct ChangesItsNeedsMetric : Widths<T, ChangesItsNeedsMetric<T>> {
  bool needs_gradients() const override { return !this->teacher.empty(); }
};

TEST(WrongMetric, ThatNeedsGradientsOnlyAfterPrepareIsFound) {
  EXPECT_THAT((FailuresOf<test::ChangesItsNeeds, ChangesItsNeedsMetric>()),
              ElementsAre("prepares"));
}

TEST(WrongMetric, ThatDescribesSomethingElseIsFound) {
  EXPECT_THAT((FailuresOf<test::RightWidths, RightWidthsMetric>()), ElementsAre());
  EXPECT_THAT((FailuresOf<test::UndescribedKey, UndescribedKeyMetric>()),
              ElementsAre("described", "without_bias"));
  EXPECT_THAT((FailuresOf<test::KeyThatIsNotWritten, KeyThatIsNotWrittenMetric>()),
              ElementsAre("described"));
  EXPECT_THAT((FailuresOf<test::NumberAsArray, NumberAsArrayMetric>()),
              ElementsAre("described", "without_bias"));
  EXPECT_THAT((FailuresOf<test::SwappedAxes, SwappedAxesMetric>()), ElementsAre("described"));
  EXPECT_THAT((FailuresOf<test::UnequalAxes, UnequalAxesMetric>()), ElementsAre("described"));
  EXPECT_THAT((FailuresOf<test::HeadlineArray, HeadlineArrayMetric>()), ElementsAre("described"));
  EXPECT_THAT((FailuresOf<test::ChangesItsKeys, ChangesItsKeysMetric>()), ElementsAre("described"));
}

TEST(WrongMetric, IsFound) {
  EXPECT_THAT((FailuresOf<test::MeanOfBatchMeans, MeanOfBatchMeansMetric>()),
              ElementsAre("any_split"));
  EXPECT_THAT((FailuresOf<test::IgnoresPositions, IgnoresPositionsMetric>()),
              ElementsAre("convolution"));
  EXPECT_THAT((FailuresOf<test::FirstNode, FirstNodeMetric>()), ElementsAre("any_node_order"));
  EXPECT_THAT((FailuresOf<test::DividesByZero, DividesByZeroMetric>()), ElementsAre("dead_nodes"));
  EXPECT_THAT((FailuresOf<test::FailsWithoutTeacherMetric, FailsWithoutTeacherMetric>()),
              ElementsAre("without_teacher"));
  EXPECT_THAT((FailuresOf<test::FailsWithoutBiasMetric, FailsWithoutBiasMetric>()),
              ElementsAre("without_bias"));
  EXPECT_THAT((FailuresOf<test::ForgetfulMetric, Forgetful>()), ElementsAre("state"));
  EXPECT_THAT((FailuresOf<test::ClaimsToNeedNoData, ClaimsToNeedNoDataMetric>()),
              ElementsAre("depends_on_data"));
}

template <class T>
struct DrawsOnTimeInitializer : Buildable<Initializer<T>, DrawsOnTimeInitializer<T>> {
  absl::Status Apply(const InitializerContext<T>&, NetworkView<T> weights) const override {
    static int time = 0;
    weights[0].weight(0, 0) = static_cast<T>(++time);
    return absl::OkStatus();
  }
};

// Treats the weights as one dense array.
template <class T>
struct IgnoresStridesInitializer : Buildable<Initializer<T>, IgnoresStridesInitializer<T>> {
  absl::Status Apply(const InitializerContext<T>&, NetworkView<T> weights) const override {
    for (const LayerView<T>& layer : weights)
      std::fill_n(layer.weight.data(), layer.weight.size(), T(1));
    return absl::OkStatus();
  }
};

template <class T>
struct ChangesTheTeacherInitializer : Buildable<Initializer<T>, ChangesTheTeacherInitializer<T>> {
  absl::Status Apply(const InitializerContext<T>& context, NetworkView<T>) const override {
    if (!context.teacher.empty()) const_cast<T&>(context.teacher[0].weight(0, 0)) = T(2);
    return absl::OkStatus();
  }
};

template <class T>
struct UnreadableDataset final : Dataset<T> {
  std::vector<int64_t> sample_shape() const override { return {2}; }
  int64_t size() const override { return 3; }
  absl::Status Read(int64_t, ArrayView<T>) const override {
    return absl::InternalError("unreadable");
  }
};

template <class T>
struct NamesUnreadableDataInitializer
    : Buildable<Initializer<T>, NamesUnreadableDataInitializer<T>> {
  const ConfiguredPlugin<Dataset<T>>* data() const override { return &dataset; }
  absl::Status Apply(const InitializerContext<T>&, NetworkView<T>) const override {
    return absl::OkStatus();
  }

  ConfiguredPlugin<Dataset<T>> dataset{std::make_unique<UnreadableDataset<T>>(), "test.Unreadable",
                                       FieldPath()};
};

// Its error does not say that the config is at fault.
template <class T>
struct FailsWithoutBiasInitializer : Buildable<Initializer<T>, FailsWithoutBiasInitializer<T>> {
  absl::Status Apply(const InitializerContext<T>&, NetworkView<T> weights) const override {
    return weights[0].bias.empty() ? absl::InternalError("no bias") : absl::OkStatus();
  }
};

template <class T>
struct SharesABufferInitializer : Buildable<Initializer<T>, SharesABufferInitializer<T>> {
  absl::Status Apply(const InitializerContext<T>& context, NetworkView<T> weights) const override {
    for (int64_t i = 0; i < weights[0].weight.shape(0); ++i) {
      const RandomStream random = context.random.Split(static_cast<uint64_t>(i));
      for (int64_t j = 0; j < weights[0].weight.shape(1); ++j) {
        weights[0].weight(i, j) =
            buffer.Pass(static_cast<T>(random.Normal(static_cast<uint64_t>(j))));
      }
    }
    return absl::OkStatus();
  }
  SharedBuffer<T> buffer;
};

TEST(WrongInitializer, WhoseConstMethodsShareABufferIsFound) {
  EXPECT_THAT((FailuresOf<test::SharesABufferInitializer, SharesABufferInitializer>()),
              ElementsAre("concurrent"));
}

TEST(WrongInitializer, IsFound) {
  EXPECT_THAT((FailuresOf<test::DrawsOnTime, DrawsOnTimeInitializer>()), Contains("deterministic"));
  EXPECT_THAT((FailuresOf<test::IgnoresStrides, IgnoresStridesInitializer>()),
              ElementsAre("sound", "without_bias"));
  EXPECT_THAT((FailuresOf<test::FailsWithoutBiasInitializer, FailsWithoutBiasInitializer>()),
              ElementsAre("without_bias"));
  EXPECT_THAT((FailuresOf<test::ChangesTheTeacher, ChangesTheTeacherInitializer>()),
              ElementsAre("sound"));
  EXPECT_THAT((FailuresOf<test::NamesUnreadableData, NamesUnreadableDataInitializer>()),
              ElementsAre("data"));
}

template <class T>
struct HalvesProjection : Buildable<Projection<T>, HalvesProjection<T>> {
  void Apply(const RandomStream&, NetworkView<T> student) const override {
    student[0].weight(0, 0) /= 2;
  }
};

template <class T>
struct NanForZerosProjection : Buildable<Projection<T>, NanForZerosProjection<T>> {
  void Apply(const RandomStream&, NetworkView<T> student) const override {
    for (int64_t i = 0; i < student[0].bias.shape(0); ++i)
      student[0].bias(i) /= std::fabs(student[0].bias(i));
  }
};

template <class T>
struct NanWithoutBiasProjection : Buildable<Projection<T>, NanWithoutBiasProjection<T>> {
  void Apply(const RandomStream&, NetworkView<T> student) const override {
    const T biases = static_cast<T>(student[0].bias.size());
    student[0].weight(0, 0) *= biases / biases;
  }
};

template <class T>
struct SharesABufferProjection : Buildable<Projection<T>, SharesABufferProjection<T>> {
  void Apply(const RandomStream&, NetworkView<T> student) const override {
    for (const LayerView<T>& layer : student) {
      for (int64_t i = 0; i < layer.bias.shape(0); ++i) layer.bias(i) = buffer.Pass(layer.bias(i));
    }
  }
  SharedBuffer<T> buffer;
};

TEST(WrongProjection, WhoseConstMethodsShareABufferIsFound) {
  EXPECT_THAT((FailuresOf<test::SharesABufferProjection, SharesABufferProjection>()),
              ElementsAre("concurrent"));
}

TEST(WrongProjection, IsFound) {
  EXPECT_THAT((FailuresOf<test::NanWithoutBias, NanWithoutBiasProjection>()),
              ElementsAre("without_bias"));
  EXPECT_THAT((FailuresOf<test::Halves, HalvesProjection>()), ElementsAre("idempotent"));
  EXPECT_THAT((FailuresOf<test::NanForZeros, NanForZerosProjection>()), ElementsAre("sound"));
}

template <class T>
struct SubtractsTheMeanAugmentation : Buildable<Augmentation<T>, SubtractsTheMeanAugmentation<T>> {
  void Apply(const RandomStream&, ArrayView<T> inputs) const override {
    for (int64_t j = 0; j < inputs.shape(1); ++j) {
      T mean = 0;
      for (int64_t i = 0; i < inputs.shape(0); ++i)
        mean += inputs(i, j) / static_cast<T>(inputs.shape(0));
      for (int64_t i = 0; i < inputs.shape(0); ++i) inputs(i, j) -= mean;
    }
  }
};

template <class T>
struct AddsTheRowBeforeAugmentation : Buildable<Augmentation<T>, AddsTheRowBeforeAugmentation<T>> {
  void Apply(const RandomStream&, ArrayView<T> inputs) const override {
    for (int64_t i = inputs.shape(0) - 1; i > 0; --i) {
      for (int64_t j = 0; j < inputs.shape(1); ++j) inputs(i, j) += inputs(i - 1, j);
    }
  }
};

template <class T>
struct ClaimsToBeFixedAugmentation : Buildable<Augmentation<T>, ClaimsToBeFixedAugmentation<T>> {
  bool is_random() const override { return false; }
  void Apply(const RandomStream& random, ArrayView<T> inputs) const override {
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      inputs(i, 0) += static_cast<T>(random.Split(static_cast<uint64_t>(i)).Uniform(0));
    }
  }
};

// Subtracts one row from all later ones.
template <class T>
struct SubtractsTheFirstRowAugmentation
    : Buildable<Augmentation<T>, SubtractsTheFirstRowAugmentation<T>> {
  void Apply(const RandomStream&, ArrayView<T> inputs) const override {
    for (int64_t i = 1; i < inputs.shape(0); ++i) {
      for (int64_t j = 0; j < inputs.shape(1); ++j) inputs(i, j) -= inputs(0, j);
    }
  }
};

// Adds the row eight rows before.
template <class T>
struct AddsAnEarlierRowAugmentation : Buildable<Augmentation<T>, AddsAnEarlierRowAugmentation<T>> {
  void Apply(const RandomStream&, ArrayView<T> inputs) const override {
    for (int64_t i = inputs.shape(0) - 1; i >= 8; --i) {
      for (int64_t j = 0; j < inputs.shape(1); ++j) inputs(i, j) += inputs(i - 8, j);
    }
  }
};

// Replaces the first number by that of the batch before.
template <class T>
struct RemembersABatchAugmentation : Buildable<Augmentation<T>, RemembersABatchAugmentation<T>> {
  void Apply(const RandomStream&, ArrayView<T> inputs) const override {
    const T first = inputs(0, 0);
    inputs(0, 0) += remembered - first;
    remembered = first;
  }
  mutable T remembered = 0;
};

template <class T>
struct SharesABufferAugmentation : Buildable<Augmentation<T>, SharesABufferAugmentation<T>> {
  void Apply(const RandomStream&, ArrayView<T> inputs) const override {
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      for (T& input : inputs.row(i)) input = buffer.Pass(input);
    }
  }
  SharedBuffer<T> buffer;
};

TEST(WrongAugmentation, WhoseRowsDependOnEarlierOnesIsFound) {
  EXPECT_THAT((FailuresOf<test::SubtractsTheFirstRow, SubtractsTheFirstRowAugmentation>()),
              ElementsAre("own_rows"));
  EXPECT_THAT((FailuresOf<test::AddsAnEarlierRow, AddsAnEarlierRowAugmentation>()),
              ElementsAre("own_rows"));
  EXPECT_THAT((FailuresOf<test::RemembersABatch, RemembersABatchAugmentation>()),
              Contains("deterministic"));
}

TEST(WrongAugmentation, WhoseConstMethodsShareABufferIsFound) {
  EXPECT_THAT((FailuresOf<test::SharesABufferAugmentation, SharesABufferAugmentation>()),
              ElementsAre("concurrent"));
}

TEST(WrongAugmentation, IsFound) {
  EXPECT_THAT((FailuresOf<test::ClaimsToBeFixed, ClaimsToBeFixedAugmentation>()),
              ElementsAre("fixed"));
  EXPECT_THAT((FailuresOf<test::SubtractsTheMean, SubtractsTheMeanAugmentation>()),
              ElementsAre("own_rows"));
  EXPECT_THAT((FailuresOf<test::AddsTheRowBefore, AddsTheRowBeforeAugmentation>()),
              ElementsAre("own_rows"));
}

// A plugin does not accept the config of another plugin.
TEST(WrongConfig, IsFound) {
  PluginRegistry registry;
  ASSERT_TRUE((registry.Add<test::NegativeSchedule, Negative>().ok()));
  google::protobuf::Any config;
  config.PackFrom(test::StatefulSchedule());
  const std::vector<ConformanceCheck> checks =
      CheckPlugin(registry, *registry.List().front(), {config});
  ASSERT_EQ(checks.size(), 1u);
  EXPECT_EQ(checks[0].name, "config");
  EXPECT_EQ(checks[0].status.message(),
            "must be a didact.test.NegativeSchedule, got a didact.test.StatefulSchedule");
}

}  // namespace
}  // namespace didact
