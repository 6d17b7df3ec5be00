// The kernels of the instruction set in use. Internal to this folder.

#ifndef DIDACT_FRAMEWORK_KERNELS_ACTIVE_KERNELS_H_
#define DIDACT_FRAMEWORK_KERNELS_ACTIVE_KERNELS_H_

#include "didact/framework/kernels/kernel_table.h"

namespace didact {

// Returns the kernel tables in use (simd_level.h says how they are chosen).
const KernelTables& ActiveKernelTables();

template <class T>
const KernelTable<T>& Kernels();
template <>
inline const KernelTable<float>& Kernels<float>() {
  return ActiveKernelTables().for_float;
}
template <>
inline const KernelTable<double>& Kernels<double>() {
  return ActiveKernelTables().for_double;
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_ACTIVE_KERNELS_H_
