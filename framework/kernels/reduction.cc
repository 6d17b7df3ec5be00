#include "didact/framework/kernels/reduction.h"

#include <algorithm>
#include <cmath>

#include "didact/framework/kernels/active_kernels.h"

namespace didact {
namespace {

template <class T>
void ColumnMeansOf(const T* x, int64_t stride, int64_t rows, int64_t columns, double* means) {
  std::fill_n(means, columns, 0.0);
  if (rows <= 0) return;
  Kernels<T>().accumulate_column_sums(x, stride, rows, columns, means);
  for (int64_t j = 0; j < columns; ++j) means[j] /= static_cast<double>(rows);
}

// A block of this size stays in the second-level cache. Another number of rows would change results.
constexpr int64_t kBlockRows = 128;
constexpr int64_t kBlockColumns = 256;

template <class T>
void ColumnMeansAndVariancesOf(const T* x, int64_t stride, int64_t rows, int64_t columns,
                               double* means, double* variances) {
  std::fill_n(means, columns, 0.0);
  std::fill_n(variances, columns, 0.0);
  double block_means[kBlockColumns];
  double block_squares[kBlockColumns];
  for (int64_t first = 0; first < columns; first += kBlockColumns) {
    const int64_t count = std::min(kBlockColumns, columns - first);
    double* const mean = means + first;
    double* const squares = variances + first;
    for (int64_t row = 0; row < rows; row += kBlockRows) {
      const int64_t block_rows = std::min(kBlockRows, rows - row);
      const T* const block = x + row * stride + first;
      std::fill_n(block_means, count, 0.0);
      Kernels<T>().accumulate_column_sums(block, stride, block_rows, count, block_means);
      for (int64_t j = 0; j < count; ++j) block_means[j] /= static_cast<double>(block_rows);
      std::fill_n(block_squares, count, 0.0);
      Kernels<T>().accumulate_column_squares(block, stride, block_rows, count, block_means,
                                             block_squares);
      const double weight = static_cast<double>(block_rows) / static_cast<double>(row + block_rows);
      const double rows_before = static_cast<double>(row);
      for (int64_t j = 0; j < count; ++j) {
        const double difference = block_means[j] - mean[j];
        mean[j] += weight * difference;
        squares[j] += block_squares[j] + rows_before * weight * difference * difference;
      }
    }
    if (rows == 0) continue;
    for (int64_t j = 0; j < count; ++j) squares[j] /= static_cast<double>(rows);
  }
}

template <class T>
void RowNormsOf(const T* x, int64_t stride, int64_t rows, int64_t columns, double* norms) {
  for (int64_t i = 0; i < rows; ++i) {
    const T* const row = x + i * stride;
    norms[i] = std::sqrt(Kernels<T>().dot(row, row, columns));
  }
}

}  // namespace

double Dot(const float* x, const float* y, int64_t size) {
  return Kernels<float>().dot(x, y, size);
}
double Dot(const double* x, const double* y, int64_t size) {
  return Kernels<double>().dot(x, y, size);
}

double SumOfSquares(const float* x, int64_t size) { return Kernels<float>().dot(x, x, size); }
double SumOfSquares(const double* x, int64_t size) { return Kernels<double>().dot(x, x, size); }

double SumOfSquaredDifferences(const float* x, const float* y, int64_t size) {
  return Kernels<float>().sum_of_squared_differences(x, y, size);
}
double SumOfSquaredDifferences(const double* x, const double* y, int64_t size) {
  return Kernels<double>().sum_of_squared_differences(x, y, size);
}

double SquaredErrorAndGradient(float factor, const float* x, int64_t x_stride, const float* y,
                               int64_t y_stride, int64_t rows, int64_t columns, float* gradient,
                               int64_t gradient_stride) {
  return Kernels<float>().squared_error_and_gradient(factor, x, x_stride, y, y_stride, rows,
                                                     columns, gradient, gradient_stride);
}
double SquaredErrorAndGradient(double factor, const double* x, int64_t x_stride, const double* y,
                               int64_t y_stride, int64_t rows, int64_t columns, double* gradient,
                               int64_t gradient_stride) {
  return Kernels<double>().squared_error_and_gradient(factor, x, x_stride, y, y_stride, rows,
                                                      columns, gradient, gradient_stride);
}

void ColumnSums(const float* x, int64_t stride, int64_t rows, int64_t columns, float alpha,
                bool accumulate, float* out) {
  Kernels<float>().column_sums(x, stride, rows, columns, alpha, accumulate, out);
}
void ColumnSums(const double* x, int64_t stride, int64_t rows, int64_t columns, double alpha,
                bool accumulate, double* out) {
  Kernels<double>().column_sums(x, stride, rows, columns, alpha, accumulate, out);
}

void AccumulateColumnSums(const float* x, int64_t stride, int64_t rows, int64_t columns,
                          double* sums) {
  Kernels<float>().accumulate_column_sums(x, stride, rows, columns, sums);
}
void AccumulateColumnSums(const double* x, int64_t stride, int64_t rows, int64_t columns,
                          double* sums) {
  Kernels<double>().accumulate_column_sums(x, stride, rows, columns, sums);
}

void AccumulateColumnSquares(const float* x, int64_t stride, int64_t rows, int64_t columns,
                             const double* centers, double* sums) {
  Kernels<float>().accumulate_column_squares(x, stride, rows, columns, centers, sums);
}
void AccumulateColumnSquares(const double* x, int64_t stride, int64_t rows, int64_t columns,
                             const double* centers, double* sums) {
  Kernels<double>().accumulate_column_squares(x, stride, rows, columns, centers, sums);
}

void CenterColumns(const float* x, int64_t stride, int64_t rows, int64_t columns,
                   const double* centers, double* centered, int64_t centered_stride,
                   double* squares) {
  Kernels<float>().center_columns(x, stride, rows, columns, centers, centered, centered_stride,
                                  squares);
}
void CenterColumns(const double* x, int64_t stride, int64_t rows, int64_t columns,
                   const double* centers, double* centered, int64_t centered_stride,
                   double* squares) {
  Kernels<double>().center_columns(x, stride, rows, columns, centers, centered, centered_stride,
                                   squares);
}

void ColumnMeans(const float* x, int64_t stride, int64_t rows, int64_t columns, double* means) {
  ColumnMeansOf(x, stride, rows, columns, means);
}
void ColumnMeans(const double* x, int64_t stride, int64_t rows, int64_t columns, double* means) {
  ColumnMeansOf(x, stride, rows, columns, means);
}

void ColumnMeansAndVariances(const float* x, int64_t stride, int64_t rows, int64_t columns,
                             double* means, double* variances) {
  ColumnMeansAndVariancesOf(x, stride, rows, columns, means, variances);
}
void ColumnMeansAndVariances(const double* x, int64_t stride, int64_t rows, int64_t columns,
                             double* means, double* variances) {
  ColumnMeansAndVariancesOf(x, stride, rows, columns, means, variances);
}

void RowNorms(const float* x, int64_t stride, int64_t rows, int64_t columns, double* norms) {
  RowNormsOf(x, stride, rows, columns, norms);
}
void RowNorms(const double* x, int64_t stride, int64_t rows, int64_t columns, double* norms) {
  RowNormsOf(x, stride, rows, columns, norms);
}

}  // namespace didact
