#include "didact/framework/kernels/matrix.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

namespace didact {
namespace {

template <class T>
class MatrixTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(MatrixTest, Precisions);

TYPED_TEST(MatrixTest, AlignsEveryRowAndPadsItWithZeros) {
  using T = TypeParam;
  for (int64_t columns = 1; columns < 70; ++columns) {
    Matrix<T> matrix(3, columns);
    EXPECT_GE(matrix.stride(), PaddedColumns<T>(columns));
    for (int64_t i = 0; i < 3; ++i) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(matrix.row(i).data()) % kRowAlignment, 0u);
      EXPECT_EQ(static_cast<int64_t>(matrix.row(i).size()), columns);
    }
    for (const T value : matrix.storage()) EXPECT_EQ(value, T(0));
  }
}

TYPED_TEST(MatrixTest, PadsToTheNextCacheLine) {
  using T = TypeParam;
  const int64_t per_line = 64 / sizeof(T);
  EXPECT_EQ(PaddedColumns<T>(0), 0);
  EXPECT_EQ(PaddedColumns<T>(1), per_line);
  EXPECT_EQ(PaddedColumns<T>(per_line), per_line);
  EXPECT_EQ(PaddedColumns<T>(per_line + 1), 2 * per_line);
}

// With an even number, the rows of a panel of columns would share a few sets of the cache.
TYPED_TEST(MatrixTest, RowsOfWideMatricesAreAnOddNumberOfCacheLinesApart) {
  using T = TypeParam;
  const int64_t per_line = 64 / sizeof(T);
  for (int64_t lines = 8; lines < 70; ++lines) {
    EXPECT_EQ(Matrix<T>(2, lines * per_line).stride(), (lines / 2 * 2 + 1) * per_line) << lines;
  }
}

TYPED_TEST(MatrixTest, IsEmptyByDefaultAndMayHaveNoRowsOrColumns) {
  using T = TypeParam;
  EXPECT_TRUE(Matrix<T>().empty());
  const Matrix<T> empty;
  EXPECT_TRUE(empty.view().empty());
  EXPECT_TRUE(Matrix<T>(0, 5).empty());
  EXPECT_TRUE(Matrix<T>(5, 0).empty());
  EXPECT_EQ(Matrix<T>(5, 0).rows(), 5);
}

TYPED_TEST(MatrixTest, ResizingSetsEverythingToZero) {
  using T = TypeParam;
  Matrix<T> matrix(4, 40);
  for (T& value : matrix.storage()) value = T(1);
  matrix.Resize(3, 3);
  EXPECT_EQ(matrix.rows(), 3);
  EXPECT_EQ(matrix.columns(), 3);
  for (const T value : matrix.storage()) EXPECT_EQ(value, T(0));
}

TYPED_TEST(MatrixTest, CopiesDeeplyAndMovesWithoutMovingElements) {
  using T = TypeParam;
  Matrix<T> matrix(2, 3);
  matrix(1, 2) = T(5);
  Matrix<T> copy = matrix;
  matrix(1, 2) = T(6);
  EXPECT_EQ(copy(1, 2), T(5));
  copy = matrix;
  EXPECT_EQ(copy(1, 2), T(6));

  const T* const data = matrix.data();
  const Matrix<T> moved = std::move(matrix);
  EXPECT_EQ(moved.data(), data);
  EXPECT_EQ(moved.rows(), 2);
  EXPECT_EQ(moved(1, 2), T(6));
}

TYPED_TEST(MatrixTest, ViewsShowTheElementsWithoutThePadding) {
  using T = TypeParam;
  Matrix<T> matrix(2, 3);
  matrix.view()(1, 2) = T(7);
  EXPECT_EQ(matrix(1, 2), T(7));
  const Matrix<T>& constant = matrix;
  const ArrayView<const T> view = constant.view();
  EXPECT_EQ(view.shape(0), 2);
  EXPECT_EQ(view.shape(1), 3);
  EXPECT_EQ(view.stride(0), matrix.stride());
  EXPECT_EQ(view(1, 2), T(7));
}

}  // namespace
}  // namespace didact
