#include "didact/framework/kernels/elementwise.h"

#include <cstdint>

#include "didact/framework/kernels/active_kernels.h"

namespace didact {
void PiecewiseLinear(const float* x, float* y, int64_t size, float slope) {
  Kernels<float>().piecewise_linear(x, y, size, slope);
}
void PiecewiseLinear(const double* x, double* y, int64_t size, double slope) {
  Kernels<double>().piecewise_linear(x, y, size, slope);
}

void PiecewiseLinearGradient(const float* activation, const float* upstream, float* out,
                             int64_t size, float slope) {
  Kernels<float>().piecewise_linear_gradient(activation, upstream, out, size, slope);
}
void PiecewiseLinearGradient(const double* activation, const double* upstream, double* out,
                             int64_t size, double slope) {
  Kernels<double>().piecewise_linear_gradient(activation, upstream, out, size, slope);
}

void Axpy(float alpha, const float* x, float* y, int64_t size) {
  Kernels<float>().axpy(alpha, x, y, size);
}
void Axpy(double alpha, const double* x, double* y, int64_t size) {
  Kernels<double>().axpy(alpha, x, y, size);
}

void Axpby(float alpha, const float* x, float beta, float* y, int64_t size) {
  Kernels<float>().axpby(alpha, x, beta, y, size);
}
void Axpby(double alpha, const double* x, double beta, double* y, int64_t size) {
  Kernels<double>().axpby(alpha, x, beta, y, size);
}

void Scale(float alpha, const float* x, float* y, int64_t size) {
  Kernels<float>().scale(alpha, x, y, size);
}
void Scale(double alpha, const double* x, double* y, int64_t size) {
  Kernels<double>().scale(alpha, x, y, size);
}

void GatherRows(const float* source, int64_t source_stride, int64_t columns, const int64_t* indices,
                int64_t count, float* out, int64_t out_stride) {
  Kernels<float>().gather_rows(source, source_stride, columns, indices, count, out, out_stride);
}
void GatherRows(const double* source, int64_t source_stride, int64_t columns,
                const int64_t* indices, int64_t count, double* out, int64_t out_stride) {
  Kernels<double>().gather_rows(source, source_stride, columns, indices, count, out, out_stride);
}

}  // namespace didact
