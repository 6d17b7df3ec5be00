// Reads data sets in tests.

#ifndef DIDACT_TESTS_PLUGINS_DATASETS_READ_ALL_H_
#define DIDACT_TESTS_PLUGINS_DATASETS_READ_ALL_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/dataset.h"
#include "gtest/gtest.h"

namespace didact {

// Returns the message of a status, or of a data set that could not be built.
inline std::string Message(const absl::Status& status) { return std::string(status.message()); }
template <class Value>
std::string Message(const absl::StatusOr<Value>& value) {
  return Message(value.status());
}

// Returns the product of a sample's extents.
template <class T>
int64_t Features(const Dataset<T>& dataset) {
  int64_t features = 1;
  for (const int64_t extent : dataset.sample_shape()) features *= extent;
  return features;
}

// Returns all inputs [size, features], read `part` samples at a time into rows with gaps between
// them.
template <class T>
std::vector<T> ReadAll(const Dataset<T>& dataset, int64_t part) {
  const int64_t features = Features(dataset);
  const int64_t stride = features + 3;
  std::vector<T> inputs;
  std::vector<T> block(part * stride);
  for (int64_t first = 0; first < dataset.size(); first += part) {
    const int64_t count = std::min(part, dataset.size() - first);
    const absl::Status status =
        dataset.Read(first, ArrayView<T>(block.data(), {count, features}, {stride, 1}));
    EXPECT_TRUE(status.ok()) << status;
    for (int64_t i = 0; i < count; ++i) {
      const auto row = block.begin() + i * stride;
      inputs.insert(inputs.end(), row, row + features);
    }
  }
  return inputs;
}

template <class T>
std::vector<T> ReadAll(const Dataset<T>& dataset) {
  return ReadAll(dataset, dataset.size());
}

// Returns the context of a data set that uses no teacher.
template <class T>
DatasetContext<T> ContextOfSeed(uint64_t seed) {
  return {RandomStream(seed, "data"), {}};
}

// Expects that parts of any size give the same inputs, that they depend only on the seed, and that
// a repetition changes nothing. `build` returns a data set that is not prepared yet and uses no
// teacher.
template <class T, class Build>
void ExpectPureFunctionOfSeedAndIndex(Build build) {
  auto dataset = build();
  ASSERT_TRUE(dataset->Prepare(ContextOfSeed<T>(1)).ok());
  const std::vector<T> whole = ReadAll(*dataset);
  for (const int64_t part : {1, 2, 7, 64}) {
    EXPECT_EQ(ReadAll(*dataset, part), whole) << "parts of " << part;
  }
  auto again = build();
  ASSERT_TRUE(again->Prepare(ContextOfSeed<T>(1)).ok());
  EXPECT_EQ(ReadAll(*again), whole);
  auto other = build();
  ASSERT_TRUE(other->Prepare(ContextOfSeed<T>(2)).ok());
  EXPECT_NE(ReadAll(*other), whole);
}

}  // namespace didact

#endif  // DIDACT_TESTS_PLUGINS_DATASETS_READ_ALL_H_
