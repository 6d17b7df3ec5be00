// Verifies that the suite finds projections that break a promise.

#include <cmath>
#include <cstdint>

#include "didact/framework/base/random.h"
#include "didact/framework/plugin/projection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/wrong_plugin.h"
#include "tests/conformance/wrong_plugins.pb.h"

namespace didact {
namespace {

using testing::ElementsAre;

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

}  // namespace
}  // namespace didact
