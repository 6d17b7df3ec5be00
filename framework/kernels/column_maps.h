// Kernels that treat the columns of a matrix in different ways, each with its own coefficients, as
// batch normalization needs them. They take plain pointers and lengths; the caller owns all memory.

#ifndef DIDACT_FRAMEWORK_KERNELS_COLUMN_MAPS_H_
#define DIDACT_FRAMEWORK_KERNELS_COLUMN_MAPS_H_

#include <cstdint>

namespace didact {

// For all functions below:
//   Shapes:   matrices `[rows, columns]` with `stride` elements from row to row, read and written
//             exactly (never the padding); one coefficient per column. Any size may be 0.
//   Aliasing: the output may be one of the matrices that are read, with the same stride; otherwise
//             they must not overlap.
//   Numerics: an element of `out` depends only on the elements in its place and on the coefficients
//             of its column.
//             `a * b + c` is one fused multiply-add (two operations on SSE4.2, which has none). NaN
//             and infinity propagate.
//   Memory:   no heap.
//   Threads:  safe, as long as outputs are disjoint.
//   Errors:   none.

// out[i, j] = scale[j] * (x[i, j] - center[j]) + shift[j].
void ScaleColumns(const float* x, int64_t stride, int64_t rows, int64_t columns,
                  const float* center, const float* scale, const float* shift, float* out,
                  int64_t out_stride);
void ScaleColumns(const double* x, int64_t stride, int64_t rows, int64_t columns,
                  const double* center, const double* scale, const double* shift, double* out,
                  int64_t out_stride);

// out[i, j] = scale[j] * g[i, j] + (slope[j] * (x[i, j] - center[j]) + shift[j]).
void CombineColumns(const float* g, int64_t g_stride, const float* x, int64_t x_stride,
                    int64_t rows, int64_t columns, const float* scale, const float* center,
                    const float* slope, const float* shift, float* out, int64_t out_stride);
void CombineColumns(const double* g, int64_t g_stride, const double* x, int64_t x_stride,
                    int64_t rows, int64_t columns, const double* scale, const double* center,
                    const double* slope, const double* shift, double* out, int64_t out_stride);

// sums[j] += sum_i g[i, j] and products[j] += sum_i g[i, j] * (x[i, j] - center[j]), where terms
// are formed and added in double, over rows in ascending order.
void AccumulateColumnProducts(const float* g, int64_t g_stride, const float* x, int64_t x_stride,
                              int64_t rows, int64_t columns, const float* center, double* sums,
                              double* products);
void AccumulateColumnProducts(const double* g, int64_t g_stride, const double* x, int64_t x_stride,
                              int64_t rows, int64_t columns, const double* center, double* sums,
                              double* products);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_COLUMN_MAPS_H_
