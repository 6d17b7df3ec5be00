// Verifies that the suite finds initializers that break a promise.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/initializer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/wrong_plugin.h"
#include "tests/conformance/wrong_plugins.pb.h"

namespace didact {
namespace {

using testing::Contains;
using testing::ElementsAre;

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

}  // namespace
}  // namespace didact
