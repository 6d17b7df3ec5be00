// Instructions of AVX2 that xsimd 8.1 does not offer portably.

#ifndef DIDACT_FRAMEWORK_KERNELS_SIMD_AVX2_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_SIMD_AVX2_INL_H_

#include <immintrin.h>

#include <cstdint>

#include "didact/framework/kernels/simd-inl.h"

namespace didact {

using Avx2 = xsimd::fma3<xsimd::avx2>;

template <>
struct SimdPrimitives<double, Avx2> {
  using Batch = xsimd::batch<double, Avx2>;
  static constexpr int kRegisters = 16;
  static constexpr int kWideVectors = 1;

  static DIDACT_KERNEL_INLINE Batch MultiplyAdd(Batch x, Batch y, Batch z) {
    return _mm256_fmadd_pd(x, y, z);
  }
  static DIDACT_KERNEL_INLINE __m256i FirstLanes(int64_t count) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
  }
  static DIDACT_KERNEL_INLINE Batch LoadPartial(const double* from, int64_t count) {
    return _mm256_maskload_pd(from, FirstLanes(count));
  }
  static DIDACT_KERNEL_INLINE void StorePartial(double* to, Batch value, int64_t count) {
    _mm256_maskstore_pd(to, FirstLanes(count), value);
  }
  static DIDACT_KERNEL_INLINE Batch KeepFirst(Batch value, int64_t count) {
    return _mm256_and_pd(value, _mm256_castsi256_pd(FirstLanes(count)));
  }

  static DIDACT_KERNEL_INLINE Batch ReciprocalEstimate(Batch value) {
    return _mm256_castsi256_pd(
        _mm256_sub_epi64(_mm256_set1_epi64x(kDoubleReciprocalBits), _mm256_castpd_si256(value)));
  }

  static DIDACT_KERNEL_INLINE void Widen(Batch value, Batch (&wide)[1]) { wide[0] = value; }

  static DIDACT_KERNEL_INLINE double SumOfLanes(Batch value) {
    const __m128d pair = _mm_add_pd(_mm256_castpd256_pd128(value), _mm256_extractf128_pd(value, 1));
    return _mm_cvtsd_f64(_mm_add_sd(pair, _mm_unpackhi_pd(pair, pair)));
  }

  static DIDACT_KERNEL_INLINE void Transpose(Batch (&rows)[4]) {
    const __m256d low01 = _mm256_unpacklo_pd(rows[0], rows[1]);
    const __m256d high01 = _mm256_unpackhi_pd(rows[0], rows[1]);
    const __m256d low23 = _mm256_unpacklo_pd(rows[2], rows[3]);
    const __m256d high23 = _mm256_unpackhi_pd(rows[2], rows[3]);
    rows[0] = _mm256_permute2f128_pd(low01, low23, 0x20);
    rows[1] = _mm256_permute2f128_pd(high01, high23, 0x20);
    rows[2] = _mm256_permute2f128_pd(low01, low23, 0x31);
    rows[3] = _mm256_permute2f128_pd(high01, high23, 0x31);
  }
};

template <>
struct SimdPrimitives<float, Avx2> {
  using Batch = xsimd::batch<float, Avx2>;
  using WideBatch = xsimd::batch<double, Avx2>;
  static constexpr int kRegisters = 16;
  static constexpr int kWideVectors = 2;

  static DIDACT_KERNEL_INLINE Batch MultiplyAdd(Batch x, Batch y, Batch z) {
    return _mm256_fmadd_ps(x, y, z);
  }
  static DIDACT_KERNEL_INLINE __m256i FirstLanes(int64_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static DIDACT_KERNEL_INLINE Batch LoadPartial(const float* from, int64_t count) {
    return _mm256_maskload_ps(from, FirstLanes(count));
  }
  static DIDACT_KERNEL_INLINE void StorePartial(float* to, Batch value, int64_t count) {
    _mm256_maskstore_ps(to, FirstLanes(count), value);
  }
  static DIDACT_KERNEL_INLINE Batch KeepFirst(Batch value, int64_t count) {
    return _mm256_and_ps(value, _mm256_castsi256_ps(FirstLanes(count)));
  }

  static DIDACT_KERNEL_INLINE Batch ReciprocalEstimate(Batch value) {
    return _mm256_castsi256_ps(
        _mm256_sub_epi32(_mm256_set1_epi32(kFloatReciprocalBits), _mm256_castps_si256(value)));
  }

  static DIDACT_KERNEL_INLINE void Widen(Batch value, WideBatch (&wide)[2]) {
    wide[0] = _mm256_cvtps_pd(_mm256_castps256_ps128(value));
    wide[1] = _mm256_cvtps_pd(_mm256_extractf128_ps(value, 1));
  }

  static DIDACT_KERNEL_INLINE void Transpose(Batch (&rows)[8]) {
    __m256 pairs[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i += 2) {
      pairs[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
      pairs[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
    }
    __m256 quads[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i += 4) {
      quads[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
      quads[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0xEE);
      quads[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
      quads[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xEE);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      rows[i] = _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x20);
      rows[i + 4] = _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x31);
    }
  }
};

template <>
struct RandomPrimitives<Avx2> {
  using Words = xsimd::batch<uint64_t, Avx2>;
  using Reals = xsimd::batch<double, Avx2>;
  using Integers = xsimd::batch<int32_t, Avx2>;
  using Floats = xsimd::batch<float, Avx2>;

  static DIDACT_KERNEL_INLINE Words Product(Words x, Words y) { return _mm256_mul_epu32(x, y); }
  static DIDACT_KERNEL_INLINE Words WithLowHalf(Words high, Words low) {
    return _mm256_blend_epi32(high, low, 0x55);
  }
  static DIDACT_KERNEL_INLINE Reals Select(Words choice, Reals x, Reals y) {
    return _mm256_blendv_pd(y, x, _mm256_castsi256_pd(choice));
  }
  static DIDACT_KERNEL_INLINE Floats Select(Integers choice, Floats x, Floats y) {
    return _mm256_blendv_ps(y, x, _mm256_castsi256_ps(choice));
  }
  static DIDACT_KERNEL_INLINE Integers IntegersOf(Words words) { return __m256i(words); }
  static DIDACT_KERNEL_INLINE Floats ToFloats(Integers x) { return _mm256_cvtepi32_ps(x); }
  static DIDACT_KERNEL_INLINE uint32_t ZeroLanes(Integers x) {
    const __m256i zero = _mm256_cmpeq_epi32(x, _mm256_setzero_si256());
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(zero)));
  }

  static DIDACT_KERNEL_INLINE void StoreInTurn(Words x, Words y, uint64_t* to) {
    const __m256i low = _mm256_unpacklo_epi64(x, y);
    const __m256i high = _mm256_unpackhi_epi64(x, y);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permute2x128_si256(low, high, 0x20));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 4),
                        _mm256_permute2x128_si256(low, high, 0x31));
  }
  static DIDACT_KERNEL_INLINE void StoreInTurn(Floats x, Floats y, float* to) {
    const __m256 low = _mm256_unpacklo_ps(x, y);
    const __m256 high = _mm256_unpackhi_ps(x, y);
    _mm256_storeu_ps(to, _mm256_permute2f128_ps(low, high, 0x20));
    _mm256_storeu_ps(to + 8, _mm256_permute2f128_ps(low, high, 0x31));
  }
  static DIDACT_KERNEL_INLINE void StoreInTurn(const Reals (&columns)[4], double* to) {
    Reals rows[4] = {columns[0], columns[1], columns[2], columns[3]};
    SimdPrimitives<double, Avx2>::Transpose(rows);
    for (int i = 0; i < 4; ++i) rows[i].store_unaligned(to + 4 * i);
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_SIMD_AVX2_INL_H_
