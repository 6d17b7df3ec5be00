// Tests random streams: the words of each, and that no two are alike.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "didact/framework/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/golden_streams.h"

namespace didact {
namespace {

// An intended change of the streams must also be made in random_reference.py, which then writes the
// golden words anew.
TEST(RandomStreams, HaveTheirGoldenWords) {
  for (const GoldenStream& golden : GoldenStreams()) {
    EXPECT_EQ(WordsOf(StreamAt(golden.seed, golden.path)), golden.words)
        << golden.path << " of seed " << golden.seed;
  }
}

struct NamedStream {
  std::string name;
  RandomStream stream;
};

// Returns the golden streams, and some whose names are easily confused.
std::vector<NamedStream> DifferentStreams() {
  std::vector<NamedStream> streams;
  for (const GoldenStream& golden : GoldenStreams()) {
    streams.push_back({golden.path + " of seed " + std::to_string(golden.seed),
                       StreamAt(golden.seed, golden.path)});
  }
  const RandomStream data(1, "data");
  streams.push_back({"data", data});
  streams.push_back({"atad", RandomStream(1, "atad")});
  streams.push_back({"dat", RandomStream(1, "dat")});
  streams.push_back({"dat/a", RandomStream(1, "dat").Split("a")});
  streams.push_back({"data/ab", data.Split("ab")});
  streams.push_back({"data/ba", data.Split("ba")});
  streams.push_back({"data/a/b", data.Split("a").Split("b")});
  streams.push_back({"data/b/a", data.Split("b").Split("a")});
  streams.push_back({"data/(empty)", data.Split("")});
  streams.push_back({"data/\"1\"", data.Split("1")});
  streams.push_back({"data/1", data.Split(1)});
  streams.push_back({"data/1/1", data.Split(1).Split(1)});
  streams.push_back({"data/2", data.Split(2)});
  streams.push_back({"data/1/2", data.Split(1).Split(2)});
  streams.push_back({"data/2/1", data.Split(2).Split(1)});
  return streams;
}

constexpr int64_t kWords = 256;

std::vector<uint64_t> FirstWords(const RandomStream& stream) {
  std::vector<uint64_t> words;
  for (int64_t i = 0; i < kWords; ++i) words.push_back(stream.Bits(static_cast<uint64_t>(i)));
  return words;
}

// In each of 16384 pairs of bits, the two are equal with probability 1/2: 8192 pairs are expected,
// with a standard deviation of 64. Six standard deviations for each of fewer than 10^4 pairs of
// streams give a false alarm with probability below 2e-5 for newly drawn streams. These streams are
// fixed, so the test never fails by chance.
TEST(RandomStreams, AreIndependentInPairs) {
  const std::vector<NamedStream> streams = DifferentStreams();
  ASSERT_LT(streams.size(), 142);
  std::vector<std::vector<uint64_t>> words;
  for (const NamedStream& named : streams) words.push_back(FirstWords(named.stream));
  for (size_t a = 0; a < streams.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      int64_t equal = 0;
      for (int64_t i = 0; i < kWords; ++i) equal += std::popcount(~(words[a][i] ^ words[b][i]));
      EXPECT_NEAR(static_cast<double>(equal), 32 * kWords, 6 * std::sqrt(16 * kWords))
          << streams[a].name << " and " << streams[b].name;
    }
  }
}

// Streams that overlap anywhere share words. Two of n random words are equal with a probability
// below n^2 / 2^65: for fewer than 10^5 of them a false alarm below 1e-9.
TEST(RandomStreams, ShareNoWords) {
  std::set<uint64_t> words;
  const std::vector<NamedStream> streams = DifferentStreams();
  for (const NamedStream& named : streams) {
    for (const uint64_t word : FirstWords(named.stream)) {
      EXPECT_TRUE(words.insert(word).second) << named.name << " has a word of another stream";
    }
  }
}

// Returns the correlation of n pairs. For independent numbers its standard deviation is 1 /
// sqrt(n).
double Correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double n = static_cast<double>(a.size());
  double sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    sum_a += a[i];
    sum_b += b[i];
    sum_aa += a[i] * a[i];
    sum_bb += b[i] * b[i];
    sum_ab += a[i] * b[i];
  }
  return (sum_ab - sum_a * sum_b / n) /
         std::sqrt((sum_aa - sum_a * sum_a / n) * (sum_bb - sum_b * sum_b / n));
}

// Compares two lists of numbers with mean 0, and their squares. The bound of six standard
// deviations gives a false alarm below 1e-8 for a pair of lists.
void ExpectUncorrelated(const std::vector<double>& a, const std::vector<double>& b) {
  const auto squares = [](std::vector<double> numbers) {
    for (double& number : numbers) number *= number;
    return numbers;
  };
  const double bound = 6 / std::sqrt(static_cast<double>(a.size()));
  EXPECT_NEAR(Correlation(a, b), 0, bound);
  EXPECT_NEAR(Correlation(a, squares(b)), 0, bound);
  EXPECT_NEAR(Correlation(squares(a), b), 0, bound);
  EXPECT_NEAR(Correlation(squares(a), squares(b)), 0, bound);
}

// Normals and uniforms of one stream are compared at the same index and at neighbouring ones.
TEST(RandomStreams, HaveNormalsThatDoNotDependOnTheirUniforms) {
  constexpr int64_t kDraws = 10000;
  const RandomStream stream(7, "normals and uniforms");
  for (int64_t shift = -2; shift <= 2; ++shift) {
    SCOPED_TRACE(shift);
    std::vector<double> uniforms, normals;
    for (int64_t i = 2; i < kDraws + 2; ++i) {
      uniforms.push_back(stream.Uniform(static_cast<uint64_t>(i + shift)) - 0.5);
      normals.push_back(stream.Normal(static_cast<uint64_t>(i)));
    }
    ExpectUncorrelated(uniforms, normals);
  }
}

// The two normals of a pair share a radius and an angle. Every normal is compared with the
// next one, within pairs (first 0) and across them (first 1).
TEST(RandomStreams, HaveNormalsThatDoNotDependOnTheirNeighbors) {
  constexpr uint64_t kPairs = 10000;
  const RandomStream stream(7, "neighbors");
  for (const uint64_t first : {0, 1}) {
    SCOPED_TRACE(first);
    std::vector<double> normals, next_ones;
    for (uint64_t pair = 0; pair < kPairs; ++pair) {
      normals.push_back(stream.Normal(2 * pair + first));
      next_ones.push_back(stream.Normal(2 * pair + first + 1));
    }
    ExpectUncorrelated(normals, next_ones);
  }
}

}  // namespace
}  // namespace didact
