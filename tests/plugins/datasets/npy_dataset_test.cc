#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/plugins/datasets/datasets.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/datasets/read_all.h"

namespace didact {
namespace {

// Returns the path of a file for this test.
std::string TestFile(const std::string& name) { return JoinPath(testing::TempDir(), name); }

template <class Element>
NpyArray Array(std::vector<int64_t> shape, std::vector<Element> values) {
  return MakeNpyArray<Element>(std::move(shape), values);
}

template <class T>
absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const std::string& text) {
  return BuildPlugin<Dataset<T>>(RegisterNpyDataset, text);
}

template <class T>
class NpyDatasetTest : public testing::Test {
 protected:
  // Writes the arrays `x` and `y` and builds `inputs: "FILE:x" labels: "FILE:y"` with more fields.
  absl::StatusOr<std::unique_ptr<Dataset<T>>> BuildFrom(NpyArray x, NpyArray y,
                                                        const std::string& more = "") {
    const std::vector<NamedArray> arrays = {{"x", std::move(x)}, {"y", std::move(y)}};
    const absl::Status status = WriteNpz(file_, arrays);
    EXPECT_TRUE(status.ok()) << status;
    return Build<T>(absl::StrCat("inputs: '", file_, ":x' labels: '", file_, ":y' ", more));
  }
  absl::StatusOr<std::unique_ptr<Dataset<T>>> BuildFrom(NpyArray x) {
    return BuildFrom(std::move(x), Array<int64_t>({2}, {4, 0}));
  }

  const std::string file_ = TestFile(absl::StrCat(
      testing::UnitTest::GetInstance()->current_test_info()->name(), sizeof(T), ".npz"));
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(NpyDatasetTest, Precisions);

TYPED_TEST(NpyDatasetTest, ReadsElementsOfAnyType) {
  const std::vector<TypeParam> expected = {1, 2, 3, 250, 5, 6};
  for (const NpyArray& x :
       {Array<double>({2, 3}, {1, 2, 3, 250, 5, 6}), Array<float>({2, 3}, {1, 2, 3, 250, 5, 6}),
        Array<int64_t>({2, 3}, {1, 2, 3, 250, 5, 6}), Array<int32_t>({2, 3}, {1, 2, 3, 250, 5, 6}),
        Array<uint8_t>({2, 3}, {1, 2, 3, 250, 5, 6})}) {
    const auto dataset = this->BuildFrom(x);
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    EXPECT_EQ((*dataset)->sample_shape(), (std::vector<int64_t>{3}));
    EXPECT_EQ((*dataset)->size(), 2);
    EXPECT_EQ(ReadAll(**dataset), expected);
    EXPECT_EQ(ReadAll(**dataset, 1), expected);
    ASSERT_TRUE((*dataset)->has_labels());
    int64_t labels[2] = {};
    ASSERT_TRUE((*dataset)->ReadLabels(0, absl::MakeSpan(labels)).ok());
    EXPECT_EQ(labels[0], 4);
    EXPECT_EQ(labels[1], 0);
  }
}

TYPED_TEST(NpyDatasetTest, RoundsToItsPrecision) {
  const auto dataset = this->BuildFrom(Array<double>({2, 1}, {0.1, 1.0 / 3}));
  EXPECT_EQ(ReadAll(**dataset),
            (std::vector<TypeParam>{static_cast<TypeParam>(0.1), static_cast<TypeParam>(1.0 / 3)}));
}

TYPED_TEST(NpyDatasetTest, KeepsTheShapeOfImages) {
  const auto dataset = this->BuildFrom(Array<float>({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ((*dataset)->sample_shape(), (std::vector<int64_t>{1, 2, 2}));
  EXPECT_EQ(ReadAll(**dataset), (std::vector<TypeParam>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TYPED_TEST(NpyDatasetTest, TakesImagesWithoutChannelsAsThoseOfOne) {
  const auto dataset = this->BuildFrom(Array<uint8_t>({2, 2, 1}, {1, 2, 3, 4}));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ((*dataset)->sample_shape(), (std::vector<int64_t>{1, 2, 1}));
  EXPECT_EQ(ReadAll(**dataset), (std::vector<TypeParam>{1, 2, 3, 4}));
}

TYPED_TEST(NpyDatasetTest, ScalesWithMeanAndDeviation) {
  const auto expect = [this](const NpyArray& x, const std::string& more,
                             const std::vector<double>& expected) {
    const auto dataset = this->BuildFrom(x, Array<int64_t>({2}, {4, 0}), more);
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    const std::vector<TypeParam> inputs = ReadAll(**dataset);
    ASSERT_EQ(inputs.size(), expected.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      EXPECT_NEAR(inputs[i], expected[i], 2 * std::numeric_limits<TypeParam>::epsilon()) << more;
    }
  };
  const NpyArray bytes = Array<uint8_t>({2, 2}, {0, 51, 204, 255});
  expect(bytes, "mean: 0.5 stddev: 0.25", {-2, -1.2, 1.2, 2});
  expect(bytes, "mean: 0", {0, 0.2, 0.8, 1});
  expect(bytes, "stddev: 0.5", {0, 0.4, 1.6, 2});
  expect(bytes, "", {0, 51, 204, 255});
  expect(Array<double>({2, 2}, {0, 51, 204, 255}), "mean: 1 stddev: 2", {-0.5, 25, 101.5, 127});
  expect(Array<int64_t>({2, 1}, {-1, 3}), "mean: 1 first: 1", {2});
  EXPECT_EQ(Message(this->BuildFrom(bytes, Array<int64_t>({2}, {4, 0}), "stddev: 0")),
            "stddev: must be > 0, got 0");
  EXPECT_EQ(Message(this->BuildFrom(Array<double>({2, 1}, {1, 1e300}), Array<int64_t>({2}, {4, 0}),
                                    "stddev: 1e-300")),
            absl::StrCat("inputs: ", this->file_, ": array \"x\": sample ",
                         sizeof(TypeParam) == 4 ? 0 : 1, ", component 0: must be finite, got inf"));
}

TYPED_TEST(NpyDatasetTest, SelectsARangeOfSamples) {
  const NpyArray x = Array<float>({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const NpyArray y = Array<uint8_t>({4}, {10, 20, 30, 40});
  const auto check = [&](const std::string& range, std::vector<TypeParam> inputs,
                         std::vector<int64_t> expected) {
    const auto dataset = this->BuildFrom(x, y, range);
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    EXPECT_EQ(ReadAll(**dataset), inputs) << range;
    std::vector<int64_t> labels(expected.size());
    ASSERT_TRUE((*dataset)->ReadLabels(0, absl::MakeSpan(labels)).ok());
    EXPECT_EQ(labels, expected) << range;
    ASSERT_TRUE(
        (*dataset)->ReadLabels((*dataset)->size() - 1, absl::MakeSpan(labels).first(1)).ok());
    EXPECT_EQ(labels[0], expected.back()) << range;
  };
  check("first: 1", {3, 4, 5, 6, 7, 8}, {20, 30, 40});
  check("first: 1 size: 2", {3, 4, 5, 6}, {20, 30});
  check("size: 1", {1, 2}, {10});
  check("first: 3 size: 1", {7, 8}, {40});
}

TYPED_TEST(NpyDatasetTest, RefusesARangeBeyondTheSamples) {
  const NpyArray x = Array<float>({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const NpyArray y = Array<uint8_t>({4}, {10, 20, 30, 40});
  EXPECT_EQ(Message(this->BuildFrom(x, y, "first: 4")),
            absl::StrCat("first: must be < 4, the number of samples, got 4 (", this->file_,
                         ": array \"x\")"));
  EXPECT_EQ(Message(this->BuildFrom(x, y, "first: 1 size: 4")),
            absl::StrCat("size: must be <= 3, the number of samples from sample 1 on, got 4 (",
                         this->file_, ": array \"x\")"));
  EXPECT_EQ(Message(this->BuildFrom(x, y, "first: -1 size: 0")),
            "first: must be >= 0, got -1\nsize: must be >= 1, got 0");
}

TYPED_TEST(NpyDatasetTest, RefusesInputsOfAnotherShape) {
  EXPECT_EQ(Message(this->BuildFrom(Array<float>({2}, {1, 2}))),
            absl::StrCat("inputs: ", this->file_,
                         ": array \"x\": has shape [2], expected [samples, features], [samples, "
                         "rows, columns] or [samples, channels, rows, columns]; x.reshape(len(x), "
                         "-1) makes features of samples of any shape"));
  EXPECT_EQ(Message(this->BuildFrom(Array<float>({0, 3}, {}))),
            absl::StrCat("inputs: ", this->file_,
                         ": array \"x\": has shape [0, 3], expected at least one element"));
  EXPECT_EQ(Message(this->BuildFrom(Array<float>({2, 0}, {}))),
            absl::StrCat("inputs: ", this->file_,
                         ": array \"x\": has shape [2, 0], expected at least one element"));
}

TYPED_TEST(NpyDatasetTest, RefusesInputsThatAreNotFinite) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Message(this->BuildFrom(Array<double>({2, 2}, {1, 2, 3, infinity}))),
            absl::StrCat("inputs: ", this->file_,
                         ": array \"x\": sample 1, component 1: must be finite, got inf"));
  // Sample numbers in messages are those of the file.
  const NpyArray labels = Array<int64_t>({3}, {0, 0, 0});
  EXPECT_EQ(Message(this->BuildFrom(Array<double>({3, 1}, {1, 2, infinity}), labels, "first: 1")),
            absl::StrCat("inputs: ", this->file_,
                         ": array \"x\": sample 2, component 0: must be finite, got inf"));
  EXPECT_EQ(this->BuildFrom(Array<double>({2, 2}, {1, 1e300, 3, 4})).ok(),
            sizeof(TypeParam) == sizeof(double));
}

TYPED_TEST(NpyDatasetTest, RefusesLabelsThatDoNotFit) {
  const NpyArray x = Array<float>({2, 1}, {1, 2});
  EXPECT_EQ(Message(this->BuildFrom(x, Array<int64_t>({3}, {1, 2, 3}))),
            absl::StrCat("labels: ", this->file_,
                         ": array \"y\": has shape [3], expected [2], one label for each input"));
  EXPECT_EQ(
      Message(this->BuildFrom(x, Array<int64_t>({2, 1}, {1, 2}))),
      absl::StrCat("labels: ", this->file_,
                   ": array \"y\": has shape [2, 1], expected [2], one label for each input"));
  EXPECT_EQ(Message(this->BuildFrom(x, Array<int64_t>({2}, {1, -1}), "first: 1")),
            absl::StrCat("labels: ", this->file_,
                         ": array \"y\": sample 1: must be a class >= 0, got -1"));
  const absl::Status fractions = this->BuildFrom(x, Array<double>({2}, {1, 0.5})).status();
  EXPECT_EQ(fractions.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(fractions.message().find(absl::StrCat("labels: ", this->file_, ": array \"y\": ")), 0u)
      << fractions;
}

// Builds a data set of 3 inputs with the targets `t` and more fields.
template <class T>
absl::StatusOr<std::unique_ptr<Dataset<T>>> BuildWithTargets(const std::string& file, NpyArray t,
                                                             const std::string& more = "") {
  const std::vector<NamedArray> arrays = {{"x", Array<double>({3, 1}, {1, 2, 3})},
                                          {"t", std::move(t)}};
  const absl::Status status = WriteNpz(file, arrays);
  EXPECT_TRUE(status.ok()) << status;
  return Build<T>(absl::StrCat("inputs: '", file, ":x' targets: '", file, ":t' ", more));
}

// Returns the targets of `count` samples, read into rows with gaps between them.
template <class T>
std::vector<T> TargetsOf(const Dataset<T>& dataset, int64_t first, int64_t count) {
  const int64_t size = dataset.target_size();
  std::vector<T> rows(count * (size + 2));
  EXPECT_TRUE(
      dataset.ReadTargets(first, ArrayView<T>(rows.data(), {count, size}, {size + 2, 1})).ok());
  std::vector<T> targets;
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t k = 0; k < size; ++k) targets.push_back(rows[i * (size + 2) + k]);
  }
  return targets;
}

TYPED_TEST(NpyDatasetTest, ReadsTargetsOfTheSamplesThatItSelects) {
  using T = TypeParam;
  const NpyArray matrix = Array<double>({3, 2}, {0.1, -2, 3, 4, 5, 6});
  const auto all = BuildWithTargets<T>(this->file_, matrix);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ((*all)->target_size(), 2);
  EXPECT_FALSE((*all)->has_labels());
  EXPECT_EQ(TargetsOf(**all, 0, 3), (std::vector<T>{static_cast<T>(0.1), -2, 3, 4, 5, 6}));
  EXPECT_EQ(TargetsOf(**all, 1, 1), (std::vector<T>{3, 4}));
  const auto some = BuildWithTargets<T>(this->file_, matrix, "first: 1 size: 1");
  EXPECT_EQ(TargetsOf(**some, 0, 1), (std::vector<T>{3, 4}));
  const auto vector = BuildWithTargets<T>(this->file_, Array<int64_t>({3}, {7, 8, 9}), "first: 1");
  ASSERT_TRUE(vector.ok()) << vector.status();
  EXPECT_EQ((*vector)->target_size(), 1);
  EXPECT_EQ(TargetsOf(**vector, 0, 2), (std::vector<T>{8, 9}));
}

TYPED_TEST(NpyDatasetTest, RefusesTargetsThatDoNotFit) {
  using T = TypeParam;
  const auto error = [&](NpyArray t) {
    return Message(BuildWithTargets<T>(this->file_, std::move(t)));
  };
  const std::string place = absl::StrCat("targets: ", this->file_, ": array \"t\": ");
  const std::string expected = ", expected [3, outputs] or [3], one target for each input";
  EXPECT_EQ(error(Array<double>({2, 2}, {1, 2, 3, 4})), place + "has shape [2, 2]" + expected);
  EXPECT_EQ(error(Array<double>({2}, {1, 2})), place + "has shape [2]" + expected);
  EXPECT_EQ(error(Array<double>({3, 0}, {})), place + "has shape [3, 0]" + expected);
  EXPECT_EQ(error(Array<double>({3, 1, 1}, {1, 2, 3})), place + "has shape [3, 1, 1]" + expected);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(error(Array<double>({3, 2}, {1, 2, 3, 4, 5, nan})),
            place + "sample 2, component 1: must be finite, got nan");
}

TEST(NpyDataset, ReadsPlainNpyFilesAndDoesWithoutLabels) {
  const std::string file = TestFile("plain.npy");
  ASSERT_TRUE(WriteNpyFile(file, Array<double>({2, 2}, {1, 2, 3, 4})).ok());
  const auto dataset = Build<double>(absl::StrCat("inputs: '", file, "'"));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_FALSE((*dataset)->has_labels());
  EXPECT_EQ((*dataset)->target_size(), 0);
  EXPECT_EQ(ReadAll(**dataset), (std::vector<double>{1, 2, 3, 4}));
}

TEST(NpyDataset, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(Message(Build<double>("")), "inputs: must be given, such as inputs: \"inputs.npy\"");
  const absl::Status missing = Build<double>("inputs: 'no/such.npz:x'").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Message(missing), "inputs: no/such.npz: cannot be opened: No such file or directory");

  const std::string file = TestFile("wrong.npz");
  const std::vector<NamedArray> arrays = {{"a", Array<double>({1, 1}, {1})},
                                          {"b", Array<double>({1, 1}, {1})}};
  ASSERT_TRUE(WriteNpz(file, arrays).ok());
  const absl::Status absent = Build<double>(absl::StrCat("inputs: '", file, ":x'")).status();
  EXPECT_EQ(absent.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(absent.message().find(absl::StrCat("inputs: ", file, ": ")), 0u) << absent;
  EXPECT_NE(absent.message().find("a, b"), std::string::npos) << absent;
  const absl::Status unnamed = Build<double>(absl::StrCat("inputs: '", file, "'")).status();
  EXPECT_EQ(unnamed.message().find(absl::StrCat("inputs: ", file, ": no array is named")), 0u)
      << unnamed;

  ASSERT_TRUE(WriteFileAtomically(file, "PK not an archive").ok());
  const absl::Status damaged = Build<double>(absl::StrCat("inputs: '", file, ":x'")).status();
  EXPECT_EQ(damaged.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(damaged.message().find(absl::StrCat("inputs: ", file, ": ")), 0u) << damaged;
}

}  // namespace
}  // namespace didact
