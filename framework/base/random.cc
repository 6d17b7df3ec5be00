#include "didact/framework/base/random.h"

#include "didact/framework/base/normal_pairs-inl.h"

namespace didact {
namespace {

uint32_t Low(uint64_t x) { return static_cast<uint32_t>(x); }
uint32_t High(uint64_t x) { return static_cast<uint32_t>(x >> 32); }

}  // namespace

std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53} * counter[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57} * counter[2];
    counter = {High(product1) ^ counter[1] ^ key[0], Low(product1),
               High(product0) ^ counter[3] ^ key[1], Low(product0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

namespace {

constexpr uint64_t kFnvOffset = 0xcbf29ce484222325;
constexpr uint64_t kFnvPrime = 0x100000001b3;

// FNV-1a, a hash that gives the same value on every platform and in every release: streams must
// never change.
uint64_t HashName(absl::string_view name, uint64_t hash = kFnvOffset) {
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  return hash;
}

// The finalizer of SplitMix64: spreads neighbouring numbers over all 64 bits.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::array<uint32_t, 4> BlockWords(uint64_t seed, uint64_t stream, uint64_t block) {
  return Philox4x32({Low(block), High(block), Low(stream), High(stream)}, {Low(seed), High(seed)});
}

}  // namespace

RandomStream::RandomStream(uint64_t seed, absl::string_view name)
    : seed_(seed), stream_(Mix(HashName(name))) {}

RandomStream RandomStream::Split(absl::string_view name) const {
  return {seed_, Mix(HashName(name, stream_))};
}

RandomStream RandomStream::Split(uint64_t number) const {
  return {seed_, Mix(stream_ ^ Mix(number))};
}

uint64_t RandomStream::Bits(uint64_t index) const {
  const std::array<uint32_t, 4> words = BlockWords(seed_, stream_, index / 2);
  const uint64_t half = 2 * (index % 2);
  return (uint64_t{words[half + 1]} << 32) | words[half];
}

double RandomStream::Uniform(uint64_t index) const {
  return static_cast<double>(Bits(index) >> 11) * 0x1p-53;
}

double RandomStream::Normal(uint64_t index) const {
  const uint64_t block = index / kNormalsPerBlock;
  const std::array<uint32_t, 4> upper = BlockWords(seed_, stream_, block | kUpperNormalBlocks);
  const std::array<uint32_t, 4> lower = BlockWords(seed_, stream_, block | kLowerNormalBlocks);
  const uint64_t radius = index % kNormalsPerBlock / 2 * 2;
  const uint64_t angle = radius + 1;
  double pair[2];
  NormalPairs<OneLane>::Compute({upper[radius], lower[radius], upper[angle], lower[angle]}, pair[0],
                                pair[1]);
  return pair[index % 2];
}

uint64_t RandomStream::UniformInteger(uint64_t index, uint64_t bound) const {
  return UniformIntegerOf(Bits(index), bound);
}

}  // namespace didact
