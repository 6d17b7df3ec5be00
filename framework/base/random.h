// Counter-based random numbers (Philox4x32-10): every number is a pure function of (seed, stream,
// index), so no result depends on the order in which numbers are drawn, on threads or on an
// interruption.

#ifndef DIDACT_FRAMEWORK_BASE_RANDOM_H_
#define DIDACT_FRAMEWORK_BASE_RANDOM_H_

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace didact {

// One block of Philox4x32 with ten rounds: 128 random bits from a 128-bit counter and a 64-bit key.
// Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011,
// section 3.3.
std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

// Returns bits * bound / 2^64, rounded down: uniform in {0, ..., bound-1} if all bits are random,
// with a bias below bound / 2^64.
inline uint64_t UniformIntegerOf(uint64_t bits, uint64_t bound) {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(bits) * bound) >> 64);
}

// A stream of random numbers, addressed by index. framework/kernels/random_numbers.h computes many
// numbers of one stream at a time, with the same bits and much faster.
//
// The key of a stream is its seed; its number, together with the index, is the counter. Copying is
// cheap; a stream has no position and all its methods are const, so any number of threads may use
// one.
//
// Bits, Uniform and UniformInteger of one index are made from the same bits, so draw only one of
// them at each index. Normals have bits of their own and are independent of the others at all
// indices.
class RandomStream {
 public:
  // Stream number `stream` of `seed`.
  RandomStream(uint64_t seed, uint64_t stream) : seed_(seed), stream_(stream) {}
  // The stream of `seed` with a name, e.g. "teacher".
  RandomStream(uint64_t seed, absl::string_view name);

  // Returns the stream of a part of what this stream belongs to, such as a layer or a sample; the
  // part is given by a name or a number. Different parts have independent streams.
  RandomStream Split(absl::string_view name) const;
  RandomStream Split(uint64_t number) const;

  // 64 uniform random bits.
  uint64_t Bits(uint64_t index) const;
  // Uniform in [0, 1), a multiple of 2^-53.
  double Uniform(uint64_t index) const;
  // Standard normal, within 8 units in the last place (Box and Muller, "A note on the generation of
  // random normal deviates", Annals of Mathematical Statistics 29 (1958), 610).
  double Normal(uint64_t index) const;
  // UniformIntegerOf(Bits(index), bound): uniform in {0, ..., bound-1}, bound >= 1.
  uint64_t UniformInteger(uint64_t index, uint64_t bound) const;

  uint64_t seed() const { return seed_; }
  uint64_t stream() const { return stream_; }

 private:
  uint64_t seed_;
  uint64_t stream_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_RANDOM_H_
