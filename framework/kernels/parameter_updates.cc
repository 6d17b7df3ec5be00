#include "didact/framework/kernels/parameter_updates.h"

#include <cstdint>

#include "didact/framework/kernels/active_kernels.h"

namespace didact {

void MomentumUpdate(const MomentumRule<float>& rule, const float* gradient, float* parameters,
                    float* momentum, int64_t size) {
  Kernels<float>().momentum_update(rule, gradient, parameters, momentum, size);
}
void MomentumUpdate(const MomentumRule<double>& rule, const double* gradient, double* parameters,
                    double* momentum, int64_t size) {
  Kernels<double>().momentum_update(rule, gradient, parameters, momentum, size);
}

void AdamUpdate(const AdamRule<float>& rule, const float* gradient, float* parameters,
                float* first_moment, float* second_moment, int64_t size) {
  Kernels<float>().adam_update(rule, gradient, parameters, first_moment, second_moment, size);
}
void AdamUpdate(const AdamRule<double>& rule, const double* gradient, double* parameters,
                double* first_moment, double* second_moment, int64_t size) {
  Kernels<double>().adam_update(rule, gradient, parameters, first_moment, second_moment, size);
}

}  // namespace didact
