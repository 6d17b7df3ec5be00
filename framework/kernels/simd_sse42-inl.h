// Instructions of SSE4.2 that xsimd 8.1 does not offer portably. There is no fused multiply-add:
// MultiplyAdd rounds twice, so this level's results differ from those of the others.

#ifndef DIDACT_FRAMEWORK_KERNELS_SIMD_SSE42_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_SIMD_SSE42_INL_H_

#include <nmmintrin.h>

#include <cstdint>

#include "didact/framework/kernels/simd-inl.h"

namespace didact {

using Sse42 = xsimd::sse4_2;

template <>
struct SimdPrimitives<double, Sse42> {
  using Batch = xsimd::batch<double, Sse42>;
  static constexpr int kRegisters = 16;
  static constexpr int kWideVectors = 1;

  static DIDACT_KERNEL_INLINE Batch MultiplyAdd(Batch x, Batch y, Batch z) { return x * y + z; }
  // An incomplete vector of two has one element.
  static DIDACT_KERNEL_INLINE Batch LoadPartial(const double* from, int64_t) {
    return _mm_load_sd(from);
  }
  static DIDACT_KERNEL_INLINE void StorePartial(double* to, Batch value, int64_t) {
    _mm_store_sd(to, value);
  }
  static DIDACT_KERNEL_INLINE Batch KeepFirst(Batch value, int64_t) {
    return _mm_move_sd(_mm_setzero_pd(), value);
  }

  static DIDACT_KERNEL_INLINE Batch ReciprocalEstimate(Batch value) {
    return _mm_castsi128_pd(
        _mm_sub_epi64(_mm_set1_epi64x(kDoubleReciprocalBits), _mm_castpd_si128(value)));
  }

  static DIDACT_KERNEL_INLINE void Widen(Batch value, Batch (&wide)[1]) { wide[0] = value; }

  static DIDACT_KERNEL_INLINE double SumOfLanes(Batch value) {
    return _mm_cvtsd_f64(_mm_add_sd(value, _mm_unpackhi_pd(value, value)));
  }

  static DIDACT_KERNEL_INLINE void Transpose(Batch (&rows)[2]) {
    const __m128d low = _mm_unpacklo_pd(rows[0], rows[1]);
    rows[1] = _mm_unpackhi_pd(rows[0], rows[1]);
    rows[0] = low;
  }
};

template <>
struct SimdPrimitives<float, Sse42> {
  using Batch = xsimd::batch<float, Sse42>;
  using WideBatch = xsimd::batch<double, Sse42>;
  static constexpr int kRegisters = 16;
  static constexpr int kWideVectors = 2;

  static DIDACT_KERNEL_INLINE Batch MultiplyAdd(Batch x, Batch y, Batch z) { return x * y + z; }
  static DIDACT_KERNEL_INLINE Batch LoadPartial(const float* from, int64_t count) {
    alignas(16) float lanes[4] = {};
    for (int64_t i = 0; i < count; ++i) lanes[i] = from[i];
    return _mm_load_ps(lanes);
  }
  static DIDACT_KERNEL_INLINE void StorePartial(float* to, Batch value, int64_t count) {
    alignas(16) float lanes[4];
    _mm_store_ps(lanes, value);
    for (int64_t i = 0; i < count; ++i) to[i] = lanes[i];
  }
  static DIDACT_KERNEL_INLINE Batch KeepFirst(Batch value, int64_t count) {
    const __m128i kept =
        _mm_cmpgt_epi32(_mm_set1_epi32(static_cast<int>(count)), _mm_setr_epi32(0, 1, 2, 3));
    return _mm_and_ps(value, _mm_castsi128_ps(kept));
  }

  static DIDACT_KERNEL_INLINE Batch ReciprocalEstimate(Batch value) {
    return _mm_castsi128_ps(
        _mm_sub_epi32(_mm_set1_epi32(kFloatReciprocalBits), _mm_castps_si128(value)));
  }

  static DIDACT_KERNEL_INLINE void Widen(Batch value, WideBatch (&wide)[2]) {
    wide[0] = _mm_cvtps_pd(value);
    wide[1] = _mm_cvtps_pd(_mm_movehl_ps(value, value));
  }

  static DIDACT_KERNEL_INLINE void Transpose(Batch (&rows)[4]) {
    const __m128 low01 = _mm_unpacklo_ps(rows[0], rows[1]);
    const __m128 high01 = _mm_unpackhi_ps(rows[0], rows[1]);
    const __m128 low23 = _mm_unpacklo_ps(rows[2], rows[3]);
    const __m128 high23 = _mm_unpackhi_ps(rows[2], rows[3]);
    rows[0] = _mm_movelh_ps(low01, low23);
    rows[1] = _mm_movehl_ps(low23, low01);
    rows[2] = _mm_movelh_ps(high01, high23);
    rows[3] = _mm_movehl_ps(high23, high01);
  }
};

template <>
struct RandomPrimitives<Sse42> {
  using Words = xsimd::batch<uint64_t, Sse42>;
  using Reals = xsimd::batch<double, Sse42>;
  using Integers = xsimd::batch<int32_t, Sse42>;
  using Floats = xsimd::batch<float, Sse42>;

  static DIDACT_KERNEL_INLINE Words Product(Words x, Words y) { return _mm_mul_epu32(x, y); }
  static DIDACT_KERNEL_INLINE Words WithLowHalf(Words high, Words low) {
    return _mm_blend_epi16(high, low, 0x33);
  }
  static DIDACT_KERNEL_INLINE Reals Select(Words choice, Reals x, Reals y) {
    return _mm_blendv_pd(y, x, _mm_castsi128_pd(choice));
  }
  static DIDACT_KERNEL_INLINE Floats Select(Integers choice, Floats x, Floats y) {
    return _mm_blendv_ps(y, x, _mm_castsi128_ps(choice));
  }
  static DIDACT_KERNEL_INLINE Integers IntegersOf(Words words) { return __m128i(words); }
  static DIDACT_KERNEL_INLINE Floats ToFloats(Integers x) { return _mm_cvtepi32_ps(x); }
  static DIDACT_KERNEL_INLINE uint32_t ZeroLanes(Integers x) {
    const __m128i zero = _mm_cmpeq_epi32(x, _mm_setzero_si128());
    return static_cast<uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(zero)));
  }

  static DIDACT_KERNEL_INLINE void StoreInTurn(Words x, Words y, uint64_t* to) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_unpacklo_epi64(x, y));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 2), _mm_unpackhi_epi64(x, y));
  }
  static DIDACT_KERNEL_INLINE void StoreInTurn(Floats x, Floats y, float* to) {
    _mm_storeu_ps(to, _mm_unpacklo_ps(x, y));
    _mm_storeu_ps(to + 4, _mm_unpackhi_ps(x, y));
  }
  static DIDACT_KERNEL_INLINE void StoreInTurn(const Reals (&columns)[4], double* to) {
    _mm_storeu_pd(to, _mm_unpacklo_pd(columns[0], columns[1]));
    _mm_storeu_pd(to + 2, _mm_unpacklo_pd(columns[2], columns[3]));
    _mm_storeu_pd(to + 4, _mm_unpackhi_pd(columns[0], columns[1]));
    _mm_storeu_pd(to + 6, _mm_unpackhi_pd(columns[2], columns[3]));
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_SIMD_SSE42_INL_H_
