#include "didact/framework/kernels/gemm.h"

#include "didact/framework/kernels/active_kernels.h"

namespace didact {

void Gemm(const GemmArguments<float>& arguments) { Kernels<float>().gemm(arguments); }
void Gemm(const GemmArguments<double>& arguments) { Kernels<double>().gemm(arguments); }

}  // namespace didact
