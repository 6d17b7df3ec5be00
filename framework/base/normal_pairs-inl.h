// The arithmetic of normal random numbers, written once for one number and for vectors of them.
// Included only by random.cc and by the kernels.

#ifndef DIDACT_FRAMEWORK_BASE_NORMAL_PAIRS_INL_H_
#define DIDACT_FRAMEWORK_BASE_NORMAL_PAIRS_INL_H_

#include <bit>
#include <cmath>
#include <cstdint>

namespace didact {

// Normals have blocks of Philox of their own, so that they are independent of uniform numbers at
// the same indices. The four normals of indices 4b to 4b + 3 are made from the words of two blocks,
// b | kUpperNormalBlocks and b | kLowerNormalBlocks: word k of the one is the upper half of 64
// random bits, word k of the other the lower half. In single precision the upper half is nearly
// always enough, which saves half of the blocks.
inline constexpr uint64_t kUpperNormalBlocks = uint64_t{1} << 63;
inline constexpr uint64_t kLowerNormalBlocks = uint64_t{3} << 62;
inline constexpr uint64_t kNormalsPerBlock = 4;

// Computes two independent standard normals from 128 random bits, in every lane. Words 0 and 1 of a
// block give its first two normals, words 2 and 3 the others.
//
// The method is Box and Muller's: the normals are the coordinates of a point at the distance
// sqrt(-2 log u) from the origin, in a direction (cos a, sin a), where u and a are uniform. No
// function of the C library is called and no product is fused with a sum, so the bits are the same
// on every processor. Every operation acts on each lane alone. Distances reach 9.4.
//
// `Lanes` has the types Words (64-bit words) and Reals (doubles) with their operators, and
//
//   WithLowHalf(high, low)  the upper 32 bits of `high` and the lower 32 bits of `low`
//   BitsOf(reals), RealsOf(words)   the same bits
//   Sqrt(reals)
//   Select(words, x, y)     x where the top bit of `words` is set, otherwise y
template <class Lanes>
struct NormalPairs {
  using Words = typename Lanes::Words;
  using Reals = typename Lanes::Reals;

  // The words that both coordinates are made of. Their upper 32 bits are ignored.
  struct Bits {
    Words upper_radius;
    Words lower_radius;
    Words upper_angle;
    Words lower_angle;
  };

  [[gnu::always_inline]] static inline void Compute(const Bits& bits, Reals& first, Reals& second) {
    // Bit 31 of the angle's upper word exchanges the coordinates and bit 30 negates them; the other
    // 62 bits say where the direction lies between -45 and 45 degrees.
    const Reals turn = SignedUniform(bits.upper_angle << 2, bits.lower_angle);
    const Words negated = (bits.upper_angle << 33) & Words(uint64_t{1} << 63);
    const Words exchanged = bits.upper_angle << 32;

    // With t = n / d = tan(a / 2): cos a = (d^2 - n^2) / (d^2 + n^2), sin a = 2 n d / (d^2 + n^2).
    const Reals square = turn * turn;
    const Reals n =
        turn * (Reals(kTangent[0]) + square * (Reals(kTangent[1]) + square * Reals(kTangent[2])));
    const Reals d =
        Reals(kTangent[3]) + square * (Reals(kTangent[4]) + square * (Reals(kTangent[5]) - square));
    const Reals nn = n * n;
    const Reals dd = d * d;
    const Reals radius = Lanes::Sqrt(MinusTwoLog(bits.upper_radius, bits.lower_radius));
    const Reals factor = Lanes::RealsOf(Lanes::BitsOf(radius / (dd + nn)) ^ negated);
    const Reals cosine = (dd - nn) * factor;
    const Reals sine = ((n + n) * d) * factor;
    first = Lanes::Select(exchanged, sine, cosine);
    second = Lanes::Select(exchanged, cosine, sine);
  }

 private:
  // 2^exponent + unit * w, where `unit` is the last binary place of 2^exponent and w the lower half
  // of `word`.
  template <int exponent>
  [[gnu::always_inline]] static inline Reals Place(Words word) {
    return Lanes::RealsOf(
        Lanes::WithLowHalf(Words(static_cast<uint64_t>(1023 + exponent) << 52), word));
  }

  // upper / 2^31 + lower / 2^61 - 1, from -1 to 1, rounded once.
  [[gnu::always_inline]] static inline Reals SignedUniform(Words upper, Words lower) {
    return (Place<21>(upper) - Reals(0x1p21 + 1 + 0x1p-9)) + Place<-9>(lower);
  }

  // -2 log(1 - (2^32 upper + lower) / 2^64).
  [[gnu::always_inline]] static inline Reals MinusTwoLog(Words upper, Words lower) {
    // The argument x, from 2^-64 to 1, is rounded once; `missing` is exactly what rounding took
    // away. Where x is near 1, the logarithm is no larger than that.
    const Reals high = Reals(0x1p20 + 1 + 0x1p-12) - Place<20>(upper);
    const Reals low = Place<-12>(lower);
    const Reals x = high - low;
    const Reals missing = (high - x) - low;
    // x = m / 2^k with sqrt(1/2) <= m < sqrt(2) and k >= 0.
    constexpr uint64_t kFraction = (uint64_t{1} << 52) - 1;
    const Words bits = Lanes::BitsOf(x);
    const Words distance = Words(std::bit_cast<uint64_t>(0x1.6a09e667f3bcdp-1) + kFraction) - bits;
    const Reals m = Lanes::RealsOf(bits + (distance & Words(~kFraction)));
    const Reals k =
        Lanes::RealsOf((distance >> 52) | Words(std::bit_cast<uint64_t>(0x1p52))) - Reals(0x1p52);
    // log(m) = 2 artanh(s), a series in odd powers of s.
    const Reals s = ((m - Reals(1.0)) + missing) / (m + Reals(1.0));
    const Reals z = s * s;
    const Reals w = z * z;
    const Reals odd =
        z * (Reals(kLog[0]) + w * (Reals(kLog[2]) + w * (Reals(kLog[4]) + w * Reals(kLog[6]))));
    const Reals even = w * (Reals(kLog[1]) + w * (Reals(kLog[3]) + w * Reals(kLog[5])));
    return k * Reals(0x1.62e42fefa39efp+0) + s * (Reals(-4.0) + (odd + even));
  }

  // (-4 artanh(s) / s + 4) / z as a polynomial in z = s^2, |s| <= tan(pi/8)^2, and tan(pi/8 v) / v
  // = (c0 + c1 y + c2 y^2) / (c3 + c4 y + c5 y^2 - y^3), y = v^2, |v| <= 1: both interpolated at
  // Chebyshev points in 50 decimal digits and then rounded. The relative errors are 5e-18 for the
  // logarithm and 1.5e-17 for the tangent; rounding errors of the operations are larger.
  static constexpr double kLog[7] = {
      -1.333333333333334,   -0.7999999999979889,  -0.5714285725200654, -0.44444422260519756,
      -0.36365778911349894, -0.30663421236421545, -0.29233170849777246};
  static constexpr double kTangent[6] = {1109482.8656158163,  -20744.51607017477,
                                         53.385460630400374,  2825274.9174162913,
                                         -198056.44388981565, 1358.2997253990848};
};

// A single lane.
struct OneLane {
  using Words = uint64_t;
  using Reals = double;

  static Words WithLowHalf(Words high, Words low) {
    constexpr Words kLow = 0xFFFFFFFF;
    return (high & ~kLow) | (low & kLow);
  }
  static Words BitsOf(Reals x) { return std::bit_cast<Words>(x); }
  static Reals RealsOf(Words x) { return std::bit_cast<Reals>(x); }
  static Reals Sqrt(Reals x) { return std::sqrt(x); }
  static Reals Select(Words choice, Reals x, Reals y) { return choice >> 63 != 0 ? x : y; }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_NORMAL_PAIRS_INL_H_
