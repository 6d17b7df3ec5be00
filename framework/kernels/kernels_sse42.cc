// All kernels for SSE4.2. Compiled with the flags of that instruction set in every build mode, and
// free of symbols that another file could share (tests/kernels checks them).

#include "didact/framework/kernels/kernel_table-inl.h"
#include "didact/framework/kernels/simd_sse42-inl.h"

namespace didact {

constexpr KernelTables kKernelTablesSse42 = MakeKernelTables<Sse42>();

}  // namespace didact
