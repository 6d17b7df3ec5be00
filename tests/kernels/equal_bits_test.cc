// A cluster may have processors with and without AVX-512: both levels must give the same bits.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/column_maps.h"
#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/kernels/gemm.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/kernels/normalize_rows.h"
#include "didact/framework/kernels/parameter_updates.h"
#include "didact/framework/kernels/random_numbers.h"
#include "didact/framework/kernels/reduction.h"
#include "tests/kernels/levels.h"
#include "tests/kernels/test_data.h"

namespace didact {
namespace {

// All results of one call of a kernel, or of several.
template <class T>
struct Results {
  std::vector<T> values;
  std::vector<double> statistics;

  void Add(const std::vector<T>& more) { values.insert(values.end(), more.begin(), more.end()); }
  void AddStatistics(const std::vector<double>& more) {
    statistics.insert(statistics.end(), more.begin(), more.end());
  }
};

template <class T>
bool SameBits(const std::vector<T>& left, const std::vector<T>& right) {
  return left.size() == right.size() &&
         (left.empty() || std::memcmp(left.data(), right.data(), left.size() * sizeof(T)) == 0);
}

// Runs the same calls on "avx2", on every higher level that the processor has, and without a
// selected level, which may mix levels.
template <class T>
void ExpectSameBits(const std::function<Results<T>()>& calls) {
  std::vector<absl::string_view> levels = SupportedLevels();
  levels.push_back("auto");
  ASSERT_TRUE(SelectSimdLevel("avx2").ok());
  const Results<T> expected = calls();
  for (const absl::string_view level : levels) {
    if (level == "sse4.2") continue;
    ASSERT_TRUE(SelectSimdLevel(level).ok());
    const Results<T> actual = calls();
    EXPECT_TRUE(SameBits(actual.values, expected.values)) << level;
    EXPECT_TRUE(SameBits(actual.statistics, expected.statistics)) << level;
  }
}

// Returns numbers of very different magnitudes, so that another order of additions is noticed, some
// of them subnormal. None can give a NaN, whose bits are not guaranteed.
template <class T>
std::vector<T> WildVector(int64_t size, std::mt19937_64& generator) {
  std::vector<T> values = RandomVector<T>(size, generator);
  for (T& value : values) {
    value = std::ldexp(value, static_cast<int>(generator() % 24));
    if (generator() % 50 == 0) value *= std::numeric_limits<T>::denorm_min();
  }
  return values;
}

template <class T>
class EqualBitsTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(EqualBitsTest, Precisions);

// Is skipped, with a message in the log, if the tests below compare a level with itself.
TEST(EqualBits, AreComparedBetweenTwoLevels) {
  if (!SelectSimdLevel("avx512").ok()) GTEST_SKIP() << "this processor does not have AVX-512";
}

TYPED_TEST(EqualBitsTest, ElementwiseKernels) {
  using T = TypeParam;
  std::mt19937_64 generator(1);
  for (int64_t size = 0; size <= 4 * kMaxLanes<T> + 1; ++size) {
    SCOPED_TRACE(testing::Message() << "size " << size);
    const std::vector<T> x = WildVector<T>(size, generator);
    const std::vector<T> y = WildVector<T>(size, generator);
    ExpectSameBits<T>([&] {
      Results<T> results;
      std::vector<T> out = y;
      PiecewiseLinear(x.data(), out.data(), size, T(0.3));
      results.Add(out);
      PiecewiseLinearGradient(x.data(), y.data(), out.data(), size, T(0.3));
      results.Add(out);
      Axpy(T(0.7), x.data(), out.data(), size);
      results.Add(out);
      Axpby(T(0.7), x.data(), T(0.9), out.data(), size);
      results.Add(out);
      Scale(T(0.7), x.data(), out.data(), size);
      results.Add(out);
      return results;
    });
  }
}

TYPED_TEST(EqualBitsTest, ParameterUpdates) {
  using T = TypeParam;
  std::mt19937_64 generator(5);
  for (int64_t size = 0; size <= 4 * kMaxLanes<T> + 1; ++size) {
    SCOPED_TRACE(testing::Message() << "size " << size);
    const std::vector<T> gradient = WildVector<T>(size, generator);
    const std::vector<T> start = WildVector<T>(size, generator);
    for (const T decay : {T(0), T(0.3)}) {
      ExpectSameBits<T>([&] {
        Results<T> results;
        std::vector<T> parameters = start;
        std::vector<T> first(size);
        std::vector<T> second(size);
        for (const bool nesterov : {false, true}) {
          const MomentumRule<T> rule = {T(0.1), T(0.9), nesterov, decay};
          MomentumUpdate(rule, gradient.data(), parameters.data(), first.data(), size);
          results.Add(parameters);
          results.Add(first);
        }
        AdamRule<T> rule = {T(0.1),   T(0.9), T(0.1), T(0.999), T(0.001),
                            T(1.732), T(0),   decay,  T(0.75)};
        for (const T epsilon : {T(1e-8), T(0.1)}) {
          rule.epsilon = epsilon;
          AdamUpdate(rule, gradient.data(), parameters.data(), first.data(), second.data(), size);
          results.Add(parameters);
          results.Add(first);
          results.Add(second);
        }
        return results;
      });
    }
  }
}

// Denominators of all magnitudes, from those without a usable reciprocal to infinity.
TYPED_TEST(EqualBitsTest, QuotientsOfAdam) {
  using T = TypeParam;
  std::mt19937_64 generator(6);
  const int range = std::numeric_limits<T>::max_exponent;
  std::vector<T> squares = RandomVector<T>(4000, generator);
  const std::vector<T> gradient = RandomVector<T>(4000, generator);
  for (T& square : squares) {
    square = std::ldexp(std::abs(square), static_cast<int>(generator() % (2 * range)) - range);
    const uint64_t choice = generator() % 40;
    if (choice == 0) square = T(0);
    if (choice == 1) square = std::numeric_limits<T>::infinity();
  }
  ExpectSameBits<T>([&] {
    AdamRule<T> rule;
    rule.step_size = T(1);
    rule.second_decay = T(1);
    rule.second_weight = T(0);
    Results<T> results;
    std::vector<T> parameters(4000);
    std::vector<T> first(4000);
    std::vector<T> second = squares;
    AdamUpdate(rule, gradient.data(), parameters.data(), first.data(), second.data(), 4000);
    results.Add(parameters);
    return results;
  });
}

TYPED_TEST(EqualBitsTest, SumsOfTermsThatVanish) {
  using T = TypeParam;
  for (int64_t size = 0; size <= 4 * kMaxLanes<T> + 1; ++size) {
    SCOPED_TRACE(testing::Message() << "size " << size);
    // In double, every product is below the smallest number and becomes -0.
    const std::vector<T> x(size, std::numeric_limits<T>::min());
    const std::vector<T> y(size, -std::numeric_limits<T>::min());
    ExpectSameBits<T>([&] {
      Results<T> results;
      results.AddStatistics({Dot(x.data(), y.data(), size)});
      return results;
    });
  }
}

TYPED_TEST(EqualBitsTest, MapsOfColumns) {
  using T = TypeParam;
  std::mt19937_64 generator(7);
  for (int64_t columns = 0; columns <= 131; ++columns) {
    for (const int64_t rows : {1, 40, 300}) {
      SCOPED_TRACE(testing::Message() << rows << " x " << columns);
      const std::vector<T> g = WildVector<T>(rows * columns, generator);
      const std::vector<T> x = WildVector<T>(rows * columns, generator);
      const std::vector<T> a = RandomVector<T>(columns, generator);
      const std::vector<T> b = RandomVector<T>(columns, generator);
      ExpectSameBits<T>([&] {
        Results<T> results;
        std::vector<T> out(rows * columns);
        std::vector<double> means(columns);
        std::vector<double> variances(columns);
        ColumnMeansAndVariances(x.data(), columns, rows, columns, means.data(), variances.data());
        results.AddStatistics(means);
        results.AddStatistics(variances);
        std::vector<double> sums(columns, 1.0);
        std::vector<double> products(columns, 1.0);
        for (const T slope : {T(0.3), T(1)}) {
          const ColumnScaling<T> scaling = {a.data(), b.data(), a.data(), slope};
          ScaleColumns(x.data(), columns, rows, columns, scaling, out.data(), columns);
          results.Add(out);
          CombineColumns(g.data(), columns, x.data(), columns, rows, columns, scaling, b.data(),
                         a.data(), T(0.2), out.data(), columns);
          results.Add(out);
          AccumulateColumnProducts(g.data(), columns, x.data(), columns, rows, columns, scaling,
                                   sums.data(), products.data());
        }
        results.AddStatistics(sums);
        results.AddStatistics(products);
        return results;
      });
    }
  }
}

TYPED_TEST(EqualBitsTest, Reductions) {
  using T = TypeParam;
  std::mt19937_64 generator(2);
  for (int64_t columns = 0; columns <= 6 * kMaxLanes<T> + 1; ++columns) {
    for (const int64_t rows : {1, 3, 40}) {
      SCOPED_TRACE(testing::Message() << rows << " x " << columns);
      const std::vector<T> x = WildVector<T>(rows * columns, generator);
      const std::vector<T> y = WildVector<T>(rows * columns, generator);
      const std::vector<double> centers = RandomVector<double>(columns, generator);
      ExpectSameBits<T>([&] {
        Results<T> results;
        std::vector<T> gradient(rows * columns);
        std::vector<T> sums(columns, T(1));
        std::vector<double> column_sums(columns, 1.0);
        std::vector<double> squares(columns, 1.0);
        std::vector<double> norms(rows);
        results.AddStatistics({Dot(x.data(), y.data(), rows * columns),
                               SumOfSquares(x.data(), rows * columns),
                               SumOfSquaredDifferences(x.data(), y.data(), rows * columns),
                               SquaredErrorAndGradient(T(0.1), x.data(), columns, y.data(), columns,
                                                       rows, columns, gradient.data(), columns)});
        ColumnSums(x.data(), columns, rows, columns, T(0.7), true, sums.data());
        AccumulateColumnSums(x.data(), columns, rows, columns, column_sums.data());
        AccumulateColumnSquares(x.data(), columns, rows, columns, centers.data(), squares.data());
        RowNorms(x.data(), columns, rows, columns, norms.data());
        std::vector<double> centered(rows * columns);
        std::vector<double> centered_squares(columns, 1.0);
        CenterColumns(x.data(), columns, rows, columns, centers.data(), centered.data(), columns,
                      centered_squares.data());
        results.Add(gradient);
        results.Add(sums);
        results.AddStatistics(column_sums);
        results.AddStatistics(squares);
        results.AddStatistics(norms);
        results.AddStatistics(centered);
        results.AddStatistics(centered_squares);
        return results;
      });
    }
  }
}

// Computes all forms of a product that training uses.
template <class T>
Results<T> Products(int64_t rows, int64_t columns, int64_t depth, bool padded) {
  std::mt19937_64 generator(3);
  const auto random_matrix = [&generator](int64_t height, int64_t width) {
    Matrix<T> matrix(height, width);
    for (int64_t i = 0; i < height; ++i) {
      const std::vector<T> row = WildVector<T>(width, generator);
      std::copy(row.begin(), row.end(), matrix.row(i).begin());
    }
    return matrix;
  };
  const Matrix<T> gate = random_matrix(rows, columns);
  const Matrix<T> bias = random_matrix(1, columns);
  Results<T> results;
  for (const bool a_transposed : {false, true}) {
    const Matrix<T> a = a_transposed ? random_matrix(depth, rows) : random_matrix(rows, depth);
    for (const bool b_transposed : {false, true}) {
      const Matrix<T> b =
          b_transposed ? random_matrix(columns, depth) : random_matrix(depth, columns);
      for (const GemmEpilogue epilogue : {GemmEpilogue::kNone, GemmEpilogue::kPiecewiseLinear,
                                          GemmEpilogue::kPiecewiseLinearGradient}) {
        for (const bool accumulate : {false, true}) {
          Matrix<T> c = gate;
          GemmArguments<T> arguments;
          arguments.rows = rows;
          arguments.columns = columns;
          arguments.depth = depth;
          arguments.a = a.data();
          arguments.a_row_stride = a_transposed ? 1 : a.stride();
          arguments.a_depth_stride = a_transposed ? a.stride() : 1;
          arguments.b = b.data();
          arguments.b_stride = b.stride();
          arguments.b_transposed = b_transposed;
          arguments.c = c.data();
          arguments.c_stride = c.stride();
          arguments.accumulate = accumulate;
          arguments.alpha = accumulate ? T(-0.3) : T(1);
          arguments.initial_row = accumulate ? nullptr : bias.data();
          arguments.epilogue = epilogue;
          arguments.slope = T(0.1);
          arguments.gate = gate.data();
          arguments.gate_stride = gate.stride();
          arguments.padded = padded;
          Gemm(arguments);
          for (int64_t i = 0; i < rows; ++i) {
            results.Add(std::vector<T>(c.row(i).begin(), c.row(i).end()));
          }
        }
      }
    }
  }
  return results;
}

TYPED_TEST(EqualBitsTest, ProductsOfEveryWidthAndHeight) {
  using T = TypeParam;
  for (int64_t columns = 1; columns <= 4 * kMaxLanes<T> + 1; ++columns) {
    for (const int64_t rows : {1, 2, 7, 16, 19}) {
      SCOPED_TRACE(testing::Message() << rows << " x " << columns);
      ExpectSameBits<T>([=] { return Products<T>(rows, columns, 5, columns % 2 == 0); });
    }
  }
}

TYPED_TEST(EqualBitsTest, ProductsOfTheReference) {
  using T = TypeParam;
  for (const int64_t batch : {16, 64, 130}) {
    for (const int64_t hidden : {5, 20, 50, 200}) {
      SCOPED_TRACE(testing::Message() << "batch " << batch << ", " << hidden << " nodes");
      ExpectSameBits<T>([=] { return Products<T>(batch, hidden, 100, true); });
      ExpectSameBits<T>([=] { return Products<T>(hidden, 50, batch, true); });
    }
  }
  ExpectSameBits<T>([] { return Products<T>(23, 45, 700, true); });
}

TYPED_TEST(EqualBitsTest, NormalizedRows) {
  using T = TypeParam;
  std::mt19937_64 generator(4);
  for (const int64_t columns : {1, 5, 20, 101}) {
    const std::vector<T> weight = RandomVector<T>(7 * columns, generator);
    for (const bool dense : {false, true}) {
      ExpectSameBits<T>([&] {
        Results<T> results;
        std::vector<T> normalized = weight;
        NormalizeRows(dense ? ArrayView<T>(normalized.data(), {7, columns}, {columns, 1})
                            : ArrayView<T>(normalized.data(), {7, columns}, {1, 7}),
                      ArrayView<T>(), 1e-12);
        results.Add(normalized);
        return results;
      });
    }
  }
}

// Random numbers are the same on "sse4.2", too.
TYPED_TEST(EqualBitsTest, RandomNumbers) {
  using T = TypeParam;
  const RandomStream random(1, "levels");
  const auto numbers = [&random] {
    Results<T> results;
    results.values.resize(100003);
    FillNormals(random, 1, absl::MakeSpan(results.values));
    results.statistics.resize(1003);
    FillUniforms(random, 1, absl::MakeSpan(results.statistics));
    return results;
  };
  ASSERT_TRUE(SelectSimdLevel("auto").ok());
  const Results<T> expected = numbers();
  for (const absl::string_view level : SupportedLevels()) {
    ASSERT_TRUE(SelectSimdLevel(level).ok());
    const Results<T> actual = numbers();
    EXPECT_TRUE(SameBits(actual.values, expected.values)) << level;
    EXPECT_TRUE(SameBits(actual.statistics, expected.statistics)) << level;
  }
}

}  // namespace
}  // namespace didact
