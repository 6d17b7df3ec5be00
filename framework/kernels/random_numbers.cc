#include "didact/framework/kernels/random_numbers.h"

#include <cstdint>
#include <limits>

#include "didact/framework/kernels/active_kernels.h"

namespace didact {

void FillBits(const RandomStream& random, uint64_t first, absl::Span<uint64_t> out) {
  ActiveKernelTables().random.bits(random.seed(), random.stream(), first,
                                   static_cast<int64_t>(out.size()), out.data());
}

void FillUniforms(const RandomStream& random, uint64_t first, absl::Span<double> out) {
  ActiveKernelTables().random.uniforms(random.seed(), random.stream(), first,
                                       static_cast<int64_t>(out.size()), out.data());
}

void FillUniformIntegers(const RandomStream& random, uint64_t first, uint64_t bound,
                         absl::Span<int64_t> out) {
  if (bound <= std::numeric_limits<uint32_t>::max()) {
    ActiveKernelTables().random.integers(random.seed(), random.stream(), first,
                                         static_cast<int64_t>(out.size()),
                                         static_cast<uint32_t>(bound), out.data());
    return;
  }
  for (int64_t& number : out) {
    number = static_cast<int64_t>(random.UniformInteger(first++, bound));
  }
}

void FillNormals(const RandomStream& random, uint64_t first, absl::Span<double> out) {
  Kernels<double>().normals(random.seed(), random.stream(), first, static_cast<int64_t>(out.size()),
                            out.data());
}

void FillNormals(const RandomStream& random, uint64_t first, absl::Span<float> out) {
  Kernels<float>().normals(random.seed(), random.stream(), first, static_cast<int64_t>(out.size()),
                           out.data());
}

}  // namespace didact
