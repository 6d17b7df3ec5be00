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

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_SIMD_AVX2_INL_H_
