// Update rules of optimizers, written once for every element type and instruction set.

#ifndef DIDACT_FRAMEWORK_KERNELS_PARAMETER_UPDATES_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_PARAMETER_UPDATES_INL_H_

#include <cstdint>
#include <limits>

#include "didact/framework/kernels/simd-inl.h"
#include "didact/framework/kernels/update_rules.h"

namespace didact {

template <class T, class Arch>
class UpdateKernels {
 public:
  static void Momentum(const MomentumRule<T>& rule, const T* gradient, T* parameters, T* momentum,
                       int64_t size) {
    if (rule.weight_decay == T(0)) {
      Momentum<false>(rule, gradient, parameters, momentum, size);
    } else {
      Momentum<true>(rule, gradient, parameters, momentum, size);
    }
  }

  static void Adam(const AdamRule<T>& rule, const T* gradient, T* parameters, T* first_moment,
                   T* second_moment, int64_t size) {
    if (rule.shrinkage != T(1)) {
      if (rule.weight_decay == T(0)) {
        Adam<true, false>(rule, gradient, parameters, first_moment, second_moment, size);
      } else {
        Adam<true, true>(rule, gradient, parameters, first_moment, second_moment, size);
      }
    } else if (rule.weight_decay == T(0)) {
      Adam<false, false>(rule, gradient, parameters, first_moment, second_moment, size);
    } else {
      Adam<false, true>(rule, gradient, parameters, first_moment, second_moment, size);
    }
  }

 private:
  using Lanes = Simd<T, Arch>;
  using Batch = typename Lanes::Batch;
  static constexpr int64_t kWidth = Lanes::kWidth;
  // Each step of the reciprocal triples the number of correct bits, of which the estimate has 3.
  static constexpr int kReciprocalSteps = sizeof(T) == sizeof(float) ? 2 : 3;
  // Reciprocals of the numbers between this one and its own reciprocal have normal intermediate
  // results.
  static constexpr T kSmall = sizeof(T) == sizeof(float) ? T(0x1p-100) : T(0x1p-1000);

  template <bool kDecays>
  static DIDACT_KERNEL_INLINE void Momentum(const MomentumRule<T>& rule, const T* gradient,
                                            T* parameters, T* momentum, int64_t size) {
    const Batch step(-rule.rate);
    const Batch decay(rule.weight_decay);
    const Batch factor(rule.momentum);
    const auto with_decay = [decay](Batch slope, Batch parameter) {
      return kDecays ? Lanes::MultiplyAdd(decay, parameter, slope) : slope;
    };
    if (rule.momentum == T(0)) {
      Update(
          size,
          [=](Batch slope, Batch& parameter) {
            parameter = Lanes::MultiplyAdd(step, with_decay(slope, parameter), parameter);
          },
          gradient, parameters);
    } else if (rule.nesterov) {
      Update(
          size,
          [=](Batch slope, Batch& parameter, Batch& buffer) {
            const Batch descent = with_decay(slope, parameter);
            buffer = descent + factor * buffer;
            const Batch direction = Lanes::MultiplyAdd(factor, buffer, descent);
            parameter = Lanes::MultiplyAdd(step, direction, parameter);
          },
          gradient, parameters, momentum);
    } else {
      Update(
          size,
          [=](Batch slope, Batch& parameter, Batch& buffer) {
            buffer = with_decay(slope, parameter) + factor * buffer;
            parameter = Lanes::MultiplyAdd(step, buffer, parameter);
          },
          gradient, parameters, momentum);
    }
  }

  template <bool kShrinks, bool kDecays>
  static DIDACT_KERNEL_INLINE void Adam(const AdamRule<T>& rule, const T* gradient, T* parameters,
                                        T* first_moment, T* second_moment, int64_t size) {
    const Batch shrinkage(rule.shrinkage);
    const Batch decay(rule.weight_decay);
    const Batch first_decay(rule.first_decay);
    const Batch first_weight(rule.first_weight);
    const Batch second_decay(rule.second_decay);
    const Batch second_weight(rule.second_weight);
    const Batch root_factor(rule.root_factor);
    const Batch epsilon(rule.epsilon);
    const Batch step(-rule.step_size);
    // The moments of a parameter that has no gradient any more decay until they are subnormal, and
    // would then stay so; processors need about 20 times as long for them. Where there is an
    // epsilon, 0 makes no difference.
    const Batch smallest(rule.epsilon == T(0) ? T(0) : std::numeric_limits<T>::min());
    const auto normal_or_zero = [smallest](Batch value) {
      return xsimd::select(xsimd::abs(value) < smallest, Batch(T(0)), value);
    };
    Update(
        size,
        [=](Batch slope, Batch& parameter, Batch& first, Batch& second) {
          if (kShrinks) parameter = shrinkage * parameter;
          if (kDecays) slope = Lanes::MultiplyAdd(decay, parameter, slope);
          first = normal_or_zero(Lanes::MultiplyAdd(first_weight, slope, first_decay * first));
          second = normal_or_zero(
              Lanes::MultiplyAdd(second_weight * slope, slope, second_decay * second));
          const Batch scale = Lanes::MultiplyAdd(root_factor, xsimd::sqrt(second), epsilon);
          const Batch direction = Quotient(first, scale);
          parameter = Lanes::MultiplyAdd(step, direction, parameter);
        },
        gradient, parameters, first_moment, second_moment);
  }

  // Returns numerator / denominator, for a denominator >= 0 or NaN, to within 2 units in the last
  // place. A processor computes a division and a square root one after the other, but the
  // multiplications of this division beside the square roots of other elements.
  static DIDACT_KERNEL_INLINE Batch Quotient(Batch numerator, Batch denominator) {
    const Batch one(T(1));
    const Batch negated = -denominator;
    Batch reciprocal = Lanes::ReciprocalEstimate(denominator);
#pragma GCC unroll 3
    for (int i = 0; i < kReciprocalSteps; ++i) {
      const Batch error = Lanes::MultiplyAdd(negated, reciprocal, one);
      const Batch correction = Lanes::MultiplyAdd(error, error, error);
      reciprocal = Lanes::MultiplyAdd(reciprocal, correction, reciprocal);
    }
    const Batch quotient = numerator * reciprocal;
    const auto is_extreme = denominator <= Batch(kSmall) || denominator >= Batch(T(1) / kSmall);
    if (__builtin_expect(!xsimd::any(is_extreme), 1)) return quotient;
    return xsimd::select(is_extreme, numerator / denominator, quotient);
  }

  // Calls function(gradient, parameters, state...) with vectors of the arrays, and stores all but
  // the gradient.
  template <class Function, class... State>
  static DIDACT_KERNEL_INLINE void Update(int64_t size, Function function, const T* gradient,
                                          State*... state) {
    const auto run = [&function](Batch slope, auto store, auto... vectors) {
      function(slope, vectors...);
      store(vectors...);
    };
    int64_t i = 0;
    for (; i + kWidth <= size; i += kWidth) {
      run(
          Lanes::Load(gradient + i),
          [=](auto... vectors) { (Lanes::Store(state + i, vectors), ...); },
          Lanes::Load(state + i)...);
    }
    const int64_t rest = size - i;
    if (rest > 0) {
      run(
          Lanes::LoadPartial(gradient + i, rest),
          [=](auto... vectors) { (Lanes::StorePartial(state + i, vectors, rest), ...); },
          Lanes::LoadPartial(state + i, rest)...);
    }
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_PARAMETER_UPDATES_INL_H_
