// Repeats every recorded multi-layer run of the reference with the tool, and compares all recorded
// statistics that Didact can compute.

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/cli/run_tool.h"
#include "tests/parity/array.h"
#include "tests/parity/multi_layer_config.h"
#include "tests/parity/multi_layer_statistics.h"
#include "tests/parity/recorded_case.h"
#include "tests/parity/repetition.h"
#include "xtensor/xview.hpp"

namespace didact {
namespace {

class MultiLayerTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto recorded = RecordedCase::Load(RecordedCasePath(GetParam()));
    ASSERT_THAT(recorded.status(), IsOk());
    recorded_ = *std::move(recorded);
  }

  RecordedCase recorded_;
};

TEST_P(MultiLayerTest, RepeatsWhatTheReferenceRecorded) {
  const auto config = WriteMultiLayerConfig(recorded_, NewFolder());
  ASSERT_THAT(config.status(), IsOk());
  const auto repetition = Repeat(recorded_, *config);
  ASSERT_THAT(repetition.status(), IsOk());

  for (const MultiLayerStatistic& statistic : MultiLayerStatistics(recorded_.layers())) {
    if (!recorded_.Has(statistic.recorded)) continue;
    SCOPED_TRACE(statistic.recorded);
    const auto values = ValuesOf(statistic, *repetition, recorded_);
    EXPECT_THAT(values.status(), IsOk());
    if (!values.ok()) continue;
    Array entries = recorded_[statistic.recorded];
    if (statistic.moment == MultiLayerStatistic::Moment::kFirstStep) {
      entries = Array(xt::view(entries, xt::newaxis()));
    }
    ASSERT_EQ(entries.shape(0), values->size());
    const double tolerance = std::max(recorded_.tolerance(), statistic.rounding);
    double worst = 0;
    for (size_t i = 0; i < values->size(); ++i) {
      const double error = RelativeError((*values)[i], xt::view(entries, i));
      EXPECT_LE(error, tolerance) << "in entry " << i;
      worst = std::max(worst, error);
    }
    std::cout << absl::StreamFormat("%s %-28s worst relative error %.1e\n", GetParam(),
                                    statistic.recorded, worst);
  }
}

TEST_P(MultiLayerTest, ComparesAllThatIsRecordedOrSaysWhyNot) {
  const std::vector<MultiLayerStatistic> statistics = MultiLayerStatistics(recorded_.layers());
  for (const auto& [name, array] : recorded_.arrays()) {
    const bool compared =
        std::any_of(statistics.begin(), statistics.end(),
                    [&name = name](const MultiLayerStatistic& s) { return s.recorded == name; });
    EXPECT_NE(compared, !WhyNotCompared(name).empty())
        << name << (compared ? " is compared" : " is compared with nothing");
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, MultiLayerTest, testing::ValuesIn(MultiLayerCases()),
                         [](const auto& info) { return info.param; });

TEST(MultiLayerCasesTest, AreThere) { EXPECT_FALSE(MultiLayerCases().empty()); }

}  // namespace
}  // namespace didact
