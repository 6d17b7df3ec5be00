// Update rules of optimizers: one pass over a row of parameters, its gradient and its state. They
// take plain pointers and lengths; the caller owns all memory.

#ifndef DIDACT_FRAMEWORK_KERNELS_PARAMETER_UPDATES_H_
#define DIDACT_FRAMEWORK_KERNELS_PARAMETER_UPDATES_H_

#include <cstdint>

#include "didact/framework/kernels/update_rules.h"

namespace didact {

// For both functions:
//   Shapes:   all arrays are `size` consecutive elements, any alignment; size may be 0.
//   Aliasing: the arrays must not overlap.
//   Numerics: every element is rounded as the scalar formula is, so results do not depend on
//             position or length. A product followed by a sum, `a * b + c`, is one fused
//             multiply-add; of `a * b + c * d` and `a + c * d`, the product `c * d` is rounded
//             first. NaN and infinity propagate.
//   Threads:  safe, as long as parameters and state are disjoint.
//   Errors:   none.

// A step of gradient descent with momentum:
//
//   g         = weight_decay * parameter + gradient      (gradient alone if weight_decay is 0)
//   momentum  = g + rule.momentum * momentum
//   parameter = -rate * direction + parameter
//
// where `direction` is the new momentum or, with nesterov, rule.momentum * momentum + g. If
// rule.momentum is 0, `direction` is g, and `momentum` may be null.
void MomentumUpdate(const MomentumRule<float>& rule, const float* gradient, float* parameters,
                    float* momentum, int64_t size);
void MomentumUpdate(const MomentumRule<double>& rule, const double* gradient, double* parameters,
                    double* momentum, int64_t size);

// A step of Adam:
//
//   parameter     = shrinkage * parameter                       (left out if shrinkage is 1)
//   g             = weight_decay * parameter + gradient         (gradient alone if it is 0)
//   first_moment  = first_weight * g + first_decay * first_moment
//   second_moment = (second_weight * g) * g + second_decay * second_moment
//   parameter     = -step_size * (first_moment / (root_factor * sqrt(second_moment) + epsilon))
//                   + parameter
//
// Subnormal moments become 0, unless epsilon is 0. The quotient is within 2 units in the last
// place.
void AdamUpdate(const AdamRule<float>& rule, const float* gradient, float* parameters,
                float* first_moment, float* second_moment, int64_t size);
void AdamUpdate(const AdamRule<double>& rule, const double* gradient, double* parameters,
                double* first_moment, double* second_moment, int64_t size);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_PARAMETER_UPDATES_H_
