#include "didact/framework/network/parallel_gemm.h"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/gemm.h"
#include "didact/framework/kernels/matrix.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

// Runs every part in a separate thread, and counts the parts.
class Threads final : public Workers {
 public:
  explicit Threads(int count) : count_(count) {}

  int count() const override { return count_; }
  void Run(int64_t parts, absl::FunctionRef<void(int64_t)> part) override {
    parts_run += parts;
    std::vector<std::thread> threads;
    for (int64_t i = 0; i < parts; ++i) threads.emplace_back([part, i] { part(i); });
    for (std::thread& thread : threads) thread.join();
  }

  int64_t parts_run = 0;

 private:
  int count_;
};

template <class T>
Matrix<T> RandomMatrix(int64_t rows, int64_t columns, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  Matrix<T> matrix(rows, columns);
  for (int64_t i = 0; i < rows; ++i) {
    for (T& value : matrix.row(i)) value = static_cast<T>(uniform(generator));
  }
  return matrix;
}

template <class T>
bool SameBits(const Matrix<T>& a, const Matrix<T>& b) {
  const size_t bytes = a.storage().size() * sizeof(T);
  return bytes == 0 || std::memcmp(a.data(), b.data(), bytes) == 0;
}

struct Case {
  std::string name;
  int64_t rows;
  int64_t columns;
  int64_t depth;
  bool worthwhile;
};

const Case kCases[] = {{"wide", 64, 751, 200, true},
                       {"one panel", 3000, 20, 100, true},
                       {"few columns and an odd number of rows", 1025, 101, 77, true},
                       {"large", 300, 400, 700, true},
                       {"small", 16, 200, 100, false}};

template <class T>
class ParallelGemmTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(ParallelGemmTest, Precisions);

// The test covers all forms of a product: A transposed, gathered or neither, B transposed or not,
// with every epilogue.
TYPED_TEST(ParallelGemmTest, GivesTheBitsOfOneCore) {
  using T = TypeParam;
  for (const Case& shape : kCases) {
    const Matrix<T> a = RandomMatrix<T>(shape.rows, shape.depth, 1);
    const Matrix<T> a_transposed = RandomMatrix<T>(shape.depth, shape.rows, 2);
    const Matrix<T> b = RandomMatrix<T>(shape.depth, shape.columns, 3);
    const Matrix<T> b_transposed = RandomMatrix<T>(shape.columns, shape.depth, 4);
    const Matrix<T> bias = RandomMatrix<T>(1, shape.columns, 5);
    const Matrix<T> gate = RandomMatrix<T>(shape.rows, shape.columns, 6);

    GemmArguments<T> forward;
    forward.rows = shape.rows;
    forward.columns = shape.columns;
    forward.depth = shape.depth;
    forward.a = a.data();
    forward.a_row_stride = a.stride();
    forward.b = b.data();
    forward.b_stride = b.stride();
    forward.initial_row = bias.data();
    forward.epilogue = GemmEpilogue::kPiecewiseLinear;
    forward.padded = true;

    GemmArguments<T> backward = forward;
    backward.b = b_transposed.data();
    backward.b_stride = b_transposed.stride();
    backward.b_transposed = true;
    backward.initial_row = nullptr;
    backward.epilogue = GemmEpilogue::kPiecewiseLinearGradient;
    backward.gate = gate.data();
    backward.gate_stride = gate.stride();

    GemmArguments<T> update = forward;
    update.a = a_transposed.data();
    update.a_row_stride = 1;
    update.a_depth_stride = a_transposed.stride();
    update.initial_row = nullptr;
    update.epilogue = GemmEpilogue::kNone;
    update.alpha = T(-0.25);
    update.accumulate = true;

    GemmArguments<T> gathered = forward;
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < shape.rows; ++i) rows.push_back((5 * i + 2) % shape.rows);
    gathered.a_rows = rows.data();

    for (GemmArguments<T> product : {forward, backward, update, gathered}) {
      Matrix<T> expected = RandomMatrix<T>(shape.rows, shape.columns, 7);
      product.c = expected.data();
      product.c_stride = expected.stride();
      Gemm(product);
      for (const int count : {1, 2, 3, 7}) {
        Threads threads(count);
        Matrix<T> c = RandomMatrix<T>(shape.rows, shape.columns, 7);
        product.c = c.data();
        ParallelGemm(product, &threads);
        EXPECT_TRUE(SameBits(c, expected)) << shape.name << ", " << count << " workers";
        EXPECT_EQ(threads.parts_run > 1, shape.worthwhile && count > 1) << shape.name;
      }
    }
  }
}

// Every element is read once, with the bits of the product that is stored.
TYPED_TEST(ParallelGemmTest, PartsTogetherAreTheProduct) {
  using T = TypeParam;
  const Case wide = {"too wide for whole rows", 40, 5000, 20, true};
  std::vector<Case> shapes = {wide, {"no row", 0, 5, 3, false}};
  shapes.insert(shapes.end(), std::begin(kCases), std::end(kCases));
  for (const Case& shape : shapes) {
    const Matrix<T> a = RandomMatrix<T>(shape.depth, shape.rows, 1);
    const Matrix<T> b = RandomMatrix<T>(shape.depth, shape.columns, 2);
    GemmArguments<T> product;
    product.rows = shape.rows;
    product.columns = shape.columns;
    product.depth = shape.depth;
    product.a = a.data();
    product.a_row_stride = 1;
    product.a_depth_stride = a.stride();
    product.b = b.data();
    product.b_stride = b.stride();
    product.alpha = T(0.5);
    product.padded = true;
    Matrix<T> expected(shape.rows, shape.columns);
    GemmArguments<T> stored = product;
    stored.c = expected.data();
    stored.c_stride = expected.stride();
    Gemm(stored);
    for (const int count : {0, 1, 2, 7}) {
      Threads threads(count);
      Matrix<T> sum(shape.rows, shape.columns);
      Matrix<T> reads(shape.rows, shape.columns);
      std::atomic<int64_t> parts = 0;
      ParallelGemmInParts(
          product, count == 0 ? nullptr : &threads,
          [&](int64_t first_row, int64_t first_column, const ArrayView<const T>& part) {
            ++parts;
            for (int64_t i = 0; i < part.shape(0); ++i) {
              for (int64_t j = 0; j < part.shape(1); ++j) {
                sum(first_row + i, first_column + j) += part(i, j);
                reads(first_row + i, first_column + j) += 1;
              }
            }
          });
      const std::string which = shape.name + ", " + std::to_string(count) + " workers";
      EXPECT_TRUE(SameBits(sum, expected)) << which;
      for (int64_t i = 0; i < shape.rows; ++i) {
        for (const T read : reads.row(i)) ASSERT_EQ(read, T(1)) << which << ", row " << i;
      }
      EXPECT_EQ(threads.parts_run > 1, shape.worthwhile && count > 1) << which;
      EXPECT_EQ(parts > 1, shape.worthwhile) << which;
    }
  }
}

TYPED_TEST(ParallelGemmTest, WithoutWorkersTheCallerComputes) {
  using T = TypeParam;
  const Matrix<T> a = RandomMatrix<T>(64, 300, 1);
  const Matrix<T> b = RandomMatrix<T>(300, 100, 2);
  Matrix<T> c(64, 100);
  GemmArguments<T> product;
  product.rows = 64;
  product.columns = 100;
  product.depth = 300;
  product.a = a.data();
  product.a_row_stride = a.stride();
  product.b = b.data();
  product.b_stride = b.stride();
  product.c = c.data();
  product.c_stride = c.stride();
  ParallelGemm(product, nullptr);
  const Matrix<T> once = c;
  Gemm(product);
  EXPECT_TRUE(SameBits(c, once));
  EXPECT_NE(c(63, 99), T(0));
}

}  // namespace
}  // namespace didact
