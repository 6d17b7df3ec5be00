#include "didact/framework/kernels/column_maps.h"

#include "didact/framework/kernels/active_kernels.h"

namespace didact {

void ScaleColumns(const float* x, int64_t stride, int64_t rows, int64_t columns,
                  const ColumnScaling<float>& scaling, float* out, int64_t out_stride) {
  Kernels<float>().scale_columns(x, stride, rows, columns, scaling, out, out_stride);
}
void ScaleColumns(const double* x, int64_t stride, int64_t rows, int64_t columns,
                  const ColumnScaling<double>& scaling, double* out, int64_t out_stride) {
  Kernels<double>().scale_columns(x, stride, rows, columns, scaling, out, out_stride);
}

void CombineColumns(const float* g, int64_t g_stride, const float* x, int64_t x_stride,
                    int64_t rows, int64_t columns, const ColumnScaling<float>& scaling,
                    const float* factor, const float* offset, float input_slope, float* out,
                    int64_t out_stride) {
  Kernels<float>().combine_columns(g, g_stride, x, x_stride, rows, columns, scaling, factor, offset,
                                   input_slope, out, out_stride);
}
void CombineColumns(const double* g, int64_t g_stride, const double* x, int64_t x_stride,
                    int64_t rows, int64_t columns, const ColumnScaling<double>& scaling,
                    const double* factor, const double* offset, double input_slope, double* out,
                    int64_t out_stride) {
  Kernels<double>().combine_columns(g, g_stride, x, x_stride, rows, columns, scaling, factor,
                                    offset, input_slope, out, out_stride);
}

void AccumulateColumnProducts(const float* g, int64_t g_stride, const float* x, int64_t x_stride,
                              int64_t rows, int64_t columns, const ColumnScaling<float>& scaling,
                              double* sums, double* products) {
  Kernels<float>().accumulate_column_products(g, g_stride, x, x_stride, rows, columns, scaling,
                                              sums, products);
}
void AccumulateColumnProducts(const double* g, int64_t g_stride, const double* x, int64_t x_stride,
                              int64_t rows, int64_t columns, const ColumnScaling<double>& scaling,
                              double* sums, double* products) {
  Kernels<double>().accumulate_column_products(g, g_stride, x, x_stride, rows, columns, scaling,
                                               sums, products);
}

}  // namespace didact
