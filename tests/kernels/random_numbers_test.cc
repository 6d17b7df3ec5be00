// Many random numbers at a time, against RandomStream, which computes them one by one.

#include "didact/framework/kernels/random_numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iostream>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

// Places at which blocks of Philox begin anew or where the halves of their numbers change, and the
// last numbers of a stream.
constexpr uint64_t kFirst[] = {0,
                               1,
                               2,
                               3,
                               1000003,
                               (uint64_t{1} << 33) - 5,
                               (uint64_t{1} << 34) - 7,
                               (uint64_t{1} << 34) - 64,
                               (uint64_t{1} << 63) + 3,
                               ~uint64_t{0} - 69};
constexpr uint64_t kSeeds[] = {1, 0xFEDCBA9876543210};

// Compares fill(random, first, out) with out[i] = number(random, first + i) for ranges of up to 70
// numbers, and checks that nothing beside them is written.
template <class T>
void ExpectNumbersOfTheirIndices(
    const std::function<void(const RandomStream&, uint64_t, absl::Span<T>)>& fill,
    const std::function<T(const RandomStream&, uint64_t)>& number) {
  constexpr int64_t kLongest = 70;
  for (const uint64_t seed : kSeeds) {
    const RandomStream random = RandomStream(seed, "numbers").Split("of this test");
    for (const uint64_t first : kFirst) {
      std::vector<T> expected;
      for (uint64_t i = 0; i < kLongest; ++i) expected.push_back(number(random, first + i));
      for (int64_t count = 0; count <= kLongest; ++count) {
        std::vector<T> out(count + 2, T(77));
        fill(random, first, absl::MakeSpan(out).subspan(1, count));
        ASSERT_EQ(out.front(), T(77));
        ASSERT_EQ(out.back(), T(77));
        for (int64_t i = 0; i < count; ++i) {
          ASSERT_EQ(out[i + 1], expected[i])
              << "seed " << seed << ", first " << first << ", number " << i << " of " << count;
        }
      }
    }
  }
}

TEST(RandomNumbers, BitsAreThoseOfTheirIndices) {
  ExpectNumbersOfTheirIndices<uint64_t>(
      FillBits, [](const RandomStream& random, uint64_t index) { return random.Bits(index); });
}

TEST(RandomNumbers, UniformsAreThoseOfTheirIndices) {
  ExpectNumbersOfTheirIndices<double>(FillUniforms, [](const RandomStream& random, uint64_t index) {
    return random.Uniform(index);
  });
}

TEST(RandomNumbers, IntegersAreThoseOfTheirIndices) {
  for (const uint64_t bound :
       {uint64_t{1}, uint64_t{10000}, uint64_t{0xFFFFFFFF}, uint64_t{1} << 32, uint64_t{1} << 63}) {
    SCOPED_TRACE(bound);
    ExpectNumbersOfTheirIndices<int64_t>(
        [bound](const RandomStream& random, uint64_t first, absl::Span<int64_t> out) {
          FillUniformIntegers(random, first, bound, out);
        },
        [bound](const RandomStream& random, uint64_t index) {
          return static_cast<int64_t>(random.UniformInteger(index, bound));
        });
  }
}

TEST(RandomNumbers, NormalsAreThoseOfTheirIndices) {
  ExpectNumbersOfTheirIndices<double>(
      [](const RandomStream& random, uint64_t first, absl::Span<double> out) {
        FillNormals(random, first, out);
      },
      [](const RandomStream& random, uint64_t index) { return random.Normal(index); });
}

TEST(RandomNumbers, FloatNormalsDoNotDependOnTheRange) {
  ExpectNumbersOfTheirIndices<float>([](const RandomStream& random, uint64_t first,
                                        absl::Span<float> out) { FillNormals(random, first, out); },
                                     [](const RandomStream& random, uint64_t index) {
                                       float number;
                                       FillNormals(random, index, absl::MakeSpan(&number, 1));
                                       return number;
                                     });
}

constexpr int64_t kMany = int64_t{1} << 22;

// Enough numbers for about 2000 pairs whose upper halves do not suffice for floats.
TEST(RandomNumbers, ManyNormalsAreThoseOfTheirIndicesAndFloatsAreClose) {
  const RandomStream random(3, "many");
  std::vector<double> doubles(kMany);
  std::vector<float> floats(kMany);
  FillNormals(random, 0, absl::MakeSpan(doubles));
  FillNormals(random, 0, absl::MakeSpan(floats));
  double largest_difference = 0;
  for (int64_t i = 0; i < kMany; ++i) {
    if (i % 16 < 2) {
      ASSERT_EQ(doubles[i], random.Normal(static_cast<uint64_t>(i))) << i;
    }
    const double difference = std::fabs(floats[i] - doubles[i]);
    largest_difference =
        std::max(largest_difference, difference / std::max(1.0, std::fabs(doubles[i])));
  }
  // The difference that random_numbers.h promises not to exceed.
  EXPECT_LT(largest_difference, 6e-7);
  std::cout << "largest difference between float and double: " << largest_difference << "\n";
}

TEST(RandomNumbers, RowsHaveTheNumbersOfTheirPlaces) {
  const RandomStream random(5, "rows");
  for (const int64_t rows : {0, 1, 3, 1000}) {
    for (const int64_t columns : {0, 1, 7, 5000}) {
      for (const uint64_t stride : {static_cast<uint64_t>(columns), uint64_t{5001}}) {
        int64_t next = 0;
        const NumberedRows numbered = {
            .rows = rows, .columns = columns, .first = 9, .stride = stride};
        ForEachRowOfUniforms(random, numbered, [&](int64_t row, absl::Span<const double> numbers) {
          ASSERT_EQ(row, next++);
          ASSERT_EQ(static_cast<int64_t>(numbers.size()), columns);
          if (columns == 0) return;
          const uint64_t first = 9 + static_cast<uint64_t>(row) * stride;
          EXPECT_EQ(numbers.front(), random.Uniform(first));
          EXPECT_EQ(numbers.back(), random.Uniform(first + static_cast<uint64_t>(columns) - 1));
        });
        EXPECT_EQ(next, rows);
      }
    }
  }
}

}  // namespace
}  // namespace didact
