#include "tests/base/allocation_meter.h"

#include <cstdlib>
#include <vector>

#include "gtest/gtest.h"

namespace didact {
namespace {

TEST(AllocationMeter, SeesWhatNewAndMallocTake) {
  const AllocationMeter meter;
  {
    const std::vector<char> first(100000);
    const std::vector<char> second(200000);
  }
  EXPECT_GE(meter.largest(), 200000);
  EXPECT_LT(meter.largest(), 300000);
  EXPECT_GE(meter.peak(), 300000);
  EXPECT_LT(meter.peak(), 400000);
  void* volatile memory = std::malloc(1000000);
  std::free(memory);
  EXPECT_GE(meter.largest(), 1000000);
}

TEST(AllocationMeter, ForgetsWhatWasGivenBack) {
  const AllocationMeter meter;
  for (int i = 0; i < 100; ++i) {
    void* volatile memory = std::calloc(1000, 100);
    memory = std::realloc(memory, 150000);
    std::free(memory);
  }
  EXPECT_GE(meter.peak(), 150000);
  EXPECT_LT(meter.peak(), 400000);
}

}  // namespace
}  // namespace didact
