// Kernels that treat the columns of a matrix in different ways, each with its own coefficients, as
// batch normalization needs them. They take plain pointers and lengths; the caller owns all memory.

#ifndef DIDACT_FRAMEWORK_KERNELS_COLUMN_MAPS_H_
#define DIDACT_FRAMEWORK_KERNELS_COLUMN_MAPS_H_

#include <cstdint>

#include "didact/framework/kernels/column_scaling.h"

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

// out[i, j] = y for the element x[i, j] (ColumnScaling).
void ScaleColumns(const float* x, int64_t stride, int64_t rows, int64_t columns,
                  const ColumnScaling<float>& scaling, float* out, int64_t out_stride);
void ScaleColumns(const double* x, int64_t stride, int64_t rows, int64_t columns,
                  const ColumnScaling<double>& scaling, double* out, int64_t out_stride);

// The gradient of ScaleColumns. With h[i, j] = z > 0 ? g[i, j] : negative_slope * g[i, j], for the z
// of the element x[i, j],
//   combined = scale[j] * h[i, j] + (factor[j] * (x[i, j] - center[j]) + offset[j]),
//   out[i, j] = x[i, j] > 0 ? combined : input_slope * combined.
// `factor` and `offset` have one coefficient per column. `input_slope` is 1, or the negative slope
// of a piecewise-linear activation whose values are x.
void CombineColumns(const float* g, int64_t g_stride, const float* x, int64_t x_stride,
                    int64_t rows, int64_t columns, const ColumnScaling<float>& scaling,
                    const float* factor, const float* offset, float input_slope, float* out,
                    int64_t out_stride);
void CombineColumns(const double* g, int64_t g_stride, const double* x, int64_t x_stride,
                    int64_t rows, int64_t columns, const ColumnScaling<double>& scaling,
                    const double* factor, const double* offset, double input_slope, double* out,
                    int64_t out_stride);

// sums[j] += sum_i h[i, j] and products[j] += sum_i h[i, j] * (x[i, j] - center[j]) with the h of
// CombineColumns, where terms are formed and added in double, over rows in ascending order.
void AccumulateColumnProducts(const float* g, int64_t g_stride, const float* x, int64_t x_stride,
                              int64_t rows, int64_t columns, const ColumnScaling<float>& scaling,
                              double* sums, double* products);
void AccumulateColumnProducts(const double* g, int64_t g_stride, const double* x, int64_t x_stride,
                              int64_t rows, int64_t columns, const ColumnScaling<double>& scaling,
                              double* sums, double* products);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_COLUMN_MAPS_H_
