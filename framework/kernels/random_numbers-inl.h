// Random numbers, written once for every instruction set.

#ifndef DIDACT_FRAMEWORK_KERNELS_RANDOM_NUMBERS_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_RANDOM_NUMBERS_INL_H_

#include <algorithm>
#include <bit>
#include <cstdint>

#include "didact/framework/base/normal_pairs-inl.h"
#include "didact/framework/kernels/simd-inl.h"

namespace didact {

// The operations that NormalPairs needs.
template <class Arch>
struct RandomLanes : RandomPrimitives<Arch> {
  using typename RandomPrimitives<Arch>::Words;
  using typename RandomPrimitives<Arch>::Reals;
  using typename RandomPrimitives<Arch>::Integers;
  using typename RandomPrimitives<Arch>::Floats;
  static constexpr int64_t kWords = static_cast<int64_t>(Words::size);

  static DIDACT_KERNEL_INLINE Words BitsOf(Reals x) { return xsimd::bitwise_cast<Words>(x); }
  static DIDACT_KERNEL_INLINE Reals RealsOf(Words x) { return xsimd::bitwise_cast<Reals>(x); }
  static DIDACT_KERNEL_INLINE Integers BitsOf(Floats x) { return xsimd::bitwise_cast<Integers>(x); }
  static DIDACT_KERNEL_INLINE Floats FloatsOf(Integers x) { return xsimd::bitwise_cast<Floats>(x); }
  static DIDACT_KERNEL_INLINE Reals Sqrt(Reals x) { return xsimd::sqrt(x); }
  static DIDACT_KERNEL_INLINE Floats Sqrt(Floats x) { return xsimd::sqrt(x); }
};

// Philox4x32-10 (framework/base/random.h) of as many blocks as there are lanes. The parts that the
// blocks have in common are computed once: the keys of the rounds and, since only the first word of
// the counter differs, one of the two products of rounds 1 and 2.
template <class Arch>
class PhiloxLanes {
 public:
  using Lanes = RandomLanes<Arch>;
  using Words = typename Lanes::Words;

  // For blocks whose numbers have the upper half `upper_block`.
  PhiloxLanes(uint64_t seed, uint64_t stream, uint32_t upper_block) {
    uint32_t key0 = static_cast<uint32_t>(seed);
    uint32_t key1 = static_cast<uint32_t>(seed >> 32);
    for (int round = 0; round < kRounds; ++round) {
      key0_[round] = key0;
      key1_[round] = key1;
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    const uint64_t product1 = kFactor1 * static_cast<uint32_t>(stream);
    const uint32_t word0 = static_cast<uint32_t>((product1 >> 32) ^ upper_block ^ key0_[0]);
    key1_[0] ^= stream >> 32;
    key0_[1] ^= static_cast<uint32_t>(product1);
    const uint64_t product0 = kFactor0 * word0;
    key1_[1] ^= product0 >> 32;
    key1_[2] ^= static_cast<uint32_t>(product0);
  }

  // The words of the blocks whose numbers have the lower halves of `block`, in the lower half of
  // each lane; the upper halves are arbitrary.
  DIDACT_KERNEL_INLINE void Compute(Words block, Words (&words)[4]) const {
    const Words factor0(kFactor0);
    const Words factor1(kFactor1);
    Words product0 = Lanes::Product(factor0, block);
    Words word2 = (product0 >> 32) ^ Words(key1_[0]);
    Words product1 = Lanes::Product(factor1, word2);
    Words word0 = (product1 >> 32) ^ Words(key0_[1]);
    Words word1 = product1;
    word2 = product0 ^ Words(key1_[1]);
    product0 = Lanes::Product(factor0, word0);
    product1 = Lanes::Product(factor1, word2);
    word0 = (product1 >> 32) ^ word1 ^ Words(key0_[2]);
    word1 = product1;
    word2 = (product0 >> 32) ^ Words(key1_[2]);
    Words word3 = product0;
#pragma GCC unroll 10
    for (int round = 3; round < kRounds; ++round) {
      product0 = Lanes::Product(factor0, word0);
      product1 = Lanes::Product(factor1, word2);
      word0 = (product1 >> 32) ^ word1 ^ Words(key0_[round]);
      word1 = product1;
      word2 = (product0 >> 32) ^ word3 ^ Words(key1_[round]);
      word3 = product0;
    }
    words[0] = word0;
    words[1] = word1;
    words[2] = word2;
    words[3] = word3;
  }

 private:
  static constexpr int kRounds = 10;
  static constexpr uint64_t kFactor0 = 0xD2511F53;
  static constexpr uint64_t kFactor1 = 0xCD9E8D57;

  // Keys of the rounds, combined with the words that all blocks share.
  uint64_t key0_[kRounds];
  uint64_t key1_[kRounds];
};

// The number of groups that are written at once.
//
// Philox and the normals made of its words are long chains of operations. A processor looks ahead
// far enough to work on several chains of one kind at a time, but not over both kinds. Hence the
// words of several groups are computed first, and their normals afterwards.
inline constexpr int64_t kMostGroups = 8;

// Fills `out` with the numbers first, first + 1, ... of a list that is made in groups of as many
// blocks as there are lanes. make_writer(upper_block) returns a function that writes whole groups:
// write(lower, groups, to) writes the numbers of the blocks upper_block * 2^32 + lower, ... of up
// to kMostGroups groups. An incomplete group is computed as a whole too, so the bits of a number do
// not depend on the range.
template <int64_t kNumbersPerBlock, int64_t kBlocks, class T, class MakeWriter>
DIDACT_KERNEL_INLINE void FillByGroups(uint64_t first, int64_t count, T* out,
                                       MakeWriter make_writer) {
  constexpr int64_t kGroup = kNumbersPerBlock * kBlocks;
  constexpr uint64_t kPiece = uint64_t{kNumbersPerBlock} << 32;  // has the same upper half
  while (count > 0) {
    const auto write = make_writer(static_cast<uint32_t>(first / kPiece));
    const uint64_t rest = kPiece - first % kPiece;
    int64_t left = static_cast<int64_t>(std::min(static_cast<uint64_t>(count), rest));
    count -= left;
    while (left > 0) {
      const uint64_t block = first / kNumbersPerBlock;
      const int64_t skipped = static_cast<int64_t>(first % kNumbersPerBlock);
      const int64_t groups = std::min(left / kGroup, kMostGroups);
      int64_t numbers = groups * kGroup;
      if (skipped == 0 && groups > 0) {
        write(block, groups, out);
      } else {
        T group[kGroup];
        write(block, 1, group);
        numbers = std::min(left, kGroup - skipped);
        std::copy_n(group + skipped, numbers, out);
      }
      first += static_cast<uint64_t>(numbers);
      out += numbers;
      left -= numbers;
    }
  }
}

// The numbers of the blocks of group `group`, where block `first` is the first one of group 0.
template <class Arch>
DIDACT_KERNEL_INLINE typename RandomLanes<Arch>::Words BlocksOfGroup(uint64_t first,
                                                                     int64_t group) {
  static constexpr uint64_t kLane[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  using Lanes = RandomLanes<Arch>;
  using Words = typename Lanes::Words;
  return Words(first + static_cast<uint64_t>(group * Lanes::kWords)) + Words::load_unaligned(kLane);
}

// Numbers made from 64 random bits.
template <class Arch>
class WordKernels {
 public:
  static void Bits(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, uint64_t* out) {
    Fill(seed, stream, first, count, out, [](Words bits) { return bits; });
  }

  // bits / 2^64, rounded down to a multiple of 2^-53.
  static void Uniforms(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, double* out) {
    // The upper and the lower bits are places of two powers of two.
    const Words upper(std::bit_cast<uint64_t>(0x1p31));
    const Words lower(std::bit_cast<uint64_t>(0x1p-1));
    const Reals both(0x1p31 + 0x1p-1);
    Fill(seed, stream, first, count, out, [=](Words bits) {
      return (Lanes::RealsOf(Lanes::WithLowHalf(upper, bits >> 43)) - both) +
             Lanes::RealsOf(Lanes::WithLowHalf(lower, bits >> 11));
    });
  }

  // bits * bound / 2^64, rounded down.
  static void Integers(uint64_t seed, uint64_t stream, uint64_t first, int64_t count,
                       uint32_t bound, int64_t* out) {
    const Words factor(uint64_t{bound});
    Fill(seed, stream, first, count, out, [=](Words bits) {
      return (Lanes::Product(bits >> 32, factor) + (Lanes::Product(bits, factor) >> 32)) >> 32;
    });
  }

 private:
  using Lanes = RandomLanes<Arch>;
  using Words = typename Lanes::Words;
  using Reals = typename Lanes::Reals;

  static DIDACT_KERNEL_INLINE Words AsWords(Words x) { return x; }
  static DIDACT_KERNEL_INLINE Words AsWords(Reals x) { return Lanes::BitsOf(x); }

  template <class T, class Number>
  static DIDACT_KERNEL_INLINE void Fill(uint64_t seed, uint64_t stream, uint64_t first,
                                        int64_t count, T* out, Number number) {
    FillByGroups<2, Lanes::kWords>(first, count, out, [=](uint32_t upper_block) {
      const PhiloxLanes<Arch> philox(seed, stream, upper_block);
      return [=](uint64_t block, int64_t groups, T* to) {
        for (int64_t g = 0; g < groups; ++g) {
          Words words[4];
          philox.Compute(BlocksOfGroup<Arch>(block, g), words);
          const Words even = Lanes::WithLowHalf(words[1] << 32, words[0]);
          const Words odd = Lanes::WithLowHalf(words[3] << 32, words[2]);
          Lanes::StoreInTurn(AsWords(number(even)), AsWords(number(odd)),
                             reinterpret_cast<uint64_t*>(to + 2 * Lanes::kWords * g));
        }
      };
    });
  }
};

template <class T, class Arch>
class NormalKernel;

template <class Arch>
class NormalKernel<double, Arch> {
 public:
  static void Run(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, double* out) {
    FillByGroups<kNormalsPerBlock, Lanes::kWords>(first, count, out, [=](uint32_t upper_block) {
      const PhiloxLanes<Arch> upper(seed, stream, upper_block | (kUpperNormalBlocks >> 32));
      const PhiloxLanes<Arch> lower(seed, stream, upper_block | (kLowerNormalBlocks >> 32));
      return [=](uint64_t block, int64_t groups, double* to) {
        Words high[kMostGroups][4];
        Words low[kMostGroups][4];
        for (int64_t g = 0; g < groups; ++g) {
          const Words blocks = BlocksOfGroup<Arch>(block, g);
          upper.Compute(blocks, high[g]);
          lower.Compute(blocks, low[g]);
        }
        for (int64_t g = 0; g < groups; ++g) {
          Reals normals[4];
          for (int pair = 0; pair < 4; pair += 2) {
            NormalPairs<Lanes>::Compute(
                {high[g][pair], low[g][pair], high[g][pair + 1], low[g][pair + 1]}, normals[pair],
                normals[pair + 1]);
          }
          Lanes::StoreInTurn(normals, to + 4 * Lanes::kWords * g);
        }
      };
    });
  }

 private:
  using Lanes = RandomLanes<Arch>;
  using Words = typename Lanes::Words;
  using Reals = typename Lanes::Reals;
};

// Computes the same normals to the precision of float. Where the upper halves of the bits do not
// determine them so far, once in 2048 pairs, they are computed in double.
template <class Arch>
class NormalKernel<float, Arch> {
 public:
  static void Run(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, float* out) {
    FillByGroups<kNormalsPerBlock, Lanes::kWords>(first, count, out, [=](uint32_t upper_block) {
      const PhiloxLanes<Arch> upper(seed, stream, upper_block | (kUpperNormalBlocks >> 32));
      return [=](uint64_t block, int64_t groups, float* to) {
        Integers radius_bits[kMostGroups];
        Integers angle_bits[kMostGroups];
        for (int64_t g = 0; g < groups; ++g) {
          Words words[4];
          upper.Compute(BlocksOfGroup<Arch>(block, g), words);
          // The two pairs of a block are in neighbouring lanes.
          radius_bits[g] = Lanes::IntegersOf(Lanes::WithLowHalf(words[2] << 32, words[0]));
          angle_bits[g] = Lanes::IntegersOf(Lanes::WithLowHalf(words[3] << 32, words[1]));
        }
        for (int64_t g = 0; g < groups; ++g) {
          float* group = to + 4 * Lanes::kWords * g;
          Floats normals[2];
          Compute(radius_bits[g], angle_bits[g], normals);
          Lanes::StoreInTurn(normals[0], normals[1], group);
          const uint32_t imprecise =
              Lanes::ZeroLanes((radius_bits[g] >> 20) ^ (radius_bits[g] >> 31));
          if (imprecise != 0) [[unlikely]] {
            const uint64_t lower_block = (block + static_cast<uint64_t>(g * Lanes::kWords)) & kLow;
            const uint64_t first_of_group =
                ((uint64_t{upper_block} << 32) | lower_block) * kNormalsPerBlock;
            ReplaceByDoubles(seed, stream, first_of_group, imprecise, group);
          }
        }
      };
    });
  }

 private:
  using Lanes = RandomLanes<Arch>;
  using Words = typename Lanes::Words;
  using Integers = typename Lanes::Integers;
  using Floats = typename Lanes::Floats;

  // Does in float what NormalPairs<Lanes>::Compute does in double.
  static DIDACT_KERNEL_INLINE void Compute(Integers radius_bits, Integers angle_bits,
                                           Floats (&normals)[2]) {
    const Integers sign(kSign);
    const Floats turn = Lanes::ToFloats((angle_bits << 2) ^ sign) * Floats(0x1p-31f);
    const Integers negated = (angle_bits << 1) & sign;
    const Floats square = turn * turn;
    const Floats n = turn * (Floats(kTangent[0]) + square * Floats(kTangent[1]));
    const Floats d = Floats(kTangent[2]) + square * (Floats(kTangent[3]) + square);
    const Floats nn = n * n;
    const Floats dd = d * d;
    const Floats radius = Lanes::Sqrt(MinusTwoLog(radius_bits));
    const Floats factor = Lanes::FloatsOf(Lanes::BitsOf(radius / (dd + nn)) ^ negated);
    const Floats cosine = (dd - nn) * factor;
    const Floats sine = ((n + n) * d) * factor;
    normals[0] = Lanes::Select(angle_bits, sine, cosine);
    normals[1] = Lanes::Select(angle_bits, cosine, sine);
  }

  // -2 log(1 - bits / 2^32), where `bits` are read as unsigned.
  static DIDACT_KERNEL_INLINE Floats MinusTwoLog(Integers bits) {
    // Read as signed, they say by how much the argument exceeds 1 or 0, without cancellation.
    const Floats excess = Lanes::ToFloats(bits) * Floats(-0x1p-32f);
    const Integers one = ~(bits >> 31) & Integers(std::bit_cast<int32_t>(1.0f));
    const Floats x = excess + Lanes::FloatsOf(one);
    // x = m / 2^k with sqrt(1/2) <= m < sqrt(2) and k >= 0.
    constexpr int32_t kFraction = (1 << 23) - 1;
    const Integers x_bits = Lanes::BitsOf(x);
    const Integers distance = Integers(std::bit_cast<int32_t>(0x1.6a09e6p-1f) + kFraction) - x_bits;
    const Floats m = Lanes::FloatsOf(x_bits + (distance & Integers(~kFraction)));
    const Floats k = Lanes::ToFloats(distance >> 23);
    const Integers without_exponent = distance - Integers(kFraction + 1);  // negative where k = 0
    const Floats f = Lanes::Select(without_exponent, excess, m - Floats(1.0f));
    const Floats s = f / (m + Floats(1.0f));
    const Floats z = s * s;
    const Floats series = z * (Floats(kLog[0]) + z * (Floats(kLog[1]) + z * Floats(kLog[2])));
    return k * Floats(0x1.62e43p+0f) + s * (Floats(-4.0f) + series);
  }

  // Replaces the pairs of the set bits of `pairs` by the rounded normals of NormalKernel<double>.
  static void ReplaceByDoubles(uint64_t seed, uint64_t stream, uint64_t first, uint32_t pairs,
                               float* to) {
    for (; pairs != 0; pairs &= pairs - 1) {
      const int pair = std::countr_zero(pairs);
      double normals[2];
      NormalKernel<double, Arch>::Run(seed, stream, first + 2 * static_cast<uint64_t>(pair), 2,
                                      normals);
      to[2 * pair] = static_cast<float>(normals[0]);
      to[2 * pair + 1] = static_cast<float>(normals[1]);
    }
  }

  static constexpr uint64_t kLow = 0xFFFFFFFF;
  static constexpr int32_t kSign = std::bit_cast<int32_t>(-0.0f);

  // The formulas of NormalPairs with fewer terms. The relative errors are 3e-9 for the logarithm
  // and 5e-11 for the tangent.
  static constexpr float kLog[3] = {-1.3333337009031205f, -0.7997755656432561f,
                                    -0.5916010608637688f};
  static constexpr float kTangent[4] = {1725.3723917418483f, -25.377471012408414f,
                                        4393.62471731724f, -290.4739235258831f};
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_RANDOM_NUMBERS_INL_H_
