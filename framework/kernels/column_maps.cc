#include "didact/framework/kernels/column_maps.h"

#include "didact/framework/kernels/active_kernels.h"

namespace didact {

void ScaleColumns(const float* x, int64_t stride, int64_t rows, int64_t columns,
                  const float* center, const float* scale, const float* shift, float* out,
                  int64_t out_stride) {
  Kernels<float>().scale_columns(x, stride, rows, columns, center, scale, shift, out, out_stride);
}
void ScaleColumns(const double* x, int64_t stride, int64_t rows, int64_t columns,
                  const double* center, const double* scale, const double* shift, double* out,
                  int64_t out_stride) {
  Kernels<double>().scale_columns(x, stride, rows, columns, center, scale, shift, out, out_stride);
}

void CombineColumns(const float* g, int64_t g_stride, const float* x, int64_t x_stride,
                    int64_t rows, int64_t columns, const float* scale, const float* center,
                    const float* slope, const float* shift, float* out, int64_t out_stride) {
  Kernels<float>().combine_columns(g, g_stride, x, x_stride, rows, columns, scale, center, slope,
                                   shift, out, out_stride);
}
void CombineColumns(const double* g, int64_t g_stride, const double* x, int64_t x_stride,
                    int64_t rows, int64_t columns, const double* scale, const double* center,
                    const double* slope, const double* shift, double* out, int64_t out_stride) {
  Kernels<double>().combine_columns(g, g_stride, x, x_stride, rows, columns, scale, center, slope,
                                    shift, out, out_stride);
}

void AccumulateColumnProducts(const float* g, int64_t g_stride, const float* x, int64_t x_stride,
                              int64_t rows, int64_t columns, const float* center, double* sums,
                              double* products) {
  Kernels<float>().accumulate_column_products(g, g_stride, x, x_stride, rows, columns, center, sums,
                                              products);
}
void AccumulateColumnProducts(const double* g, int64_t g_stride, const double* x, int64_t x_stride,
                              int64_t rows, int64_t columns, const double* center, double* sums,
                              double* products) {
  Kernels<double>().accumulate_column_products(g, g_stride, x, x_stride, rows, columns, center,
                                               sums, products);
}

}  // namespace didact
