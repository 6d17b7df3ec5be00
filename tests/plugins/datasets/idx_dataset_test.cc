#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/plugins/datasets/datasets.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/datasets/read_all.h"

namespace didact {
namespace {

template <class T>
absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const std::string& text) {
  return BuildPlugin<Dataset<T>>(RegisterIdxDataset, text);
}

// Writes an IDX file of bytes and returns its name.
std::string WriteIdx(const std::string& name, const std::vector<uint8_t>& shape,
                     const std::string& bytes) {
  std::string contents{0, 0, 8, static_cast<char>(shape.size())};
  for (const uint8_t extent : shape)
    absl::StrAppend(&contents, std::string(3, '\0'), std::string(1, extent));
  const std::string file = JoinPath(testing::TempDir(), name);
  const absl::Status status = WriteFileAtomically(file, absl::StrCat(contents, bytes));
  EXPECT_TRUE(status.ok()) << status;
  return file;
}

std::string Bytes(const std::vector<uint8_t>& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

template <class T>
class IdxDatasetTest : public testing::Test {
 protected:
  // The data are three images of 1 x 2 pixels and their labels.
  const std::string images_ = WriteIdx("images", {3, 1, 2}, Bytes({0, 51, 102, 153, 204, 255}));
  const std::string labels_ = WriteIdx("labels", {3}, Bytes({7, 0, 255}));
  const std::string both_ = absl::StrCat("images: '", images_, "' labels: '", labels_, "' ");

  void ExpectInputs(const Dataset<T>& dataset, const std::vector<double>& expected) {
    const std::vector<T> inputs = ReadAll(dataset);
    ASSERT_EQ(inputs.size(), expected.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      EXPECT_NEAR(inputs[i], expected[i], 2 * std::numeric_limits<T>::epsilon()) << i;
    }
  }
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(IdxDatasetTest, Precisions);

TYPED_TEST(IdxDatasetTest, ScalesBytesToTheUnitInterval) {
  const auto dataset = Build<TypeParam>(this->both_);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ((*dataset)->sample_shape(), (std::vector<int64_t>{1, 1, 2}));
  EXPECT_EQ((*dataset)->size(), 3);
  this->ExpectInputs(**dataset, {0, 0.2, 0.4, 0.6, 0.8, 1});
  EXPECT_EQ(ReadAll(**dataset, 2), ReadAll(**dataset));
  ASSERT_TRUE((*dataset)->has_labels());
  std::vector<int64_t> labels(3);
  ASSERT_TRUE((*dataset)->ReadLabels(0, absl::MakeSpan(labels)).ok());
  EXPECT_EQ(labels, (std::vector<int64_t>{7, 0, 255}));
}

TYPED_TEST(IdxDatasetTest, SubtractsTheMeanAndDividesByTheDeviation) {
  const auto dataset = Build<TypeParam>(this->both_ + "mean: 0.5 stddev: 0.25");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  this->ExpectInputs(**dataset, {-2, -1.2, -0.4, 0.4, 1.2, 2});
}

TYPED_TEST(IdxDatasetTest, SelectsARangeOfSamples) {
  const auto dataset = Build<TypeParam>(this->both_ + "first: 1 size: 1");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ((*dataset)->size(), 1);
  this->ExpectInputs(**dataset, {0.4, 0.6});
  std::vector<int64_t> labels(1, -1);
  ASSERT_TRUE((*dataset)->ReadLabels(0, absl::MakeSpan(labels)).ok());
  EXPECT_EQ(labels[0], 0);
}

TYPED_TEST(IdxDatasetTest, RefusesARangeBeyondTheSamples) {
  EXPECT_EQ(Message(Build<TypeParam>(this->both_ + "first: 3")),
            absl::StrCat("first: must be < 3, the number of samples, got 3 (", this->images_, ")"));
  EXPECT_EQ(Message(Build<TypeParam>(this->both_ + "first: 2 size: 2")),
            absl::StrCat("size: must be <= 1, the number of samples from sample 2 on, got 2 (",
                         this->images_, ")"));
}

TYPED_TEST(IdxDatasetTest, RefusesImagesOfAnotherShape) {
  EXPECT_EQ(
      Message(Build<TypeParam>(absl::StrCat("images: '", this->labels_, "'"))),
      absl::StrCat("images: ", this->labels_,
                   ": has shape [3], expected [samples, rows, columns], at least one of each"));
  const std::string empty = WriteIdx("empty", {3, 0, 2}, "");
  EXPECT_EQ(Message(Build<TypeParam>(absl::StrCat("images: '", empty, "'"))),
            absl::StrCat(
                "images: ", empty,
                ": has shape [3, 0, 2], expected [samples, rows, columns], at least one of each"));
}

TYPED_TEST(IdxDatasetTest, RefusesAnotherNumberOfLabels) {
  const std::string two = WriteIdx("two", {2}, Bytes({1, 2}));
  EXPECT_EQ(
      Message(Build<TypeParam>(absl::StrCat("images: '", this->images_, "' labels: '", two, "'"))),
      absl::StrCat("labels: ", two, ": has shape [2], expected [3], one label for each image of ",
                   this->images_));
  EXPECT_EQ(Message(Build<TypeParam>(
                absl::StrCat("images: '", this->images_, "' labels: '", this->images_, "'"))),
            absl::StrCat("labels: ", this->images_,
                         ": has shape [3, 1, 2], expected [3], one label for each image of ",
                         this->images_));
}

// Writes an IDX file of any element type, whose elements are given in hexadecimal.
std::string WriteElements(const std::string& name, char type, const std::vector<uint8_t>& shape,
                          const std::string& elements) {
  const std::string file = WriteIdx(name, shape, BytesFromHexadecimal(elements));
  std::string contents = *ReadFile(file);
  contents[2] = type;
  EXPECT_TRUE(WriteFileAtomically(file, contents).ok());
  return file;
}

TYPED_TEST(IdxDatasetTest, ReadsImagesAndLabelsOfOtherElements) {
  // The images are 1.5, -2, 0 and 1, and the labels are 258 and 7.
  const std::string images =
      WriteElements("floats", 0x0d, {2, 1, 2}, "3fc00000c0000000000000003f800000");
  const std::string labels = WriteElements("integers", 0x0c, {2}, "0000010200000007");
  const std::string both = absl::StrCat("images: '", images, "' labels: '", labels, "' ");
  const auto dataset = Build<TypeParam>(both);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ((*dataset)->sample_shape(), (std::vector<int64_t>{1, 1, 2}));
  EXPECT_EQ((*dataset)->size(), 2);
  EXPECT_EQ(ReadAll(**dataset), (std::vector<TypeParam>{1.5, -2, 0, 1}));
  std::vector<int64_t> classes(2);
  ASSERT_TRUE((*dataset)->ReadLabels(0, absl::MakeSpan(classes)).ok());
  EXPECT_EQ(classes, (std::vector<int64_t>{258, 7}));
  const auto scaled = Build<TypeParam>(both + "first: 1 mean: 0.5 stddev: 0.25");
  ASSERT_TRUE(scaled.ok()) << scaled.status();
  EXPECT_EQ(ReadAll(**scaled), (std::vector<TypeParam>{-2, 2}));
  const std::string shorts = WriteElements("shorts", 0x0b, {1, 1, 2}, "0102fffe");
  EXPECT_EQ(ReadAll(**Build<TypeParam>(absl::StrCat("images: '", shorts, "'"))),
            (std::vector<TypeParam>{258, -2}));
}

TYPED_TEST(IdxDatasetTest, RefusesElementsThatAreNoInputsOrLabels) {
  const std::string infinite = WriteElements("infinite", 0x0d, {1, 1, 2}, "000000007f800000");
  EXPECT_EQ(Message(Build<TypeParam>(absl::StrCat("images: '", infinite, "'"))),
            absl::StrCat("images: ", infinite, ": sample 0, pixel 1: must be finite, got inf"));
  const std::string negative = WriteElements("negative", 0x09, {3}, "0001ff");
  EXPECT_EQ(Message(Build<TypeParam>(
                absl::StrCat("images: '", this->images_, "' labels: '", negative, "'"))),
            absl::StrCat("labels: ", negative, ": sample 2: must be a class >= 0, got -1"));
  const std::string floats = WriteElements("floats", 0x0d, {3}, "000000000000000000000000");
  EXPECT_EQ(Message(Build<TypeParam>(
                absl::StrCat("images: '", this->images_, "' labels: '", floats, "'"))),
            absl::StrCat("labels: ", floats,
                         ": has element type float32, expected integers, which "
                         "x.astype('int64') makes of whole numbers"));
}

TEST(IdxDataset, DoesWithoutLabels) {
  const std::string images = WriteIdx("unlabelled", {1, 1, 1}, Bytes({255}));
  const auto dataset = Build<double>(absl::StrCat("images: '", images, "'"));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_FALSE((*dataset)->has_labels());
}

TEST(IdxDataset, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(Message(Build<double>("")), "images: must be given, such as images: \"images.idx\"");
  const absl::Status missing = Build<double>("images: 'no/such.gz'").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Message(missing), "images: no/such.gz: cannot be opened: No such file or directory");
  const std::string truncated = WriteIdx("truncated", {3, 1, 2}, Bytes({0, 51, 102}));
  const absl::Status damaged = Build<double>(absl::StrCat("images: '", truncated, "'")).status();
  EXPECT_EQ(damaged.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(damaged.message().find(absl::StrCat("images: ", truncated, ": byte ")), 0u) << damaged;
}

// The files are those of Debian's package dataset-fashion-mnist. The moments are the usual ones for
// normalization.
TEST(IdxDataset, ReadsFashionMnist) {
  const std::string folder = "/usr/share/datasets/fashion-mnist/";
  const auto dataset =
      Build<float>(absl::StrCat("images: '", folder, "train-images-idx3-ubyte.gz' labels: '",
                                folder, "train-labels-idx1-ubyte.gz'"));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ((*dataset)->size(), 60000);
  EXPECT_EQ((*dataset)->sample_shape(), (std::vector<int64_t>{1, 28, 28}));
  std::vector<int64_t> labels(60000);
  ASSERT_TRUE((*dataset)->ReadLabels(0, absl::MakeSpan(labels)).ok());
  EXPECT_EQ(labels[0], 9);
  std::vector<int64_t> samples_of_class(10);
  for (const int64_t label : labels) ++samples_of_class.at(label);
  EXPECT_EQ(samples_of_class, std::vector<int64_t>(10, 6000));

  double sum = 0, squares = 0;
  std::vector<float> block(1000 * 784);
  for (int64_t first = 0; first < 60000; first += 1000) {
    ASSERT_TRUE((*dataset)->Read(first, ArrayView<float>(block.data(), {1000, 784})).ok());
    for (const double x : block) {
      sum += x;
      squares += x * x;
    }
  }
  const double mean = sum / (60000 * 784);
  EXPECT_NEAR(mean, 0.2860, 5e-5);
  EXPECT_NEAR(std::sqrt(squares / (60000 * 784) - mean * mean), 0.3530, 5e-5);
}

}  // namespace
}  // namespace didact
