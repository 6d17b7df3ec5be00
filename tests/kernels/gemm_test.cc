#include "didact/framework/kernels/gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ostream>
#include <random>
#include <vector>

#include "didact/framework/kernels/matrix.h"
#include "tests/kernels/test_data.h"

namespace didact {
namespace {

constexpr double kSentinel = 777.0;

// One product in mathematical form. Its operands are laid out again for each form of call.
template <class T>
struct Problem {
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t depth = 0;
  std::vector<T> a;     // [rows, depth]
  std::vector<T> b;     // [depth, columns]
  std::vector<T> c;     // [rows, columns], before
  std::vector<T> gate;  // [rows, columns]
  std::vector<T> row;   // [columns]
  T alpha = T(1);
  bool accumulate = false;
  bool from_row = false;
  GemmEpilogue epilogue = GemmEpilogue::kNone;
  T slope = T(0);
};

struct Layout {
  bool a_transposed = false;
  bool b_transposed = false;
  bool padded = false;
  // Number of elements by which unpadded operands are shifted from their aligned addresses.
  int64_t offset = 0;
  // If true, the rows of A are in another order, among rows of NaN.
  bool a_scattered = false;
};

std::ostream& operator<<(std::ostream& out, const Layout& layout) {
  return out << "a_transposed " << layout.a_transposed << " b_transposed " << layout.b_transposed
             << " padded " << layout.padded << " offset " << layout.offset << " a_scattered "
             << layout.a_scattered;
}

template <class T>
Problem<T> RandomProblem(int64_t rows, int64_t columns, int64_t depth, std::mt19937_64& generator) {
  Problem<T> problem;
  problem.rows = rows;
  problem.columns = columns;
  problem.depth = depth;
  problem.a = RandomVector<T>(rows * depth, generator);
  problem.b = RandomVector<T>(depth * columns, generator);
  problem.c = RandomVector<T>(rows * columns, generator);
  problem.gate = RandomVector<T>(rows * columns, generator);
  problem.row = RandomVector<T>(columns, generator);
  return problem;
}

// The scalar equivalent: plain loops in long double. `tolerance` receives a bound on the rounding
// error of sums of these magnitudes.
template <class T>
long double Expected(const Problem<T>& p, int64_t i, int64_t j, double* tolerance) {
  long double sum = 0;
  long double magnitude = 0;
  for (int64_t k = 0; k < p.depth; ++k) {
    const long double term =
        static_cast<long double>(p.a[i * p.depth + k]) * p.b[k * p.columns + j];
    sum += term;
    magnitude += std::abs(term);
  }
  long double value = p.alpha * sum;
  magnitude *= std::abs(p.alpha);
  if (p.accumulate) value += p.c[i * p.columns + j];
  if (p.from_row) value += p.row[j];
  magnitude += 1;
  if (p.epilogue == GemmEpilogue::kPiecewiseLinear && !(value > 0)) value *= p.slope;
  if (p.epilogue == GemmEpilogue::kPiecewiseLinearGradient && !(p.gate[i * p.columns + j] > 0)) {
    value *= p.slope;
  }
  *tolerance = static_cast<double>(magnitude) * kEpsilon<T> * static_cast<double>(p.depth + 4);
  return value;
}

// A copy of the matrix `[rows, columns]` in an allocation of exactly the permitted extent, so that
// the address sanitizer detects an access beyond it.
template <class T>
struct Operand {
  Operand(const std::vector<T>& values, int64_t rows, int64_t columns, bool transpose, bool padded,
          int64_t offset) {
    const int64_t height = transpose ? columns : rows;
    const int64_t width = transpose ? rows : columns;
    stride = padded ? PaddedColumns<T>(width) : width + (height > 1 ? offset : 0);
    start = padded ? 0 : offset;
    const int64_t last = height == 0 ? 0 : (height - 1) * stride + (padded ? stride : width);
    storage.assign(start + last, static_cast<T>(kSentinel));
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        storage[start + (transpose ? j * stride + i : i * stride + j)] = values[i * columns + j];
      }
    }
  }
  T* data() { return storage.data() + start; }

  std::vector<T> storage;
  int64_t stride;
  int64_t start;
};

// The rows of a matrix `[rows, depth]` among other rows, which the kernel must not read.
template <class T>
struct ScatteredRows {
  ScatteredRows(const std::vector<T>& a, int64_t rows, int64_t depth)
      : values(3 * rows * depth, std::numeric_limits<T>::quiet_NaN()) {
    for (int64_t i = 0; i < rows; ++i) {
      places.push_back(3 * (rows - 1 - i) + 1);
      std::copy_n(a.begin() + i * depth, depth, values.begin() + places.back() * depth);
    }
  }

  std::vector<T> values;
  std::vector<int64_t> places;
};

// Runs the kernel and returns C without its padding. Also checks that nothing else was written.
template <class T>
std::vector<T> Run(const Problem<T>& p, const Layout& layout) {
  Operand<T> a(p.a, p.rows, p.depth, layout.a_transposed, false, layout.offset);
  Operand<T> b(p.b, p.depth, p.columns, layout.b_transposed, layout.padded && !layout.b_transposed,
               layout.offset);
  Operand<T> c(p.c, p.rows, p.columns, false, layout.padded, layout.offset);
  Operand<T> gate(p.gate, p.rows, p.columns, false, layout.padded, layout.offset);
  Operand<T> row(p.row, 1, p.columns, false, layout.padded, layout.offset);

  GemmArguments<T> arguments;
  arguments.rows = p.rows;
  arguments.columns = p.columns;
  arguments.depth = p.depth;
  arguments.a = a.data();
  arguments.a_row_stride = layout.a_transposed ? 1 : a.stride;
  arguments.a_depth_stride = layout.a_transposed ? a.stride : 1;
  const ScatteredRows<T> scattered(p.a, p.rows, p.depth);
  if (layout.a_scattered) {
    arguments.a = scattered.values.data();
    arguments.a_row_stride = p.depth;
    arguments.a_depth_stride = 1;
    arguments.a_rows = scattered.places.data();
  }
  arguments.b = b.data();
  arguments.b_stride = b.stride;
  arguments.b_transposed = layout.b_transposed;
  arguments.c = c.data();
  arguments.c_stride = c.stride;
  arguments.alpha = p.alpha;
  arguments.accumulate = p.accumulate;
  arguments.initial_row = p.from_row ? row.data() : nullptr;
  arguments.epilogue = p.epilogue;
  arguments.slope = p.slope;
  arguments.gate = gate.data();
  arguments.gate_stride = gate.stride;
  arguments.padded = layout.padded;
  Gemm(arguments);

  std::vector<T> result;
  for (int64_t i = 0; i < p.rows; ++i) {
    for (int64_t j = 0; j < p.columns; ++j) result.push_back(c.data()[i * c.stride + j]);
  }
  for (int64_t i = 0; i < c.start; ++i) EXPECT_EQ(c.storage[i], static_cast<T>(kSentinel));
  for (int64_t i = 0; i < p.rows; ++i) {
    const int64_t end = i + 1 < p.rows || layout.padded ? c.stride : p.columns;
    for (int64_t j = p.columns; j < end; ++j) {
      const T between = c.data()[i * c.stride + j];
      // The values in the padding of the operands must not reach the padding of C.
      if (layout.padded) {
        EXPECT_TRUE(between == T(0) || between == static_cast<T>(kSentinel)) << between;
      } else {
        EXPECT_EQ(between, static_cast<T>(kSentinel));
      }
    }
  }
  return result;
}

std::vector<Layout> AllLayouts() {
  std::vector<Layout> layouts;
  for (const bool a_transposed : {false, true}) {
    for (const bool b_transposed : {false, true}) {
      layouts.push_back({a_transposed, b_transposed, true, 0});
      for (int64_t offset = 0; offset < 4; ++offset) {
        layouts.push_back({a_transposed, b_transposed, false, offset});
      }
    }
  }
  for (const bool b_transposed : {false, true}) {
    for (const bool padded : {false, true}) {
      layouts.push_back({false, b_transposed, padded, 0, true});
    }
  }
  return layouts;
}

template <class T>
void ExpectMatchesScalarTwin(const Problem<T>& p) {
  std::vector<T> first;
  for (const Layout& layout : AllLayouts()) {
    SCOPED_TRACE(testing::Message() << p.rows << " x " << p.columns << " x " << p.depth << ", "
                                    << layout << ", epilogue " << static_cast<int>(p.epilogue));
    const std::vector<T> result = Run(p, layout);
    if (first.empty()) {
      first = result;
      for (int64_t i = 0; i < p.rows; ++i) {
        for (int64_t j = 0; j < p.columns; ++j) {
          double tolerance;
          const long double expected = Expected(p, i, j, &tolerance);
          ASSERT_NEAR(result[i * p.columns + j], static_cast<double>(expected), tolerance)
              << "at " << i << ", " << j;
        }
      }
    }
    // All layouts of the operands give the same bits.
    ASSERT_EQ(result, first);
  }
}

template <class T>
class GemmTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(GemmTest, Precisions);

TYPED_TEST(GemmTest, MatchesTheScalarTwinAtEveryWidth) {
  using T = TypeParam;
  std::mt19937_64 generator(1);
  for (int64_t columns = 0; columns <= 6 * kMaxLanes<T> / 2 + 1; ++columns) {
    for (const int64_t rows : {1, 5, 16}) {
      for (const int64_t depth : {0, 1, 9}) {
        Problem<T> p = RandomProblem<T>(rows, columns, depth, generator);
        ExpectMatchesScalarTwin(p);
      }
    }
  }
}

TYPED_TEST(GemmTest, MatchesTheScalarTwinAtEveryHeight) {
  using T = TypeParam;
  std::mt19937_64 generator(2);
  // The number of rows goes up to two whole vectors and one row, and beyond the size at which
  // backward passes transpose.
  for (int64_t rows = 0; rows <= 33; ++rows) {
    for (const int64_t vectors : {1, 2, 3, 4, 5}) {
      Problem<T> p = RandomProblem<T>(rows, vectors * kMaxLanes<T> / 2 - 1, 7, generator);
      ExpectMatchesScalarTwin(p);
    }
  }
}

TYPED_TEST(GemmTest, MatchesTheScalarTwinAtEveryDepth) {
  using T = TypeParam;
  std::mt19937_64 generator(3);
  for (int64_t depth = 0; depth <= 2 * kMaxLanes<T> + 1; ++depth) {
    ExpectMatchesScalarTwin(RandomProblem<T>(6, 13, depth, generator));
  }
  for (const int64_t depth : {255, 256, 257, 512, 700}) {
    ExpectMatchesScalarTwin(RandomProblem<T>(5, 13, depth, generator));
  }
}

TYPED_TEST(GemmTest, CrossesTheBlocksOfRows) {
  std::mt19937_64 generator(4);
  ExpectMatchesScalarTwin(RandomProblem<TypeParam>(300, 27, 270, generator));
}

TYPED_TEST(GemmTest, ScalesAndAccumulates) {
  using T = TypeParam;
  std::mt19937_64 generator(5);
  for (const int64_t depth : {0, 1, 16, 600}) {
    for (const bool accumulate : {false, true}) {
      for (const double alpha : {1.0, -0.01, 0.0}) {
        Problem<T> p = RandomProblem<T>(9, 21, depth, generator);
        p.alpha = static_cast<T>(alpha);
        p.accumulate = accumulate;
        ExpectMatchesScalarTwin(p);
      }
    }
  }
}

TYPED_TEST(GemmTest, StartsFromARow) {
  using T = TypeParam;
  std::mt19937_64 generator(6);
  for (const int64_t depth : {0, 1, 16, 600}) {
    Problem<T> p = RandomProblem<T>(9, 21, depth, generator);
    p.from_row = true;
    ExpectMatchesScalarTwin(p);
  }
}

TYPED_TEST(GemmTest, AppliesEpiloguesToCompleteSums) {
  using T = TypeParam;
  std::mt19937_64 generator(7);
  for (const GemmEpilogue epilogue :
       {GemmEpilogue::kPiecewiseLinear, GemmEpilogue::kPiecewiseLinearGradient}) {
    for (const int64_t depth : {0, 3, 600}) {
      for (const double slope : {0.0, 0.1, 1.0}) {
        for (const bool from_row : {false, true}) {
          Problem<T> p = RandomProblem<T>(9, 21, depth, generator);
          p.epilogue = epilogue;
          p.slope = static_cast<T>(slope);
          p.from_row = from_row;
          ExpectMatchesScalarTwin(p);
        }
      }
    }
  }
}

TYPED_TEST(GemmTest, GivesTheSameBitsWhereverABatchIsSplit) {
  using T = TypeParam;
  std::mt19937_64 generator(8);
  Problem<T> whole = RandomProblem<T>(150, 53, 300, generator);
  whole.from_row = true;
  whole.epilogue = GemmEpilogue::kPiecewiseLinear;
  whole.slope = T(0.25);
  const std::vector<T> expected = Run(whole, Layout{.padded = true});
  for (const int64_t part : {1, 2, 3, 5, 7, 16, 64, 149}) {
    std::vector<T> joined;
    for (int64_t first = 0; first < whole.rows; first += part) {
      Problem<T> p = whole;
      p.rows = std::min(part, whole.rows - first);
      p.a.assign(whole.a.begin() + first * whole.depth,
                 whole.a.begin() + (first + p.rows) * whole.depth);
      p.c.resize(p.rows * p.columns);
      p.gate.resize(p.rows * p.columns);
      const std::vector<T> result = Run(p, Layout{.padded = true});
      joined.insert(joined.end(), result.begin(), result.end());
    }
    ASSERT_EQ(joined, expected) << "in parts of " << part;
  }
}

TYPED_TEST(GemmTest, GivesAColumnTheSameBitsInAnyCompany) {
  using T = TypeParam;
  std::mt19937_64 generator(9);
  const Problem<T> whole = RandomProblem<T>(10, 61, 20, generator);
  const std::vector<T> expected = Run(whole, Layout{.padded = true});
  for (int64_t columns = 1; columns < whole.columns; ++columns) {
    Problem<T> p = whole;
    p.columns = columns;
    p.b.clear();
    for (int64_t k = 0; k < p.depth; ++k) {
      for (int64_t j = 0; j < columns; ++j) p.b.push_back(whole.b[k * whole.columns + j]);
    }
    const std::vector<T> result = Run(p, Layout{});
    for (int64_t i = 0; i < p.rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        ASSERT_EQ(result[i * columns + j], expected[i * whole.columns + j]);
      }
    }
  }
}

// A transposed matrix of rows of an image: `group` pixels of each row, then some that are not read.
TYPED_TEST(GemmTest, GivesGroupsTheBitsOfOneRowOfPixels) {
  using T = TypeParam;
  std::mt19937_64 generator(12);
  constexpr int64_t kUnread = 2;
  for (const int64_t group : {1, 7, 16, 28}) {
    for (const int64_t depth : {group, 3 * group, 3 * group + group / 2, 8 * group}) {
      const Problem<T> problem = RandomProblem<T>(37, 35, depth, generator);
      const int64_t groups = (depth + group - 1) / group;
      std::vector<T> a(groups * (group + kUnread) * problem.rows,
                       std::numeric_limits<T>::quiet_NaN());
      for (int64_t k = 0; k < depth; ++k) {
        const int64_t pixel = k / group * (group + kUnread) + k % group;
        for (int64_t i = 0; i < problem.rows; ++i) {
          a[pixel * problem.rows + i] = problem.a[i * depth + k];
        }
      }
      std::vector<T> c(problem.rows * problem.columns);
      GemmArguments<T> arguments;
      arguments.rows = problem.rows;
      arguments.columns = problem.columns;
      arguments.depth = depth;
      arguments.a = a.data();
      arguments.a_row_stride = 1;
      arguments.a_depth_stride = problem.rows;
      arguments.a_group = group;
      arguments.a_group_stride = (group + kUnread) * problem.rows;
      arguments.b = problem.b.data();
      arguments.b_stride = problem.columns;
      arguments.c = c.data();
      arguments.c_stride = problem.columns;
      Gemm(arguments);
      ASSERT_EQ(c, Run(problem, Layout())) << "group " << group << " depth " << depth;
    }
  }
}

// Large operands are fetched ahead, which parts of them are not.
TYPED_TEST(GemmTest, GivesLargeOperandsTheBitsOfTheirParts) {
  using T = TypeParam;
  std::mt19937_64 generator(13);
  constexpr int64_t kColumns = 610;
  constexpr int64_t kParts = 10;
  for (const bool b_transposed : {false, true}) {
    Problem<T> whole = RandomProblem<T>(70, kColumns, 520, generator);
    whole.accumulate = true;
    const Layout layout = {.b_transposed = b_transposed};
    const std::vector<T> result = Run(whole, layout);
    for (int64_t part = 0; part < kParts; ++part) {
      Problem<T> piece = whole;
      piece.columns = kColumns / kParts;
      const auto columns_of = [&](const std::vector<T>& matrix) {
        std::vector<T> columns;
        for (size_t from = part * piece.columns; from < matrix.size(); from += kColumns) {
          columns.insert(columns.end(), matrix.begin() + from,
                         matrix.begin() + from + piece.columns);
        }
        return columns;
      };
      piece.b = columns_of(whole.b);
      piece.c = columns_of(whole.c);
      ASSERT_EQ(columns_of(result), Run(piece, layout)) << "part " << part << " " << layout;
    }
  }
}

TYPED_TEST(GemmTest, PropagatesNanAndInfinityAndNothingElse) {
  using T = TypeParam;
  std::mt19937_64 generator(10);
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const T infinity = std::numeric_limits<T>::infinity();
  for (const Layout& layout : AllLayouts()) {
    Problem<T> p = RandomProblem<T>(7, 19, 5, generator);
    for (T& value : p.b) value = std::abs(value) + T(0.5);
    p.epilogue = GemmEpilogue::kPiecewiseLinear;
    p.slope = T(0.5);
    p.a[2 * p.depth + 3] = nan;
    p.a[4 * p.depth + 1] = infinity;
    p.a[5 * p.depth + 1] = -infinity;
    const std::vector<T> result = Run(p, layout);
    for (int64_t i = 0; i < p.rows; ++i) {
      for (int64_t j = 0; j < p.columns; ++j) {
        const T value = result[i * p.columns + j];
        if (i == 2) {
          ASSERT_TRUE(std::isnan(value));
        } else if (i == 4) {
          ASSERT_EQ(value, infinity);
        } else if (i == 5) {
          ASSERT_EQ(value, -infinity);
        } else {
          ASSERT_TRUE(std::isfinite(value));
        }
      }
    }
  }
}

TYPED_TEST(GemmTest, IgnoresWhatAnOverwrittenResultHeld) {
  using T = TypeParam;
  std::mt19937_64 generator(11);
  for (const Layout& layout : AllLayouts()) {
    Problem<T> p = RandomProblem<T>(5, 11, 300, generator);
    const std::vector<T> expected = Run(p, layout);
    for (T& value : p.c) value = std::numeric_limits<T>::quiet_NaN();
    ASSERT_EQ(Run(p, layout), expected) << layout;
  }
}

TYPED_TEST(GemmTest, KeepsThePaddingOfMatricesZero) {
  using T = TypeParam;
  Matrix<T> a(6, 5);
  Matrix<T> b(5, 9);
  Matrix<T> c(6, 9);
  for (int64_t i = 0; i < 6; ++i) a(i, i % 5) = std::numeric_limits<T>::infinity();
  for (int64_t k = 0; k < 5; ++k) b(k, k) = T(1);
  for (T& value : c.storage()) value = T(3);
  GemmArguments<T> arguments;
  arguments.rows = 6;
  arguments.columns = 9;
  arguments.depth = 5;
  arguments.a = a.data();
  arguments.a_row_stride = a.stride();
  arguments.b = b.data();
  arguments.b_stride = b.stride();
  arguments.c = c.data();
  arguments.c_stride = c.stride();
  arguments.padded = true;
  Gemm(arguments);
  // 0 * infinity is NaN, also in the padding of B: it must not reach that of C.
  for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(c.data()[i * c.stride() + 9], T(0));
}

}  // namespace
}  // namespace didact
