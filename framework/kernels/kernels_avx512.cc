// All kernels for AVX-512 (the F, CD, BW, DQ and VL parts). Compiled with the flags of that
// instruction set in every build mode, and free of symbols that another file could share
// (tests/kernels checks them).

#include "didact/framework/kernels/kernel_table-inl.h"
#include "didact/framework/kernels/simd_avx512-inl.h"

namespace didact {

constexpr KernelTables kKernelTablesAvx512 = MakeKernelTables<Avx512>();

}  // namespace didact
