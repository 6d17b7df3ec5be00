#include "didact/framework/base/memory.h"

#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

TEST(MemoryOfProcess, IsAtMostThatOfTheMachine) {
  EXPECT_GT(MemoryOfProcess(), 1e6);
  EXPECT_LE(MemoryOfProcess(), static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                                   static_cast<double>(sysconf(_SC_PAGE_SIZE)));
}

TEST(CheckFitsInMemory, RefusesMoreThanThereIs) {
  EXPECT_EQ(CheckFitsInMemory(0, FieldPath("e")), absl::OkStatus());
  EXPECT_EQ(CheckFitsInMemory(MemoryOfProcess(), FieldPath("e")), absl::OkStatus());
  const absl::Status status = CheckFitsInMemory(1e30, FieldPath("e"));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), testing::StartsWith("e: needs 1e+21 GB, and this "));
}

TEST(MemoryBudget, RefusesPartsThatDoNotFitTogether) {
  MemoryBudget budget;
  EXPECT_EQ(budget.Take(0.7 * MemoryOfProcess(), FieldPath("first")), absl::OkStatus());
  const absl::Status status = budget.Take(0.7 * MemoryOfProcess(), FieldPath("second"));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()),
              testing::MatchesRegex("second: needs [0-9.e+-]+ GB besides [0-9.e+-]+ GB for the "
                                    "rest, and this (machine has|container or job may use) "
                                    "[0-9.e+-]+ GB of memory"));
  EXPECT_THAT(std::string(budget.Take(1e30, FieldPath("large")).message()),
              testing::StartsWith("large: needs 1e+21 GB, and "));
  // A refused request is not counted.
  EXPECT_EQ(budget.Take(0.2 * MemoryOfProcess(), FieldPath("third")), absl::OkStatus());
  // All earlier requests count, not only the last one.
  EXPECT_EQ(budget.Take(0.2 * MemoryOfProcess(), FieldPath("fourth")).code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace didact
