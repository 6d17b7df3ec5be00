#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/plugins/datasets/datasets.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/io/zip_builder.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/datasets/read_all.h"

namespace didact {
namespace {

constexpr int64_t kPlane = 32 * 32;
constexpr int kGzip = 31;  // zlib's window bits for a gzip header and trailer

// The pixel of an image that is made from `seed`: planes and places differ.
uint8_t Pixel(int seed, int64_t channel, int64_t place) {
  return static_cast<uint8_t>(seed + 85 * channel + 3 * place);
}

// Returns records of these classes; the image of the i-th one is made from the seed first_seed + i.
std::string Records(const std::vector<uint8_t>& classes, int first_seed) {
  std::string bytes;
  for (size_t i = 0; i < classes.size(); ++i) {
    bytes.push_back(static_cast<char>(classes[i]));
    for (int64_t channel = 0; channel < 3; ++channel) {
      for (int64_t place = 0; place < kPlane; ++place) {
        const int seed = first_seed + static_cast<int>(i);
        bytes.push_back(static_cast<char>(Pixel(seed, channel, place)));
      }
    }
  }
  return bytes;
}

template <class T>
std::vector<int64_t> ReadLabels(const Dataset<T>& dataset) {
  std::vector<int64_t> labels(dataset.size(), -1);
  EXPECT_TRUE(dataset.ReadLabels(0, absl::MakeSpan(labels)).ok());
  return labels;
}

template <class T>
class Cifar10DatasetTest : public testing::Test {
 protected:
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const std::string& text) {
    return BuildPlugin<Dataset<T>>(RegisterCifar10Dataset, text);
  }

  // Expects the images made from `seeds`, in this order.
  static void ExpectImages(const Dataset<T>& dataset, const std::vector<int>& seeds,
                           const std::vector<double>& mean = {0, 0, 0},
                           const std::vector<double>& stddev = {1, 1, 1}) {
    ASSERT_EQ(dataset.sample_shape(), (std::vector<int64_t>{3, 32, 32}));
    ASSERT_EQ(dataset.size(), static_cast<int64_t>(seeds.size()));
    const std::vector<T> inputs = ReadAll(dataset);
    for (size_t i = 0; i < seeds.size(); ++i) {
      for (int64_t channel = 0; channel < 3; ++channel) {
        for (int64_t place = 0; place < kPlane; ++place) {
          const double unit = Pixel(seeds[i], channel, place) / 255.0;
          const double expected = (unit - mean[channel]) / stddev[channel];
          ASSERT_NEAR(inputs[(3 * i + channel) * kPlane + place], expected,
                      8 * std::numeric_limits<T>::epsilon())
              << "image " << i << ", channel " << channel << ", place " << place;
        }
      }
    }
  }

  const std::string first_ = ScratchFile("first.bin", Records({3, 9, 0}, 1));
  const std::string second_ =
      ScratchFile("second.bin.gz", Deflated(Records({5, 3, 5, 1}, 4), kGzip));
  const std::string both_ = absl::StrCat("file: ['", first_, "', '", second_, "'] ");
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(Cifar10DatasetTest, Precisions);

TYPED_TEST(Cifar10DatasetTest, ReadsSeveralFilesInTheirOrder) {
  const auto dataset = this->Build(this->both_);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  this->ExpectImages(**dataset, {1, 2, 3, 4, 5, 6, 7});
  ASSERT_TRUE((*dataset)->has_labels());
  EXPECT_EQ(ReadLabels(**dataset), (std::vector<int64_t>{3, 9, 0, 5, 3, 5, 1}));
  EXPECT_EQ(ReadAll(**dataset, 2), ReadAll(**dataset));
  std::vector<int64_t> labels(2);
  ASSERT_TRUE((*dataset)->ReadLabels(3, absl::MakeSpan(labels)).ok());
  EXPECT_EQ(labels, (std::vector<int64_t>{5, 3}));
}

TYPED_TEST(Cifar10DatasetTest, NormalizesEachChannel) {
  const auto each =
      this->Build(this->both_ + "mean: [0.5, 0.4, 0.3] stddev: [0.25, 0.5, 2] size: 2");
  ASSERT_TRUE(each.ok()) << each.status();
  this->ExpectImages(**each, {1, 2}, {0.5, 0.4, 0.3}, {0.25, 0.5, 2});
  const auto same = this->Build(this->both_ + "mean: 0.5 stddev: 0.25 size: 2");
  ASSERT_TRUE(same.ok()) << same.status();
  this->ExpectImages(**same, {1, 2}, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25});
}

TYPED_TEST(Cifar10DatasetTest, SelectsARangeOfSamplesOfAllFiles) {
  const auto dataset = this->Build(this->both_ + "first: 2 size: 3");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  this->ExpectImages(**dataset, {3, 4, 5});
  EXPECT_EQ(ReadLabels(**dataset), (std::vector<int64_t>{0, 5, 3}));
}

TYPED_TEST(Cifar10DatasetTest, SelectsClassesAndNumbersThemInTheirOrder) {
  const auto dataset = this->Build(this->both_ + "only_class: [DOG, CAT]");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  this->ExpectImages(**dataset, {1, 4, 5, 6});
  EXPECT_EQ(ReadLabels(**dataset), (std::vector<int64_t>{1, 0, 1, 0}));
  const auto range = this->Build(this->both_ + "only_class: [DOG, CAT] first: 1 size: 2");
  ASSERT_TRUE(range.ok()) << range.status();
  this->ExpectImages(**range, {4, 5});
  EXPECT_EQ(ReadLabels(**range), (std::vector<int64_t>{0, 1}));
}

// The names are those of the file batches.meta.txt that is distributed with the images.
TYPED_TEST(Cifar10DatasetTest, KnowsTheClassesByName) {
  const std::string all = ScratchFile("all.bin", Records({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 1));
  const std::vector<std::string> names = {"AIRPLANE", "AUTOMOBILE", "BIRD",  "CAT",  "DEER",
                                          "DOG",      "FROG",       "HORSE", "SHIP", "TRUCK"};
  for (int c = 0; c < 10; ++c) {
    const auto dataset = this->Build(absl::StrCat("file: '", all, "' only_class: ", names[c]));
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    this->ExpectImages(**dataset, {c + 1});
  }
}

TYPED_TEST(Cifar10DatasetTest, RefusesClassesWithoutSamplesAndRepeatedOnes) {
  EXPECT_EQ(Message(this->Build(this->both_ + "only_class: [SHIP, BIRD]")),
            absl::StrCat("only_class: must name a class of which there are samples (", this->first_,
                         ", ", this->second_, ")"));
  EXPECT_EQ(Message(this->Build(this->both_ + "only_class: [CAT, DOG, CAT]")),
            "only_class[2]: CAT must be given once, has the place 0 already");
}

TYPED_TEST(Cifar10DatasetTest, RefusesARangeBeyondTheSamples) {
  const std::string files = absl::StrCat(this->first_, ", ", this->second_);
  EXPECT_EQ(Message(this->Build(this->both_ + "first: 7")),
            absl::StrCat("first: must be < 7, the number of samples, got 7 (", files, ")"));
  EXPECT_EQ(Message(this->Build(this->both_ + "only_class: CAT first: 1 size: 2")),
            absl::StrCat("size: must be <= 1, the number of samples from sample 1 on, got 2 (",
                         files, ")"));
}

TYPED_TEST(Cifar10DatasetTest, RefusesNumbersThatFitNoChannels) {
  EXPECT_EQ(Message(this->Build(this->both_ + "mean: [0.5, 0.5]")),
            "mean: must have one number for all channels or one for each, 3, got 2");
  EXPECT_EQ(Message(this->Build(this->both_ + "stddev: [1, 1, 1, 1]")),
            "stddev: must have one number for all channels or one for each, 3, got 4");
  EXPECT_EQ(Message(this->Build(this->both_ + "stddev: [1, 0, 1]")),
            "stddev[1]: must be > 0, got 0");
}

TYPED_TEST(Cifar10DatasetTest, NamesTheFileThatIsInvalid) {
  EXPECT_EQ(Message(this->Build("")),
            "file: must be given at least once, such as file: [\"cifar10.bin\"]");
  const absl::Status missing =
      this->Build(absl::StrCat("file: ['", this->first_, "', 'no/such.bin']")).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(missing.message(), "file[1]: no/such.bin: cannot be opened: No such file or directory");
  const std::string truncated = ScratchFile("truncated.bin", Records({1, 2}, 1).substr(0, 6000));
  EXPECT_EQ(Message(this->Build(absl::StrCat("file: '", truncated, "'"))),
            absl::StrCat("file[0]: ", truncated,
                         ": byte 6000: the file ends 2927 bytes behind the beginning of record 1, "
                         "expected records of 3073 bytes (the binary version of CIFAR-10)"));
  EXPECT_EQ(Message(this->Build(absl::StrCat("file: ['a.bin', '", this->first_, "', 'b.bin']"))),
            "file[0]: a.bin: cannot be opened: No such file or directory\n"
            "file[2]: b.bin: cannot be opened: No such file or directory");
  const std::string unknown = ScratchFile("unknown.bin", Records({1, 10}, 1));
  EXPECT_EQ(Message(this->Build(absl::StrCat("file: '", unknown, "'"))),
            absl::StrCat("file[0]: ", unknown,
                         ": byte 3073: the class of record 1 must be < 10, got 10"));
}

}  // namespace
}  // namespace didact
