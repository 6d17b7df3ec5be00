// Verifies that the suite finds augmentations that break a promise.

#include <cstdint>

#include "didact/framework/base/random.h"
#include "didact/framework/plugin/augmentation.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/wrong_plugin.h"
#include "tests/conformance/wrong_plugins.pb.h"

namespace didact {
namespace {

using testing::Contains;
using testing::ElementsAre;

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

}  // namespace
}  // namespace didact
