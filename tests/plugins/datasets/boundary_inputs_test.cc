#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "didact/framework/io/npz.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/plugins/datasets/datasets.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/datasets/read_all.h"

namespace didact {
namespace {

template <class T>
std::unique_ptr<Dataset<T>> Build(const std::string& text) {
  auto dataset = BuildPlugin<Dataset<T>>(RegisterBoundaryInputs, text);
  EXPECT_TRUE(dataset.ok()) << dataset.status();
  return *std::move(dataset);
}

// A teacher of one hidden layer, the layer that the data set may use: weights [nodes, inputs],
// stored transposed as in the framework.
template <class T>
class Teacher {
 public:
  // `bias`: of all nodes; std::nullopt: the teacher has no biases.
  Teacher(int64_t nodes, int64_t inputs, const RandomStream& random, std::optional<double> bias)
      : nodes_(nodes),
        inputs_(inputs),
        weight_(nodes * inputs),
        bias_(nodes, static_cast<T>(bias.value_or(0))) {
    for (size_t i = 0; i < weight_.size(); ++i) weight_[i] = static_cast<T>(random.Normal(i));
    layers_ = {
        {ArrayView<const T>(weight_.data(), {nodes, inputs}, {1, nodes}),
         bias ? ArrayView<const T>(bias_.data(), {nodes}) : ArrayView<const T>()},
        {ArrayView<const T>(last_.data(), {1, nodes}), ArrayView<const T>(last_.data(), {1})}};
  }

  T& weight(int64_t node, int64_t input) { return weight_[input * nodes_ + node]; }
  T& bias(int64_t node) { return bias_[node]; }
  NetworkView<const T> layers() const { return layers_; }

  // Returns the hyperplane of a node: fan-in weights, then the bias.
  std::vector<double> Plane(int64_t node) {
    std::vector<double> plane;
    for (int64_t c = 0; c < inputs_; ++c) plane.push_back(weight(node, c));
    plane.push_back(bias(node));
    return plane;
  }

 private:
  int64_t nodes_, inputs_;
  std::vector<T> weight_, bias_;
  std::vector<T> last_ = std::vector<T>(64);
  std::vector<LayerView<const T>> layers_;
};

struct Geometry {
  double stddev, offset_mean, offset_width;
  // Relative tolerance. Where the reconstruction amplifies rounding, the tests give a factor.
  double tolerance;
};

double Product(const std::vector<double>& x, const std::vector<double>& y) {
  double sum = 0;
  for (size_t c = 0; c < x.size(); ++c) sum += x[c] * y[c];
  return sum;
}

// Expects that three related samples are p, p + a w and p - a w, each rescaled to norm stddev
// sqrt(d), for some p with w.p + b = 0 and some a in [offset_mean, offset_mean + offset_width).
// Returns a.
double ExpectOnBoundary(std::vector<double> on, std::vector<double> above,
                        std::vector<double> below, std::vector<double> plane,
                        const Geometry& geometry) {
  const double b = plane.back();
  plane.pop_back();
  const std::vector<double>& w = plane;
  const double norm = geometry.stddev * std::sqrt(static_cast<double>(on.size()));
  for (const auto* x : {&on, &above, &below}) {
    EXPECT_NEAR(std::sqrt(Product(*x, *x)), norm, geometry.tolerance * norm);
  }
  // p = t on, with w.p = -b. Without a bias the length of p is lost, so the part of `on` itself is
  // used.
  const double length = std::sqrt(Product(w, w));
  double t = 1;
  if (b == 0) {
    EXPECT_NEAR(Product(w, on), 0, geometry.tolerance * norm * length);
  } else {
    t = -b / Product(w, on);
  }
  // above = u (p + a w) and below = v (p - a w): the parts along w, and along the part of p that is
  // orthogonal to w, are compared.
  std::vector<double> orthogonal = on;
  const double along = Product(w, on) / Product(w, w);
  for (size_t c = 0; c < on.size(); ++c) orthogonal[c] -= along * w[c];
  const double orthogonal_square = Product(orthogonal, orthogonal);
  const auto offset = [&](const std::vector<double>& x) {
    const double u = Product(x, orthogonal) / (t * orthogonal_square);
    // The rest of x must vanish.
    std::vector<double> rest = x;
    const double x_along = Product(w, x) / Product(w, w);
    for (size_t c = 0; c < x.size(); ++c) {
      rest[c] -= u * t * orthogonal[c] + x_along * w[c];
    }
    EXPECT_NEAR(Product(rest, rest), 0,
                norm * norm * geometry.tolerance * geometry.tolerance * 100);
    return x_along / u - t * along;
  };
  const double a = offset(above);
  // Without a bias, only ratios of a to the length of p are known.
  if (b == 0) {
    EXPECT_NEAR(offset(below), -a, geometry.tolerance * 1e3 * std::abs(a));
    return a;
  }
  const double slack = geometry.tolerance * 1e4 * (1 + std::abs(t));
  EXPECT_NEAR(offset(below), -a, slack);
  EXPECT_GE(a, geometry.offset_mean - slack);
  EXPECT_LE(a, geometry.offset_mean + geometry.offset_width + slack);
  return a;
}

// Checks all samples [size, d], node by node; returns the offsets.
template <class T>
std::vector<double> ExpectBoundaries(const std::vector<T>& inputs,
                                     const std::vector<std::vector<double>>& planes, int64_t points,
                                     const Geometry& geometry) {
  const int64_t d = static_cast<int64_t>(planes[0].size()) - 1;
  const int64_t nodes = static_cast<int64_t>(planes.size());
  EXPECT_EQ(static_cast<int64_t>(inputs.size()), 3 * nodes * points * d);
  const auto sample = [&](int64_t i) {
    return std::vector<double>(inputs.begin() + i * d, inputs.begin() + (i + 1) * d);
  };
  std::vector<double> offsets;
  for (int64_t node = 0; node < nodes; ++node) {
    for (int64_t k = 0; k < points; ++k) {
      const int64_t first = 3 * node * points + k;
      offsets.push_back(ExpectOnBoundary(sample(first), sample(first + points),
                                         sample(first + 2 * points), planes[node], geometry));
    }
  }
  return offsets;
}

template <class T>
class BoundaryInputsTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(BoundaryInputsTest, Precisions);

constexpr char kText[] = "dimension: 10 size: 500 stddev: 1.5 offset_mean: 0.75 offset_width: 0.5";

TYPED_TEST(BoundaryInputsTest, LiesOnAndBesideTheTeachersBoundaries) {
  Teacher<TypeParam> teacher(5, 10, RandomStream(1, "teacher"), -0.1);
  auto dataset = Build<TypeParam>(kText);
  EXPECT_EQ(dataset->sample_shape(), (std::vector<int64_t>{10}));
  ASSERT_TRUE(dataset->Prepare({RandomStream(1, "data"), teacher.layers()}).ok());
  EXPECT_EQ(dataset->size(), 510);  // ceil(500 / 15) = 34 points
  std::vector<std::vector<double>> planes;
  for (int64_t node = 0; node < 5; ++node) planes.push_back(teacher.Plane(node));
  const double epsilon = std::numeric_limits<TypeParam>::epsilon();
  // If rescaling made the component along w small, this component determines the length; hence the
  // factor.
  const std::vector<double> offsets =
      ExpectBoundaries(ReadAll(*dataset), planes, 34, {1.5, 0.75, 0.5, 10 * epsilon});
  if constexpr (std::is_same_v<TypeParam, double>) {
    // The 170 offsets are uniform in [0.75, 1.25): the probability that none falls into a given
    // fifth is 0.8^170 = 3e-17.
    EXPECT_LT(*std::min_element(offsets.begin(), offsets.end()), 0.85);
    EXPECT_GT(*std::max_element(offsets.begin(), offsets.end()), 1.15);
  }
}

TYPED_TEST(BoundaryInputsTest, StaysOnTheBoundaryWithoutABias) {
  for (const std::optional<double> bias : {std::optional<double>(0), std::optional<double>()}) {
    Teacher<TypeParam> teacher(3, 10, RandomStream(1, "teacher"), bias);
    auto dataset = Build<TypeParam>(kText);
    ASSERT_TRUE(dataset->Prepare({RandomStream(1, "data"), teacher.layers()}).ok());
    std::vector<std::vector<double>> planes;
    for (int64_t node = 0; node < 3; ++node) planes.push_back(teacher.Plane(node));
    ExpectBoundaries(ReadAll(*dataset), planes, 56,
                     {1.5, 0.75, 0.5, 10 * std::numeric_limits<TypeParam>::epsilon()});
  }
}

// The same check accepts the samples that the reference drew: their geometry and order are the
// same.
TEST(BoundaryInputs, HasTheGeometryOfTheReference) {
  const auto npz = NpzReader::Open("tests/parity/data/t10.npz");
  ASSERT_TRUE(npz.ok()) << npz.status();
  const auto read = [&](const char* name) { return *npz->Read(name)->ReadAs<double>(); };
  const std::vector<double> weights = read("W1_t");  // [11, 5], the last row the bias
  std::vector<std::vector<double>> planes(5);
  for (size_t i = 0; i < weights.size(); ++i) planes[i % 5].push_back(weights[i]);
  const std::vector<double> offsets =
      ExpectBoundaries(read("X_train"), planes, 34, {1.5, 0.75, 0.5, 1e-14});
  const std::vector<double> drawn = read("draw_alpha");
  for (size_t i = 0; i < drawn.size(); ++i)
    EXPECT_NEAR(offsets[i], 0.75 + 0.5 * drawn[i], 1e-8) << i;
}

TYPED_TEST(BoundaryInputsTest, IsAPureFunctionOfSeedTeacherAndIndex) {
  Teacher<TypeParam> teacher(3, 10, RandomStream(1, "teacher"), -0.1);
  const auto build = [&](uint64_t seed) {
    auto dataset = Build<TypeParam>(kText);
    EXPECT_TRUE(dataset->Prepare({RandomStream(seed, "data"), teacher.layers()}).ok());
    return dataset;
  };
  const std::vector<TypeParam> whole = ReadAll(*build(1));
  for (const int64_t part : {1, 2, 7, 64}) EXPECT_EQ(ReadAll(*build(1), part), whole);
  EXPECT_NE(ReadAll(*build(2)), whole);
}

TYPED_TEST(BoundaryInputsTest, KeepsACopyOfTheTeachersBoundaries) {
  Teacher<TypeParam> teacher(3, 10, RandomStream(1, "teacher"), -0.1);
  auto dataset = Build<TypeParam>(kText);
  ASSERT_TRUE(dataset->Prepare({RandomStream(1, "data"), teacher.layers()}).ok());
  const std::vector<TypeParam> before = ReadAll(*dataset);
  teacher.weight(0, 0) += 1;
  teacher.bias(1) += 1;
  EXPECT_EQ(ReadAll(*dataset), before);
}

// |w| << |b|: the homogeneous coordinate is tiny for every draw, but without cancellation, so every
// point is exact.
TEST(BoundaryInputs, ReachesBoundariesFarFromZero) {
  Teacher<double> teacher(1, 4, RandomStream(1, "teacher"), -1e12);
  auto dataset = Build<double>("dimension: 4 size: 300");
  ASSERT_TRUE(dataset->Prepare({RandomStream(1, "data"), teacher.layers()}).ok());
  const std::vector<double> plane = teacher.Plane(0);
  const std::vector<double> inputs = ReadAll(*dataset);
  for (int64_t i = 0; i < 100; ++i) {
    double product = 0;
    for (int c = 0; c < 4; ++c) product += plane[c] * inputs[4 * i + c];
    EXPECT_GT(product, 0);  // where w.p = 1e12
  }
}

TEST(BoundaryInputs, PinsItsSeedOnRequest) {
  EXPECT_EQ(Build<double>("dimension: 1 size: 1")->stream_seed(), std::nullopt);
  EXPECT_EQ(Build<double>("dimension: 1 size: 1 stream_seed: 7")->stream_seed(), 7u);
}

std::string PrepareMessage(Dataset<double>& dataset, NetworkView<const double> teacher) {
  return std::string(dataset.Prepare({RandomStream(1, "data"), teacher}).message());
}

TEST(BoundaryInputs, NeedsATeacherWithBoundaries) {
  Teacher<double> teacher(3, 10, RandomStream(1, "teacher"), -0.1);
  auto dataset = Build<double>(kText);
  EXPECT_THAT(PrepareMessage(*dataset, {}),
              testing::StartsWith("needs a teacher, but the experiment has none"));
  EXPECT_EQ(PrepareMessage(*dataset, teacher.layers().first(1)),
            "needs a teacher with a hidden layer, got none");
  for (int64_t c = 0; c < 10; ++c) teacher.weight(1, c) = 0;
  EXPECT_EQ(PrepareMessage(*dataset, teacher.layers()),
            "needs a boundary of every teacher node, but the fan-in weights of node 1 of the first "
            "hidden layer are 0 or not finite");
  teacher.weight(1, 0) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(dataset->Prepare({RandomStream(1, "data"), teacher.layers()}).ok());
}

TEST(BoundaryInputs, RefusesAnotherDimensionThanTheTeachers) {
  Teacher<double> teacher(3, 8, RandomStream(1, "teacher"), -0.1);
  EXPECT_EQ(PrepareMessage(*Build<double>(kText), teacher.layers()),
            "dimension: must be the teacher's number of inputs, 8, got 10");
}

// In one dimension the boundary through 0 is the point 0, which no factor rescales to another norm;
// it must not become NaN.
TEST(BoundaryInputs, NeverReadsAsNotANumber) {
  for (const double weight : {1.0, 0.7}) {
    Teacher<double> teacher(1, 1, RandomStream(1, "teacher"), 0);
    teacher.weight(0, 0) = weight;
    auto dataset = Build<double>("dimension: 1 size: 3");
    ASSERT_TRUE(dataset->Prepare({RandomStream(1, "data"), teacher.layers()}).ok());
    double x[3] = {};
    EXPECT_EQ(
        Message(dataset->Read(0, ArrayView<double>(x, {3, 1}))),
        "sample 0: no point of the boundary of node 0 of the teacher's first hidden layer can "
        "be drawn and rescaled");
  }
}

TEST(BoundaryInputs, RefusesImpossibleConfigs) {
  const auto dataset = BuildPlugin<Dataset<double>>(
      RegisterBoundaryInputs, "dimension: 3 size: 0 stddev: -1 offset_width: -1");
  EXPECT_EQ(Message(dataset),
            "size: must be >= 1 and <= 1000000000, got 0\n"
            "stddev: must be > 0, got -1\n"
            "offset_width: must be >= 0, got -1");
}

}  // namespace
}  // namespace didact
