// The functions that one instruction set provides. Internal to this folder: callers use gemm.h,
// elementwise.h, parameter_updates.h, reduction.h, column_maps.h and random_numbers.h, whose
// functions call through the table in use.
//
// To add an instruction set X, write simd_X-inl.h, which specializes SimdPrimitives (simd-inl.h)
// for both element types, and RandomPrimitives, and kernels_X.cc, declare its table below, and add
// a line to simd_level.cc and one to BUILD.bazel. The number of registers (kRegisters) determines
// the size of the tiles in gemm-inl.h.

#ifndef DIDACT_FRAMEWORK_KERNELS_KERNEL_TABLE_H_
#define DIDACT_FRAMEWORK_KERNELS_KERNEL_TABLE_H_

#include <cstdint>

#include "didact/framework/kernels/column_scaling.h"
#include "didact/framework/kernels/gemm_arguments.h"
#include "didact/framework/kernels/update_rules.h"

namespace didact {

// One entry per kernel, documented under the same name in the public headers.
template <class T>
struct KernelTable {
  void (*gemm)(const GemmArguments<T>& arguments);

  void (*piecewise_linear)(const T* x, T* y, int64_t size, T slope);
  void (*piecewise_linear_gradient)(const T* activation, const T* upstream, T* out, int64_t size,
                                    T slope);
  void (*axpy)(T alpha, const T* x, T* y, int64_t size);
  void (*axpby)(T alpha, const T* x, T beta, T* y, int64_t size);
  void (*scale)(T alpha, const T* x, T* y, int64_t size);
  void (*gather_rows)(const T* source, int64_t source_stride, int64_t columns,
                      const int64_t* indices, int64_t count, T* out, int64_t out_stride);

  void (*momentum_update)(const MomentumRule<T>& rule, const T* gradient, T* parameters,
                          T* momentum, int64_t size);
  void (*adam_update)(const AdamRule<T>& rule, const T* gradient, T* parameters, T* first_moment,
                      T* second_moment, int64_t size);

  double (*dot)(const T* x, const T* y, int64_t size);
  double (*sum_of_squared_differences)(const T* x, const T* y, int64_t size);
  double (*squared_error_and_gradient)(T factor, const T* x, int64_t x_stride, const T* y,
                                       int64_t y_stride, int64_t rows, int64_t columns, T* gradient,
                                       int64_t gradient_stride);
  void (*column_sums)(const T* x, int64_t stride, int64_t rows, int64_t columns, T alpha,
                      bool accumulate, T* out);
  void (*accumulate_column_sums)(const T* x, int64_t stride, int64_t rows, int64_t columns,
                                 double* sums);
  void (*accumulate_column_squares)(const T* x, int64_t stride, int64_t rows, int64_t columns,
                                    const double* centers, double* sums);
  void (*center_columns)(const T* x, int64_t stride, int64_t rows, int64_t columns,
                         const double* centers, double* centered, int64_t centered_stride,
                         double* squares);

  void (*scale_columns)(const T* x, int64_t stride, int64_t rows, int64_t columns,
                        const ColumnScaling<T>& scaling, T* out, int64_t out_stride);
  void (*combine_columns)(const T* g, int64_t g_stride, const T* x, int64_t x_stride, int64_t rows,
                          int64_t columns, const ColumnScaling<T>& scaling, const T* factor,
                          const T* offset, T input_slope, T* out, int64_t out_stride);
  void (*accumulate_column_products)(const T* g, int64_t g_stride, const T* x, int64_t x_stride,
                                     int64_t rows, int64_t columns, const ColumnScaling<T>& scaling,
                                     double* sums, double* products);

  void (*normals)(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, T* out);
};

// Random numbers that do not depend on the precision.
struct RandomKernelTable {
  void (*bits)(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, uint64_t* out);
  void (*uniforms)(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, double* out);
  void (*integers)(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, uint32_t bound,
                   int64_t* out);
};

// All kernels of one instruction set.
struct KernelTables {
  KernelTable<float> for_float;
  KernelTable<double> for_double;
  RandomKernelTable random;
};

// One table per instruction set, constant-initialized, each defined in its own file, which is
// compiled for that instruction set.
extern const KernelTables kKernelTablesSse42;
extern const KernelTables kKernelTablesAvx2;
extern const KernelTables kKernelTablesAvx512;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_KERNEL_TABLE_H_
