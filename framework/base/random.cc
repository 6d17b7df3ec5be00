#include "didact/framework/base/random.h"

#include <cmath>
#include <numbers>

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

// Normals use their own blocks (the top bit of the block index is set), so that they are
// independent of uniforms at the same indices.
constexpr uint64_t kNormalDomain = uint64_t{1} << 63;

std::array<uint64_t, 2> Block(uint64_t seed, uint64_t stream, uint64_t block) {
  const std::array<uint32_t, 4> bits =
      Philox4x32({Low(block), High(block), Low(stream), High(stream)}, {Low(seed), High(seed)});
  return {(uint64_t{bits[1]} << 32) | bits[0], (uint64_t{bits[3]} << 32) | bits[2]};
}

uint64_t Below(uint64_t bound, uint64_t bits) {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(bits) * bound) >> 64);
}

double ToUnit(uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

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
  return Block(seed_, stream_, (index >> 1) & ~kNormalDomain)[index & 1];
}

double RandomStream::Uniform(uint64_t index) const { return ToUnit(Bits(index)); }

std::array<double, 2> RandomStream::NormalPair(uint64_t pair) const {
  const std::array<uint64_t, 2> bits = Block(seed_, stream_, pair | kNormalDomain);
  // 1 - u lies in (0, 1], so the logarithm is finite.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - ToUnit(bits[0])));
  const double angle = 2.0 * std::numbers::pi * ToUnit(bits[1]);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

double RandomStream::Normal(uint64_t index) const { return NormalPair(index >> 1)[index & 1]; }

uint64_t RandomStream::UniformInteger(uint64_t index, uint64_t bound) const {
  return Below(bound, Bits(index));
}

void RandomStream::UniformIntegers(uint64_t first, uint64_t bound, absl::Span<int64_t> out) const {
  size_t i = 0;
  // A block holds the bits of an even index and the next one.
  if (first % 2 == 1 && !out.empty()) {
    out[i++] = static_cast<int64_t>(UniformInteger(first, bound));
  }
  for (; i + 1 < out.size(); i += 2) {
    const std::array<uint64_t, 2> bits = Block(seed_, stream_, ((first + i) >> 1) & ~kNormalDomain);
    out[i] = static_cast<int64_t>(Below(bound, bits[0]));
    out[i + 1] = static_cast<int64_t>(Below(bound, bits[1]));
  }
  if (i < out.size()) out[i] = static_cast<int64_t>(UniformInteger(first + i, bound));
}

}  // namespace didact
