// The error function of SIMD vectors. That of xsimd 8.1 is off by up to 7e-15 in double (34 units
// in the last place, with a jump at 2.2), and its complement loses all digits in the tail. Slow to
// compile: include it in .cc files, never in headers.

#ifndef DIDACT_FRAMEWORK_KERNELS_SIMD_ERROR_FUNCTION_H_
#define DIDACT_FRAMEWORK_KERNELS_SIMD_ERROR_FUNCTION_H_

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>

#include "xsimd/xsimd.hpp"

namespace didact {

// Coefficients in ascending order.
template <class T>
struct ErrorFunctionCoefficients {
  static constexpr bool kDouble = std::is_same_v<T, double>;

  // (1 + 2x) exp(x^2) erfc(x) as a polynomial in t = (x - 3) / (x + 3) for 0 <= x <= kLimit: the
  // variables of Shepherd and Laframboise, Mathematics of Computation 36 (1981), 249-253;
  // interpolated at Chebyshev points in 80-bit arithmetic. Relative error 5e-17 (double), 3e-9
  // (float).
  static constexpr auto kTail = [] {
    if constexpr (kDouble) {
      return std::array<T, 23>{
          1.2530080582697296454,      -0.13562110612458060449,    -0.04756229435344876684,
          0.12964515870269695957,     -0.11927366341541070188,    0.068308027346089057284,
          -0.023770514916464223575,   0.0025293917837955964597,   0.0018886903332470747107,
          -0.00077983199852672578001, -0.00010515960473829932525, 0.00012509794069355099821,
          4.9485120185161405925e-06,  -2.0095919691824871477e-05, -7.2826060725556201744e-07,
          3.4624830231955925091e-06,  3.4961990848845048994e-07,  -6.0302990613712934273e-07,
          -1.3120012854082291887e-07, 9.0424490930137858983e-08,  3.259352317590266516e-08,
          -8.0527362172925572016e-09, -4.0222813570511397403e-09};
    } else {
      return std::array<T, 11>{
          1.2530080589007686338f,      -0.13562114590152575582f,   -0.047562386254137892437f,
          0.12964659785853794762f,     -0.11927099624995956434f,   0.068294477932829678084f,
          -0.023798465107253368f,      0.00256987711534800117f,    0.0020051245480705388142f,
          -0.00077703347373038779055f, -0.00026856077347917807544f};
    }
  }();

  // For larger x, exp(-x^2) and with it erfc(x) is 0.
  static constexpr T kLimit = kDouble ? 27 : 10.5;

  // erf(x) / x as its Taylor series in x^2: 2 / sqrt(pi) (-1)^n / (n! (2n + 1)). Exact to
  // rounding for |x| < 1/2.
  static constexpr auto kCentre = [] {
    std::array<T, kDouble ? 13 : 8> coefficients{};
    long double term = 1.12837916709551257389615890312154517L;
    for (std::size_t n = 0; n < coefficients.size(); ++n) {
      coefficients[n] = static_cast<T>(term / (2 * n + 1));
      term /= -static_cast<long double>(n + 1);
    }
    return coefficients;
  }();
};

// Evaluates even and odd powers separately: two chains of dependent operations, each half as long.
template <class Batch, class Coefficients>
inline Batch SimdPolynomial(const Batch& x, const Coefficients& coefficients) {
  constexpr int kLast = static_cast<int>(std::tuple_size_v<Coefficients>) - 1;
  const Batch square = x * x;
  Batch same(coefficients[kLast]);
  Batch other(coefficients[kLast - 1]);
#pragma GCC unroll 16
  for (int n = kLast - 2; n >= 0; n -= 2) same = xsimd::fma(same, square, Batch(coefficients[n]));
#pragma GCC unroll 16
  for (int n = kLast - 3; n >= 0; n -= 2) {
    other = xsimd::fma(other, square, Batch(coefficients[n]));
  }
  return kLast % 2 == 0 ? xsimd::fma(other, x, same) : xsimd::fma(same, x, other);
}

// True if xsimd::fma rounds only once.
template <class Arch>
inline constexpr bool kSimdFuses = false;
template <class Arch>
inline constexpr bool kSimdFuses<xsimd::fma3<Arch>> = true;

// z^2 - square, where square is z^2 rounded: exact.
template <class T, class Arch>
inline xsimd::batch<T, Arch> SimdSquareError(const xsimd::batch<T, Arch>& z,
                                             const xsimd::batch<T, Arch>& square) {
  using Batch = xsimd::batch<T, Arch>;
  if constexpr (kSimdFuses<Arch>) {
    return xsimd::fma(z, z, -square);
  } else {
    // Splits z into halves whose products are exact: Dekker, Numerische Mathematik 18 (1971),
    // 224-242.
    const Batch scaled = z * Batch(std::is_same_v<T, double> ? T(134217729) : T(4097));
    const Batch high = scaled - (scaled - z);
    const Batch low = z - high;
    return ((high * high - square) + Batch(T(2)) * high * low) + low * low;
  }
}

// erfc(|x|), within 4 units in the last place down to the smallest normal number; smaller values
// become 0.
template <class T, class Arch>
inline xsimd::batch<T, Arch> SimdErfcOfMagnitude(const xsimd::batch<T, Arch>& x) {
  using Batch = xsimd::batch<T, Arch>;
  const Batch limit(ErrorFunctionCoefficients<T>::kLimit);
  const Batch magnitude = xsimd::abs(x);
  // In this order of arguments a NaN is kept.
  const Batch z = xsimd::select(magnitude > limit, limit, magnitude);
  const Batch t = (z - Batch(T(3))) / (z + Batch(T(3)));
  // exp(-z^2), corrected for the rounding error of z^2, which the exponential would magnify.
  const Batch square = z * z;
  const Batch error = SimdSquareError(z, square);
  const Batch exponential = xsimd::exp(-square) * (Batch(T(1)) - error);
  return exponential * SimdPolynomial(t, ErrorFunctionCoefficients<T>::kTail) /
         xsimd::fma(Batch(T(2)), z, Batch(T(1)));
}

// erf(x), within 3 units in the last place. No lane depends on another; NaN gives NaN.
template <class T, class Arch>
inline xsimd::batch<T, Arch> SimdErf(const xsimd::batch<T, Arch>& x) {
  using Batch = xsimd::batch<T, Arch>;
  const Batch centre = x * SimdPolynomial(x * x, ErrorFunctionCoefficients<T>::kCentre);
  const Batch tail = Batch(T(1)) - SimdErfcOfMagnitude(x);
  return xsimd::select(xsimd::abs(x) < Batch(T(0.5)), centre,
                       xsimd::select(x < Batch(T(0)), -tail, tail));
}

// erfc(x) = 1 - erf(x), with small values as precise as large ones. No lane depends on another;
// NaN gives NaN.
template <class T, class Arch>
inline xsimd::batch<T, Arch> SimdErfc(const xsimd::batch<T, Arch>& x) {
  using Batch = xsimd::batch<T, Arch>;
  const Batch tail = SimdErfcOfMagnitude(x);
  return xsimd::select(x < Batch(T(0)), Batch(T(2)) - tail, tail);
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_SIMD_ERROR_FUNCTION_H_
