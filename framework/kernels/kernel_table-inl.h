// Fills a kernel table from the templates. The file of an instruction set only instantiates this.

#ifndef DIDACT_FRAMEWORK_KERNELS_KERNEL_TABLE_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_KERNEL_TABLE_INL_H_

#include "didact/framework/kernels/column_maps-inl.h"
#include "didact/framework/kernels/elementwise-inl.h"
#include "didact/framework/kernels/gemm-inl.h"
#include "didact/framework/kernels/kernel_table.h"
#include "didact/framework/kernels/parameter_updates-inl.h"
#include "didact/framework/kernels/random_numbers-inl.h"
#include "didact/framework/kernels/reduction-inl.h"

namespace didact {

template <class T, class Arch>
constexpr KernelTable<T> MakeKernelTable() {
  using Elementwise = ElementwiseKernels<T, Arch>;
  using Reduction = ReductionKernels<T, Arch>;
  using Updates = UpdateKernels<T, Arch>;
  using ColumnMaps = ColumnMapKernels<T, Arch>;
  return {
      .gemm = GemmKernel<T, Arch>::Run,
      .piecewise_linear = Elementwise::PiecewiseLinear,
      .piecewise_linear_gradient = Elementwise::PiecewiseLinearGradient,
      .axpy = Elementwise::Axpy,
      .axpby = Elementwise::Axpby,
      .scale = Elementwise::Scale,
      .gather_rows = Elementwise::GatherRows,
      .momentum_update = Updates::Momentum,
      .adam_update = Updates::Adam,
      .dot = Reduction::Dot,
      .sum_of_squared_differences = Reduction::SumOfSquaredDifferences,
      .squared_error_and_gradient = Reduction::SquaredErrorAndGradient,
      .column_sums = Reduction::ColumnSums,
      .accumulate_column_sums = Reduction::AccumulateColumnSums,
      .accumulate_column_squares = Reduction::AccumulateColumnSquares,
      .center_columns = Reduction::CenterColumns,
      .scale_columns = ColumnMaps::ScaleColumns,
      .combine_columns = ColumnMaps::CombineColumns,
      .accumulate_column_products = ColumnMaps::AccumulateColumnProducts,
      .normals = NormalKernel<T, Arch>::Run,
  };
}

template <class Arch>
constexpr KernelTables MakeKernelTables() {
  using Random = WordKernels<Arch>;
  return {
      .for_float = MakeKernelTable<float, Arch>(),
      .for_double = MakeKernelTable<double, Arch>(),
      .random = {.bits = Random::Bits, .uniforms = Random::Uniforms, .integers = Random::Integers},
  };
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_KERNEL_TABLE_INL_H_
