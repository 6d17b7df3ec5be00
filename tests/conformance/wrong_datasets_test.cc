// Verifies that the suite finds data sets that break a promise.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/wrong_plugin.h"
#include "tests/conformance/wrong_plugins.pb.h"

namespace didact {
namespace {

using testing::Contains;
using testing::ElementsAre;

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

}  // namespace
}  // namespace didact
