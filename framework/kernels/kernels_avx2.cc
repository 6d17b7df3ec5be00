// All kernels for AVX2 with FMA. Compiled with the flags of that instruction set in every build
// mode, and free of symbols that another file could share (tests/kernels checks them).

#include "didact/framework/kernels/kernel_table-inl.h"
#include "didact/framework/kernels/simd_avx2-inl.h"

namespace didact {

constexpr KernelTables kKernelTablesAvx2 = MakeKernelTables<Avx2>();

}  // namespace didact
