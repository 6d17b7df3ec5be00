// Sums over arrays and over the columns of matrices, in a fixed order of additions. Statistics
// accumulate in double even for float data.

#ifndef DIDACT_FRAMEWORK_KERNELS_REDUCTION_H_
#define DIDACT_FRAMEWORK_KERNELS_REDUCTION_H_

#include <cstdint>

namespace didact {

// For all functions below:
//   Shapes:   arrays of `size` elements, any alignment; matrices `[rows, columns]` with `stride`
//             elements from row to row, read exactly (never the padding). Any size may be 0: the
//             sum of nothing is 0.
//   Numerics: terms are formed and added in double unless said otherwise, by fused multiply-adds.
//             The order of additions is fixed by the sizes alone: the terms of an array go to 16
//             running sums in turn, which are then added in pairs 8, 4, 2 and 1 apart. A column is
//             summed over its rows in ascending order, whatever other columns there are. NaN and
//             infinity propagate.
//   Memory:   no heap.
//   Threads:  safe.
//   Errors:   none.

// Sum of x[i] * y[i].
double Dot(const float* x, const float* y, int64_t size);
double Dot(const double* x, const double* y, int64_t size);

// Sum of x[i]^2.
double SumOfSquares(const float* x, int64_t size);
double SumOfSquares(const double* x, int64_t size);

// Sum of (x[i] - y[i])^2.
double SumOfSquaredDifferences(const float* x, const float* y, int64_t size);
double SumOfSquaredDifferences(const double* x, const double* y, int64_t size);

// Sum of (x[i, j] - y[i, j])^2: the values of SumOfSquaredDifferences for each row, added in
// ascending order of rows, so a row's share does not depend on the other rows. Unless `gradient` is
// null, also sets gradient[i, j] = factor * (x[i, j] - y[i, j]) in the type of the data, with the
// difference rounded first. `gradient` may be x or y, with the same stride; its padding is left
// unchanged.
double SquaredErrorAndGradient(float factor, const float* x, int64_t x_stride, const float* y,
                               int64_t y_stride, int64_t rows, int64_t columns, float* gradient,
                               int64_t gradient_stride);
double SquaredErrorAndGradient(double factor, const double* x, int64_t x_stride, const double* y,
                               int64_t y_stride, int64_t rows, int64_t columns, double* gradient,
                               int64_t gradient_stride);

// out[j] = start + alpha * sum_i x[i, j] in the type of the data, where start is out[j] if
// `accumulate` and otherwise 0: the bias row that belongs to a Gemm with the same alpha and
// accumulate.
void ColumnSums(const float* x, int64_t stride, int64_t rows, int64_t columns, float alpha,
                bool accumulate, float* out);
void ColumnSums(const double* x, int64_t stride, int64_t rows, int64_t columns, double alpha,
                bool accumulate, double* out);

// sums[j] += sum_i x[i, j]. Adding a data set block by block gives the same bits as adding it at
// once.
void AccumulateColumnSums(const float* x, int64_t stride, int64_t rows, int64_t columns,
                          double* sums);
void AccumulateColumnSums(const double* x, int64_t stride, int64_t rows, int64_t columns,
                          double* sums);

// sums[j] += sum_i (x[i, j] - centers[j])^2; null `centers` are zeros. Blocks may be added one by
// one, with the same bits.
void AccumulateColumnSquares(const float* x, int64_t stride, int64_t rows, int64_t columns,
                             const double* centers, double* sums);
void AccumulateColumnSquares(const double* x, int64_t stride, int64_t rows, int64_t columns,
                             const double* centers, double* sums);

// centered[i, j] = x[i, j] - centers[j], and squares[j] += sum_i centered[i, j]^2, with the bits of
// AccumulateColumnSquares. The padding of `centered` is left unchanged.
void CenterColumns(const float* x, int64_t stride, int64_t rows, int64_t columns,
                   const double* centers, double* centered, int64_t centered_stride,
                   double* squares);
void CenterColumns(const double* x, int64_t stride, int64_t rows, int64_t columns,
                   const double* centers, double* centered, int64_t centered_stride,
                   double* squares);

// means[j] = (sum_i x[i, j]) / rows; zeros if there are no rows.
void ColumnMeans(const float* x, int64_t stride, int64_t rows, int64_t columns, double* means);
void ColumnMeans(const double* x, int64_t stride, int64_t rows, int64_t columns, double* means);

// The means of the columns and their variances, sum_i (x[i, j] - mean[j])^2 / rows, in one pass over
// memory: blocks of 128 rows, which stay in the cache, are summed twice and merged in ascending
// order. Zeros if there are no rows.
// Source: Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
//         Variances", 1979.
void ColumnMeansAndVariances(const float* x, int64_t stride, int64_t rows, int64_t columns,
                             double* means, double* variances);
void ColumnMeansAndVariances(const double* x, int64_t stride, int64_t rows, int64_t columns,
                             double* means, double* variances);

// norms[i] = sqrt(sum_j x[i, j]^2).
void RowNorms(const float* x, int64_t stride, int64_t rows, int64_t columns, double* norms);
void RowNorms(const double* x, int64_t stride, int64_t rows, int64_t columns, double* norms);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_REDUCTION_H_
