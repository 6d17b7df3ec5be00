// Verifies that the suite finds optimizers that break a promise.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/state.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/wrong_plugin.h"
#include "tests/conformance/wrong_plugins.pb.h"

namespace didact {
namespace {

using testing::Contains;
using testing::ElementsAre;

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

}  // namespace
}  // namespace didact
