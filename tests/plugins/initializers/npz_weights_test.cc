#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/plugins/initializers/initializers.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/initializers/apply_initializer.h"
#include "tests/plugins/test_network.h"

namespace didact {
namespace {

template <class E>
NamedArray Array(const std::string& name, std::vector<int64_t> shape,
                 const std::vector<E>& elements) {
  return {name, MakeNpyArray<E>(std::move(shape), elements)};
}

// Returns the weights of a network in the form in which a run writes them.
template <class E>
std::vector<NamedArray> ArraysOf(const TestNetwork<E>& network, const std::string& prefix) {
  std::vector<NamedArray> arrays;
  for (int64_t l = 0; l < network.layers(); ++l) {
    std::vector<E> weight;
    for (int64_t i = 0; i < network.weight(l).shape(0); ++i) {
      for (const E element : network.Row(l, i)) weight.push_back(element);
    }
    arrays.push_back(Array(absl::StrCat(prefix, l, ".weight"),
                           {network.weight(l).shape(0), network.weight(l).shape(1)}, weight));
    arrays.push_back(
        Array(absl::StrCat(prefix, l, ".bias"), {network.bias(l).shape(0)}, network.Bias(l)));
  }
  return arrays;
}

template <class T>
class NpzWeightsTest : public testing::Test {
 protected:
  NpzWeightsTest()
      : file_(absl::StrCat(testing::TempDir(), "/npz_weights_test_", sizeof(T), ".npz")) {}

  void Write(const std::vector<NamedArray>& arrays) { ASSERT_TRUE(WriteNpz(file_, arrays).ok()); }

  std::string Message(const std::string& config = "") {
    return std::string(ApplyInitializer(RegisterNpzWeights,
                                        absl::StrCat("path: \"", file_, "\" ", config), network_)
                           .message());
  }

  std::string file_;
  TestNetwork<T> network_{{3, 4, 2}};
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(NpzWeightsTest, Precisions);

TYPED_TEST(NpzWeightsTest, TakeTheArraysOfEitherPrecision) {
  TestNetwork<double> in_double({3, 4, 2});
  in_double.Randomize(1);
  TestNetwork<float> in_float({3, 4, 2});
  in_float.Randomize(2);
  std::vector<NamedArray> arrays = ArraysOf(in_double, "student.");
  for (NamedArray& array : ArraysOf(in_float, "")) arrays.push_back(std::move(array));
  this->Write(arrays);

  ASSERT_EQ(this->Message("prefix: \"student.\""), "");
  const std::vector<double> doubles = in_double.Values();
  EXPECT_EQ(this->network_.Values(), std::vector<TypeParam>(doubles.begin(), doubles.end()));
  ASSERT_EQ(this->Message(), "");
  const std::vector<float> floats = in_float.Values();
  EXPECT_EQ(this->network_.Values(), std::vector<TypeParam>(floats.begin(), floats.end()));
  EXPECT_TRUE(this->network_.PaddingIsIntact());
}

// The shape does not distinguish rows from columns here.
TYPED_TEST(NpzWeightsTest, KeepTheRowsOfASquareMatrix) {
  TestNetwork<TypeParam> source({3, 3});
  source.Randomize(1);
  this->Write(ArraysOf(source, ""));
  TestNetwork<TypeParam> square({3, 3});
  const std::string config = absl::StrCat("path: \"", this->file_, "\"");
  ASSERT_TRUE(ApplyInitializer(RegisterNpzWeights, config, square).ok());
  EXPECT_EQ(square.Values(), source.Values());
}

TYPED_TEST(NpzWeightsTest, FillSelectedLayersOnly) {
  TestNetwork<TypeParam> source({3, 4, 2});
  source.Randomize(1);
  std::vector<NamedArray> arrays = ArraysOf(source, "");
  this->Write({arrays[2], arrays[3]});
  ASSERT_EQ(this->Message("layer: 1"), "");
  EXPECT_EQ(this->network_.Row(1, 0), source.Row(1, 0));
  EXPECT_EQ(this->network_.Row(0, 0), std::vector<TypeParam>(3, 0));
  EXPECT_EQ(this->Message("layer: 2"), "layer[0]: must be a layer, 0 to 1, got 2");
}

TYPED_TEST(NpzWeightsTest, FillANetworkWithoutBiasesFromAnArchiveWithoutBiases) {
  TestNetwork<TypeParam> source({3, 4, 2});
  source.Randomize(1);
  const std::vector<NamedArray> arrays = ArraysOf(source, "");
  TestNetwork<TypeParam> network({3, 4, 2}, /*has_bias=*/false);
  const auto message = [&] {
    return std::string(
        ApplyInitializer(RegisterNpzWeights, absl::StrCat("path: \"", this->file_, "\""), network)
            .message());
  };
  this->Write({arrays[0], arrays[2]});
  EXPECT_EQ(message(), "");
  EXPECT_EQ(network.Row(0, 3), source.Row(0, 3));
  EXPECT_EQ(network.Row(1, 1), source.Row(1, 1));
  this->Write(arrays);
  EXPECT_EQ(message(),
            absl::StrCat("path: ", this->file_,
                         ": must not have the arrays \"0.bias\", \"1.bias\", which are none of "
                         "this network's, which has no biases (bias: false)"));
  EXPECT_TRUE(network.PaddingIsIntact());
}

TYPED_TEST(NpzWeightsTest, ListTheArraysThatAreMissing) {
  TestNetwork<TypeParam> source({3, 4, 2});
  std::vector<NamedArray> arrays = ArraysOf(source, "");
  this->Write({arrays[0], arrays[3]});
  EXPECT_EQ(this->Message(),
            absl::StrCat("path: ", this->file_,
                         ": must have the arrays \"0.bias\", \"1.weight\", got 0.weight, 1.bias"));
  this->Write({});
  EXPECT_EQ(this->Message("prefix: \"a.\" layer: 0"),
            absl::StrCat("path: ", this->file_,
                         ": must have the arrays \"a.0.weight\", \"a.0.bias\", got none"));
}

TYPED_TEST(NpzWeightsTest, NameEveryArrayOfAnotherShape) {
  TestNetwork<TypeParam> source({3, 5, 2});
  this->Write(ArraysOf(source, ""));
  EXPECT_EQ(this->Message(),
            absl::StrCat(
                "path: ", this->file_, ": array \"0.weight\": must have shape [4, 3], got [5, 3]\n",
                "path: ", this->file_, ": array \"0.bias\": must have shape [4], got [5]\n",
                "path: ", this->file_, ": array \"1.weight\": must have shape [2, 4], got [2, 5]"));
}

TYPED_TEST(NpzWeightsTest, NameEveryArrayThatIsNoneOfTheNetworks) {
  TestNetwork<TypeParam> source({3, 4, 2});
  source.Randomize(1);
  std::vector<NamedArray> arrays = ArraysOf(source, "a.");
  arrays.push_back(Array<double>("a.1.bn.weight", {2}, {1, 1}));
  arrays.push_back(Array<double>("a.2.weight", {1}, {1}));
  arrays.push_back(Array<double>("a.1.bn.num_batches_tracked", {1}, {1}));
  arrays.push_back(Array<double>("a.x.weight", {1}, {1}));
  arrays.push_back(Array<double>("b.1.bn.weight", {1}, {1}));
  this->Write(arrays);
  EXPECT_EQ(this->Message("prefix: \"a.\""),
            absl::StrCat("path: ", this->file_,
                         ": must not have the arrays \"a.1.bn.weight\", \"a.2.weight\", which are "
                         "none of this network's"));
  EXPECT_EQ(this->Message("prefix: \"a.\" layer: 0"), "");
  EXPECT_EQ(this->Message("prefix: \"a.\" layer: 1"),
            absl::StrCat("path: ", this->file_,
                         ": must not have the arrays \"a.1.bn.weight\", which are none of this "
                         "network's"));
}

// A convolution with batch normalization, all of whose arrays are in memory of the test.
TYPED_TEST(NpzWeightsTest, TakeKernelsAndNormalizations) {
  std::vector<TypeParam> block(3 * (2 * 2 * 2 + 1));
  std::vector<TypeParam> normalization(4 * 3);
  LayerView<TypeParam> layer(ArrayView<TypeParam>(block.data(), {3, 8}, {1, 3}),
                             ArrayView<TypeParam>(block.data() + 24, {3}));
  layer.kernel = ArrayView<TypeParam>(block.data(), {3, 2, 2, 2}, {1, 12, 6, 3});
  const auto row = [&](int64_t i) {
    return ArrayView<TypeParam>(normalization.data() + 3 * i, {3});
  };
  layer.gain = row(0);
  layer.shift = row(1);
  layer.running_mean = row(2);
  layer.running_variance = row(3);
  std::vector<double> kernel;
  for (int k = 0; k < 24; ++k) kernel.push_back(k + 1);
  std::vector<NamedArray> arrays = {Array<double>("0.weight", {3, 2, 2, 2}, kernel),
                                    Array<double>("0.bias", {3}, {1, 2, 3}),
                                    Array<double>("0.bn.weight", {3}, {4, 5, 6}),
                                    Array<double>("0.bn.bias", {3}, {7, 8, 9}),
                                    Array<double>("0.bn.running_mean", {3}, {-1, -2, -3}),
                                    Array<double>("0.bn.running_var", {3}, {0, 11, 12}),
                                    Array<double>("0.bn.num_batches_tracked", {1}, {5})};
  const auto apply = [&]() -> std::string {
    this->Write(arrays);
    auto initializer = BuildPlugin<Initializer<TypeParam>>(
        RegisterNpzWeights, absl::StrCat("path: \"", this->file_, "\""));
    EXPECT_TRUE(initializer.ok()) << initializer.status();
    return std::string((*initializer)->Apply({RandomStream(1, "npz"), {}}, {&layer, 1}).message());
  };
  ASSERT_EQ(apply(), "");
  for (int64_t o = 0; o < 3; ++o) {
    for (int64_t j = 0; j < 8; ++j) EXPECT_EQ(layer.weight(o, j), 8 * o + j + 1);
  }
  EXPECT_EQ(normalization, std::vector<TypeParam>({4, 5, 6, 7, 8, 9, -1, -2, -3, 0, 11, 12}));
  arrays[5] = Array<double>("0.bn.running_var", {3}, {1, -0.5, 1});
  arrays[0] = Array<double>("0.weight", {3, 8}, kernel);
  EXPECT_EQ(apply(),
            absl::StrCat("path: ", this->file_,
                         ": array \"0.weight\": must have shape [3, 2, 2, 2], got [3, 8]\n",
                         "path: ", this->file_,
                         ": array \"0.bn.running_var\": must be at least 0, "
                         "got -0.5 at index 1"));
  arrays.resize(2);
  arrays[0] = Array<double>("0.weight", {3, 2, 2, 2}, kernel);
  EXPECT_EQ(apply(), absl::StrCat("path: ", this->file_,
                                  ": must have the arrays \"0.bn.weight\", \"0.bn.bias\", "
                                  "\"0.bn.running_mean\", \"0.bn.running_var\", got 0.weight, "
                                  "0.bias"));
}

TYPED_TEST(NpzWeightsTest, RefuseNumbersThatAreNoWeights) {
  this->Write({Array<int64_t>("0.weight", {4, 3}, std::vector<int64_t>(12)),
               Array<double>("0.bias", {4}, {0, 0, std::numeric_limits<double>::infinity(), 0})});
  EXPECT_EQ(this->Message("layer: 0"),
            absl::StrCat("path: ", this->file_,
                         ": array \"0.weight\": must be float32 or float64, got int64\n", "path: ",
                         this->file_, ": array \"0.bias\": must be finite, got inf at index 2"));
}

TEST(NpzWeights, RefuseDoublesTooLargeForFloats) {
  const std::string file = absl::StrCat(testing::TempDir(), "/npz_weights_test_large.npz");
  ASSERT_TRUE(WriteNpz(file, std::vector<NamedArray>{Array<double>("0.weight", {1, 2}, {1, 1e300}),
                                                     Array<double>("0.bias", {1}, {0})})
                  .ok());
  const std::string config = absl::StrCat("path: \"", file, "\"");
  TestNetwork<double> in_double({2, 1});
  EXPECT_TRUE(ApplyInitializer(RegisterNpzWeights, config, in_double).ok());
  TestNetwork<float> in_float({2, 1});
  EXPECT_EQ(
      ApplyInitializer(RegisterNpzWeights, config, in_float).message(),
      absl::StrCat("path: ", file, ": array \"0.weight\": must be finite, got 1e+300 at index 1"));
}

TEST(NpzWeights, FailToBuildWithoutAGoodArchive) {
  const auto status = [](const std::string& config) {
    return BuildPlugin<Initializer<double>>(RegisterNpzWeights, config).status();
  };
  EXPECT_EQ(status("").message(), "path: must be given, such as path: \"weights.npz\"");
  EXPECT_EQ(status("path: \"/no/such/file.npz\"").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status("path: \"/no/such/file.npz\"").message().substr(0, 32),
            "path: /no/such/file.npz: cannot ");
  const std::string text = absl::StrCat(testing::TempDir(), "/npz_weights_test_text.npz");
  ASSERT_TRUE(WriteFileAtomically(text, "no archive").ok());
  const absl::Status no_archive = status(absl::StrCat("path: \"", text, "\""));
  EXPECT_EQ(no_archive.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(no_archive.message().substr(0, 7 + text.size()), absl::StrCat("path: ", text, ":"));
}

}  // namespace
}  // namespace didact
