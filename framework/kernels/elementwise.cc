#include "framework/kernels/elementwise.h"

#include <cstdint>

#include "framework/kernels/active_kernels.h"

namespace didact {
namespace {

template <class T>
void SubtractRowOf(const T* x, int64_t x_stride, const T* row, int64_t rows, int64_t columns,
                   T* out, int64_t out_stride) {
  for (int64_t i = 0; i < rows; ++i) {
    Kernels<T>().scaled_difference(T(1), x + i * x_stride, row, out + i * out_stride, columns);
  }
}

template <class T>
void PrefetchRowsOf(const T* source, int64_t source_stride, int64_t columns, const int64_t* indices,
                    int64_t count) {
  constexpr int64_t kPerLine = 64 / static_cast<int64_t>(sizeof(T));
  if (columns <= 0) return;
  for (int64_t i = 0; i < count; ++i) {
    const T* const row = source + indices[i] * source_stride;
    for (int64_t j = 0; j < columns; j += kPerLine) __builtin_prefetch(row + j);
    // An unaligned row ends in one line more.
    __builtin_prefetch(row + columns - 1);
  }
}

}  // namespace

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

void ScaledDifference(float alpha, const float* x, const float* y, float* out, int64_t size) {
  Kernels<float>().scaled_difference(alpha, x, y, out, size);
}
void ScaledDifference(double alpha, const double* x, const double* y, double* out, int64_t size) {
  Kernels<double>().scaled_difference(alpha, x, y, out, size);
}

void SubtractRow(const float* x, int64_t x_stride, const float* row, int64_t rows, int64_t columns,
                 float* out, int64_t out_stride) {
  SubtractRowOf(x, x_stride, row, rows, columns, out, out_stride);
}
void SubtractRow(const double* x, int64_t x_stride, const double* row, int64_t rows,
                 int64_t columns, double* out, int64_t out_stride) {
  SubtractRowOf(x, x_stride, row, rows, columns, out, out_stride);
}

void GatherRows(const float* source, int64_t source_stride, int64_t columns, const int64_t* indices,
                int64_t count, float* out, int64_t out_stride) {
  Kernels<float>().gather_rows(source, source_stride, columns, indices, count, out, out_stride);
}
void GatherRows(const double* source, int64_t source_stride, int64_t columns,
                const int64_t* indices, int64_t count, double* out, int64_t out_stride) {
  Kernels<double>().gather_rows(source, source_stride, columns, indices, count, out, out_stride);
}

void PrefetchRows(const float* source, int64_t source_stride, int64_t columns,
                  const int64_t* indices, int64_t count) {
  PrefetchRowsOf(source, source_stride, columns, indices, count);
}
void PrefetchRows(const double* source, int64_t source_stride, int64_t columns,
                  const int64_t* indices, int64_t count) {
  PrefetchRowsOf(source, source_stride, columns, indices, count);
}

}  // namespace didact
