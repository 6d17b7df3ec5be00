// Vectors of one instruction set, with the few operations that xsimd 8.1 lacks. Included only by
// the other `-inl.h` files, which in turn are included only by the files named after an instruction
// set.

#ifndef DIDACT_FRAMEWORK_KERNELS_SIMD_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_SIMD_INL_H_

#include <cstdint>

#include "xsimd/xsimd.hpp"

// These helpers must be inlined: a call would spill the accumulators to memory.
#define DIDACT_KERNEL_INLINE inline __attribute__((always_inline))

namespace didact {

// Operations that differ between instruction sets; specialized beside each of them:
//
//   Batch                        xsimd::batch<T, Arch>
//   kRegisters                   number of vector registers of the processor
//   MultiplyAdd(x, y, z)         x * y + z, fused if the instruction set can; use it instead of
//                                xsimd::fma, which rounds twice on AVX-512
//   LoadPartial(from, count)     the first `count` < width elements, then zeros; reads no others
//   StorePartial(to, value, count)   writes the first `count` < width lanes and nothing else
//   KeepFirst(value, count)      `value` with zeros in the lanes from `count` on, even for NaN
//   Transpose(rows)              exchanges rows[i][j] and rows[j][i]; as many rows as lanes
//   Widen(value, wide)           the elements as doubles, in kWideVectors vectors
//   ReciprocalEstimate(value)    1 / value to within 13 %, the same bits on every instruction set;
//                                only for normal numbers > 0 whose reciprocal is normal
//   SumOfLanes(value)            sum of doubles: adds lanes half a vector apart, until one is left
template <class T, class Arch>
struct SimdPrimitives;

// ReciprocalEstimate subtracts the bits of a number from this constant, which negates the exponent
// and approximates the reciprocal of the fraction by a line.
inline constexpr int32_t kFloatReciprocalBits = 0x7EF311C7;
inline constexpr int64_t kDoubleReciprocalBits = 0x7FDE623822FC16E6;

template <class T, class Arch>
struct Simd : SimdPrimitives<T, Arch> {
  using Batch = xsimd::batch<T, Arch>;
  static constexpr int64_t kWidth = static_cast<int64_t>(Batch::size);

  static DIDACT_KERNEL_INLINE Batch Load(const T* from) { return Batch::load_unaligned(from); }
  static DIDACT_KERNEL_INLINE void Store(T* to, Batch value) { value.store_unaligned(to); }

  // gate > 0 ? value : slope * value
  static DIDACT_KERNEL_INLINE Batch ScaleUnlessPositive(Batch gate, Batch value, Batch slope) {
    return xsimd::select(gate > Batch(T(0)), value, slope * value);
  }
};

// Operations of random numbers, specialized in the same places. The types Words, Reals, Integers
// and Floats are vectors of 64-bit words, doubles, 32-bit integers and floats.
//
//   Product(x, y)                the products of the lower halves of words
//   WithLowHalf(high, low)       the upper halves of `high` with the lower halves of `low`
//   Select(choice, x, y)         x where the top bit of `choice` is set, otherwise y
//   IntegersOf(words)            the same bits
//   ToFloats(x)                  the integers as floats, rounded
//   ZeroLanes(x)                 bit i is set if lane i is 0
//   StoreInTurn(x, y, to)        x[0], y[0], x[1], y[1], ...
//   StoreInTurn(columns, to)     columns[0][0], columns[1][0], columns[2][0], columns[3][0],
//                                columns[0][1], ...
template <class Arch>
struct RandomPrimitives;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_SIMD_INL_H_
