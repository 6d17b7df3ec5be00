// Instructions of AVX-512 (F, DQ, BW, VL) that xsimd 8.1 does not offer portably. Its `fma` is a
// product and a sum here, rounded twice, so kernels use MultiplyAdd.

#ifndef DIDACT_FRAMEWORK_KERNELS_SIMD_AVX512_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_SIMD_AVX512_INL_H_

#include <immintrin.h>

#include <cstdint>

#include "didact/framework/kernels/simd-inl.h"

namespace didact {

using Avx512 = xsimd::avx512bw;

template <>
struct SimdPrimitives<double, Avx512> {
  using Batch = xsimd::batch<double, Avx512>;
  static constexpr int kRegisters = 32;
  static constexpr int kWideVectors = 1;

  static DIDACT_KERNEL_INLINE Batch MultiplyAdd(Batch x, Batch y, Batch z) {
    return _mm512_fmadd_pd(x, y, z);
  }
  static DIDACT_KERNEL_INLINE __mmask8 FirstLanes(int64_t count) {
    return static_cast<__mmask8>((1u << count) - 1u);
  }
  static DIDACT_KERNEL_INLINE Batch LoadPartial(const double* from, int64_t count) {
    return _mm512_maskz_loadu_pd(FirstLanes(count), from);
  }
  static DIDACT_KERNEL_INLINE void StorePartial(double* to, Batch value, int64_t count) {
    _mm512_mask_storeu_pd(to, FirstLanes(count), value);
  }
  static DIDACT_KERNEL_INLINE Batch KeepFirst(Batch value, int64_t count) {
    return _mm512_maskz_mov_pd(FirstLanes(count), value);
  }

  static DIDACT_KERNEL_INLINE Batch ReciprocalEstimate(Batch value) {
    return _mm512_castsi512_pd(
        _mm512_sub_epi64(_mm512_set1_epi64(kDoubleReciprocalBits), _mm512_castpd_si512(value)));
  }

  static DIDACT_KERNEL_INLINE void Widen(Batch value, Batch (&wide)[1]) { wide[0] = value; }

  static DIDACT_KERNEL_INLINE double SumOfLanes(Batch value) {
    const __m256d four =
        _mm256_add_pd(_mm512_castpd512_pd256(value), _mm512_extractf64x4_pd(value, 1));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }

  static DIDACT_KERNEL_INLINE void Transpose(Batch (&rows)[8]) {
    __m512d pairs[8];
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
      pairs[i] = _mm512_unpacklo_pd(rows[i], rows[i + 1]);
      pairs[i + 1] = _mm512_unpackhi_pd(rows[i], rows[i + 1]);
    }
    TransposeQuarters(pairs[0], pairs[2], pairs[4], pairs[6], rows[0], rows[2], rows[4], rows[6]);
    TransposeQuarters(pairs[1], pairs[3], pairs[5], pairs[7], rows[1], rows[3], rows[5], rows[7]);
  }

  // Transposes 4 x 4 quarters of vectors.
  static DIDACT_KERNEL_INLINE void TransposeQuarters(__m512d a, __m512d b, __m512d c, __m512d d,
                                                     Batch& first, Batch& second, Batch& third,
                                                     Batch& fourth) {
    const __m512d low_ab = _mm512_shuffle_f64x2(a, b, 0x44);
    const __m512d high_ab = _mm512_shuffle_f64x2(a, b, 0xEE);
    const __m512d low_cd = _mm512_shuffle_f64x2(c, d, 0x44);
    const __m512d high_cd = _mm512_shuffle_f64x2(c, d, 0xEE);
    first = _mm512_shuffle_f64x2(low_ab, low_cd, 0x88);
    second = _mm512_shuffle_f64x2(low_ab, low_cd, 0xDD);
    third = _mm512_shuffle_f64x2(high_ab, high_cd, 0x88);
    fourth = _mm512_shuffle_f64x2(high_ab, high_cd, 0xDD);
  }
};

template <>
struct SimdPrimitives<float, Avx512> {
  using Batch = xsimd::batch<float, Avx512>;
  using WideBatch = xsimd::batch<double, Avx512>;
  static constexpr int kRegisters = 32;
  static constexpr int kWideVectors = 2;

  static DIDACT_KERNEL_INLINE Batch MultiplyAdd(Batch x, Batch y, Batch z) {
    return _mm512_fmadd_ps(x, y, z);
  }
  static DIDACT_KERNEL_INLINE __mmask16 FirstLanes(int64_t count) {
    return static_cast<__mmask16>((1u << count) - 1u);
  }
  static DIDACT_KERNEL_INLINE Batch LoadPartial(const float* from, int64_t count) {
    return _mm512_maskz_loadu_ps(FirstLanes(count), from);
  }
  static DIDACT_KERNEL_INLINE void StorePartial(float* to, Batch value, int64_t count) {
    _mm512_mask_storeu_ps(to, FirstLanes(count), value);
  }
  static DIDACT_KERNEL_INLINE Batch KeepFirst(Batch value, int64_t count) {
    return _mm512_maskz_mov_ps(FirstLanes(count), value);
  }

  static DIDACT_KERNEL_INLINE Batch ReciprocalEstimate(Batch value) {
    return _mm512_castsi512_ps(
        _mm512_sub_epi32(_mm512_set1_epi32(kFloatReciprocalBits), _mm512_castps_si512(value)));
  }

  static DIDACT_KERNEL_INLINE void Widen(Batch value, WideBatch (&wide)[2]) {
    wide[0] = _mm512_cvtps_pd(_mm512_castps512_ps256(value));
    wide[1] = _mm512_cvtps_pd(_mm512_extractf32x8_ps(value, 1));
  }

  static DIDACT_KERNEL_INLINE void Transpose(Batch (&rows)[16]) {
    __m512 pairs[16];
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {
      pairs[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
      pairs[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
    }
    __m512 quads[16];
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
      quads[i] = _mm512_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
      quads[i + 1] = _mm512_shuffle_ps(pairs[i], pairs[i + 2], 0xEE);
      quads[i + 2] = _mm512_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
      quads[i + 3] = _mm512_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xEE);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      TransposeQuarters(quads[i], quads[i + 4], quads[i + 8], quads[i + 12], rows[i], rows[i + 4],
                        rows[i + 8], rows[i + 12]);
    }
  }

  // Transposes 4 x 4 quarters of vectors.
  static DIDACT_KERNEL_INLINE void TransposeQuarters(__m512 a, __m512 b, __m512 c, __m512 d,
                                                     Batch& first, Batch& second, Batch& third,
                                                     Batch& fourth) {
    const __m512 low_ab = _mm512_shuffle_f32x4(a, b, 0x44);
    const __m512 high_ab = _mm512_shuffle_f32x4(a, b, 0xEE);
    const __m512 low_cd = _mm512_shuffle_f32x4(c, d, 0x44);
    const __m512 high_cd = _mm512_shuffle_f32x4(c, d, 0xEE);
    first = _mm512_shuffle_f32x4(low_ab, low_cd, 0x88);
    second = _mm512_shuffle_f32x4(low_ab, low_cd, 0xDD);
    third = _mm512_shuffle_f32x4(high_ab, high_cd, 0x88);
    fourth = _mm512_shuffle_f32x4(high_ab, high_cd, 0xDD);
  }
};

template <>
struct RandomPrimitives<Avx512> {
  using Words = xsimd::batch<uint64_t, Avx512>;
  using Reals = xsimd::batch<double, Avx512>;
  using Integers = xsimd::batch<int32_t, Avx512>;
  using Floats = xsimd::batch<float, Avx512>;

  static DIDACT_KERNEL_INLINE Words Product(Words x, Words y) { return _mm512_mul_epu32(x, y); }
  static DIDACT_KERNEL_INLINE Words WithLowHalf(Words high, Words low) {
    return _mm512_mask_blend_epi32(0x5555, high, low);
  }
  static DIDACT_KERNEL_INLINE Reals Select(Words choice, Reals x, Reals y) {
    return _mm512_mask_blend_pd(_mm512_movepi64_mask(choice), y, x);
  }
  static DIDACT_KERNEL_INLINE Floats Select(Integers choice, Floats x, Floats y) {
    return _mm512_mask_blend_ps(_mm512_movepi32_mask(choice), y, x);
  }
  static DIDACT_KERNEL_INLINE Integers IntegersOf(Words words) { return __m512i(words); }
  static DIDACT_KERNEL_INLINE Floats ToFloats(Integers x) { return _mm512_cvtepi32_ps(x); }
  static DIDACT_KERNEL_INLINE uint32_t ZeroLanes(Integers x) {
    return _mm512_testn_epi32_mask(x, x);
  }

  static DIDACT_KERNEL_INLINE void StoreInTurn(Words x, Words y, uint64_t* to) {
    const __m512i first = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
    const __m512i second = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
    _mm512_storeu_si512(to, _mm512_permutex2var_epi64(x, first, y));
    _mm512_storeu_si512(to + 8, _mm512_permutex2var_epi64(x, second, y));
  }
  static DIDACT_KERNEL_INLINE void StoreInTurn(Floats x, Floats y, float* to) {
    const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i second =
        _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    _mm512_storeu_ps(to, _mm512_permutex2var_ps(x, first, y));
    _mm512_storeu_ps(to + 16, _mm512_permutex2var_ps(x, second, y));
  }
  static DIDACT_KERNEL_INLINE void StoreInTurn(const Reals (&columns)[4], double* to) {
    // Pairs of columns in turn, of the lanes 0, 2, 4, 6 and of the others.
    const __m512d even01 = _mm512_unpacklo_pd(columns[0], columns[1]);
    const __m512d even23 = _mm512_unpacklo_pd(columns[2], columns[3]);
    const __m512d odd01 = _mm512_unpackhi_pd(columns[0], columns[1]);
    const __m512d odd23 = _mm512_unpackhi_pd(columns[2], columns[3]);
    // Rows of the lanes 0 and 4, 2 and 6.
    const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    const __m512i second = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    const __m512d rows04 = _mm512_permutex2var_pd(even01, first, even23);
    const __m512d rows26 = _mm512_permutex2var_pd(even01, second, even23);
    const __m512d rows15 = _mm512_permutex2var_pd(odd01, first, odd23);
    const __m512d rows37 = _mm512_permutex2var_pd(odd01, second, odd23);
    _mm512_storeu_pd(to, _mm512_shuffle_f64x2(rows04, rows15, 0x44));
    _mm512_storeu_pd(to + 8, _mm512_shuffle_f64x2(rows26, rows37, 0x44));
    _mm512_storeu_pd(to + 16, _mm512_shuffle_f64x2(rows04, rows15, 0xEE));
    _mm512_storeu_pd(to + 24, _mm512_shuffle_f64x2(rows26, rows37, 0xEE));
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_SIMD_AVX512_INL_H_
