// Elementwise kernels and the gathering of rows. They take plain pointers and lengths; the caller
// owns all memory.

#ifndef DIDACT_FRAMEWORK_KERNELS_ELEMENTWISE_H_
#define DIDACT_FRAMEWORK_KERNELS_ELEMENTWISE_H_

#include <cstdint>

namespace didact {

// For all functions below:
//   Shapes:   x, y, ... are `size` consecutive elements, any alignment; size may be 0.
//   Aliasing: the output may be one of the inputs; otherwise they must not overlap.
//   Numerics: every element is rounded as the scalar formula is, so results do not depend on
//             position or length. A product followed by a sum, `a * b + c`, is one fused
//             multiply-add. NaN and infinity propagate (0 times infinity is NaN).
//   Threads:  safe, as long as outputs are disjoint.
//   Errors:   none.

// y = x > 0 ? x : slope * x; slope 0 is the rectifier, slope 1 the identity.
void PiecewiseLinear(const float* x, float* y, int64_t size, float slope);
void PiecewiseLinear(const double* x, double* y, int64_t size, double slope);

// out = activation > 0 ? upstream : slope * upstream: the gradient with respect to the argument of
// PiecewiseLinear, from the gradient with respect to its value. `activation` is the value; it is
// positive exactly if the argument is, because slope >= 0.
void PiecewiseLinearGradient(const float* activation, const float* upstream, float* out,
                             int64_t size, float slope);
void PiecewiseLinearGradient(const double* activation, const double* upstream, double* out,
                             int64_t size, double slope);

// y = alpha * x + y.
void Axpy(float alpha, const float* x, float* y, int64_t size);
void Axpy(double alpha, const double* x, double* y, int64_t size);

// y = alpha * x + beta * y, with beta * y rounded first: momentum and moving averages.
void Axpby(float alpha, const float* x, float beta, float* y, int64_t size);
void Axpby(double alpha, const double* x, double beta, double* y, int64_t size);

// y = alpha * x.
void Scale(float alpha, const float* x, float* y, int64_t size);
void Scale(double alpha, const double* x, double* y, int64_t size);

// out[i, :] = source[indices[i], :] for 0 <= i < count: gathers a mini-batch from a data set.
// Copies `columns` elements of each row and leaves padding unchanged. Indices must be valid rows of
// `source`; they may repeat.
void GatherRows(const float* source, int64_t source_stride, int64_t columns, const int64_t* indices,
                int64_t count, float* out, int64_t out_stride);
void GatherRows(const double* source, int64_t source_stride, int64_t columns,
                const int64_t* indices, int64_t count, double* out, int64_t out_stride);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_ELEMENTWISE_H_
