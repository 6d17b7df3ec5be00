// Arrays of random numbers for the tests of the kernels.

#ifndef DIDACT_TESTS_KERNELS_TEST_DATA_H_
#define DIDACT_TESTS_KERNELS_TEST_DATA_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace didact {

// Returns `size` numbers in [-1, 1), from a generator that the test owns.
template <class T>
std::vector<T> RandomVector(int64_t size, std::mt19937_64& generator) {
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  std::vector<T> values(static_cast<std::size_t>(size));
  for (T& value : values) value = static_cast<T>(uniform(generator));
  return values;
}

template <class T>
constexpr double kEpsilon = std::numeric_limits<T>::epsilon();

// Number of lanes of the widest vector of any instruction set.
template <class T>
constexpr int64_t kMaxLanes = 64 / sizeof(T);

}  // namespace didact

#endif  // DIDACT_TESTS_KERNELS_TEST_DATA_H_
