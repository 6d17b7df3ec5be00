#include "didact/framework/export/trial_arrays.h"

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npz.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

NpyArray Integers(std::vector<int64_t> shape, std::vector<int64_t> values) {
  return MakeNpyArray<int64_t>(std::move(shape), values);
}

std::vector<int64_t> PaddedIntegers(const NpyArray& array, const std::vector<int64_t>& extents) {
  NpyArray padded;
  padded.element = NpyElement::kInt64;
  padded.bytes = Padded(array, extents);
  return *padded.ReadAs<int64_t>();
}

TEST(Padded, PutsTheArrayIntoTheFirstCorner) {
  EXPECT_THAT(PaddedIntegers(Integers({2}, {1, 2}), {2}), ElementsAre(1, 2));
  EXPECT_THAT(PaddedIntegers(Integers({2}, {1, 2}), {3}), ElementsAre(1, 2, -1));
  EXPECT_THAT(PaddedIntegers(Integers({2, 1}, {1, 2}), {2, 2}), ElementsAre(1, -1, 2, -1));
  EXPECT_THAT(PaddedIntegers(Integers({1, 2}, {1, 2}), {2, 2}), ElementsAre(1, 2, -1, -1));
  EXPECT_THAT(PaddedIntegers(Integers({2, 1, 2}, {1, 2, 3, 4}), {2, 2, 3}),
              ElementsAre(1, 2, -1, -1, -1, -1, 3, 4, -1, -1, -1, -1));
  EXPECT_THAT(PaddedIntegers(Integers({0}, {}), {2}), ElementsAre(-1, -1));
  EXPECT_THAT(PaddedIntegers(Integers({}, {5}), {}), ElementsAre(5));
}

class TrialArraysTest : public testing::Test {
 protected:
  TrialArraysTest() {
    experiment_.path = ScratchPath(testing::UnitTest::GetInstance()->current_test_info()->name());
    experiment_.first_seed = 1;
    experiment_.trials = 3;
  }

  void Write(int64_t trial, const std::string& epoch, const std::vector<NamedArray>& arrays) {
    const std::string folder = experiment_.Trial(trial).ArraysPath();
    ASSERT_THAT(CreateDirectories(folder), IsOk());
    ASSERT_THAT(WriteNpz(absl::StrCat(folder, "/epoch_", epoch, ".npz"), arrays), IsOk());
  }

  // Returns the data read from a trial: the integers of each array, epoch by epoch.
  std::vector<std::vector<int64_t>> Read(int64_t trial, bool is_whole = true) {
    std::vector<std::vector<int64_t>> read(arrays_.arrays().size());
    EXPECT_THAT(arrays_.Read(experiment_, trial, is_whole,
                             [&read](size_t array, absl::string_view elements) {
                               std::vector<int64_t> values(elements.size() / 8);
                               std::memcpy(values.data(), elements.data(), elements.size());
                               read[array].insert(read[array].end(), values.begin(), values.end());
                               return absl::OkStatus();
                             }),
                IsOk());
    return read;
  }

  ResultExperiment experiment_;
  MetricFilter filter_{{}};
  TrialArrays arrays_;
};

TEST_F(TrialArraysTest, FillWhatATrialLacks) {
  Write(0, "-001", {{"a", Integers({2}, {1, 2})}});
  Write(0, "0010", {{"a", Integers({2}, {3, 4})}, {"b", Integers({}, {5})}});
  Write(1, "-001", {{"a", Integers({3}, {6, 7, 8})}});
  for (int64_t trial = 0; trial < 3; ++trial) {
    ASSERT_THAT(arrays_.Look(experiment_, trial, filter_), IsOk());
  }
  EXPECT_THAT(arrays_.epochs(), ElementsAre(-1, 10));
  EXPECT_THAT(Read(0), ElementsAre(ElementsAre(1, 2, -1, 3, 4, -1), ElementsAre(-1, 5)));
  EXPECT_THAT(Read(1), ElementsAre(ElementsAre(6, 7, 8, -1, -1, -1), ElementsAre(-1, -1)));
  EXPECT_THAT(Read(2), ElementsAre(ElementsAre(-1, -1, -1, -1, -1, -1), ElementsAre(-1, -1)));
}

TEST_F(TrialArraysTest, OtherFilesAreNotArrays) {
  Write(0, "0001", {{"a", Integers({1}, {1})}});
  Write(0, "0001.npz.tmp-12-3", {{"a", Integers({1}, {1})}});
  Write(0, "1", {{"b", Integers({1}, {1})}});
  ASSERT_THAT(arrays_.Look(experiment_, 0, filter_), IsOk());
  EXPECT_THAT(arrays_.epochs(), ElementsAre(1));
  EXPECT_EQ(arrays_.arrays().size(), 1);
}

TEST_F(TrialArraysTest, RefusesWhatCannotBeStacked) {
  const auto refused = [this](int64_t trial, const std::string& problem) {
    EXPECT_THAT(arrays_.Look(experiment_, trial, filter_),
                FailsWith(absl::StatusCode::kInvalidArgument,
                          HasSubstr("epoch_0000.npz: array \"a\": " + problem)));
  };
  Write(0, "0000", {{"a", Integers({2}, {1, 2})}});
  ASSERT_THAT(arrays_.Look(experiment_, 0, filter_), IsOk());
  Write(1, "0000", {{"a", Integers({2, 1}, {1, 2})}});
  refused(1, "is int64 of 2 dimensions, but int64 of 1 in trials before");
  EXPECT_THAT(Read(1, /*is_whole=*/false), ElementsAre(ElementsAre(-1, -1)));
  Write(1, "0000", {{"a", MakeNpyArray<double>({2}, std::vector<double>{1, 2})}});
  refused(1, "is float64 of 1 dimensions, but int64 of 1 in trials before");
  Write(1, "0000", {{"a", MakeNpyArray<float>({2}, std::vector<float>{1, 2})}});
  refused(1, "has element type float32, expected float64 or int64");
}

TEST_F(TrialArraysTest, RefusesShapesThatTogetherAreHuge) {
  const std::vector<int64_t> values(1 << 14);
  Write(0, "0000", {{"a", Integers({1 << 14, 1}, values)}});
  Write(1, "0000", {{"a", Integers({1, 1 << 14}, values)}});
  ASSERT_THAT(arrays_.Look(experiment_, 0, filter_), IsOk());
  EXPECT_THAT(arrays_.Look(experiment_, 1, filter_),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        HasSubstr("its shape [1, 16384] goes too far beyond")));
  EXPECT_THAT(arrays_.arrays()[0].extents, ElementsAre(1 << 14, 1));
}

}  // namespace
}  // namespace didact
