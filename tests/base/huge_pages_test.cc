#include "didact/framework/base/huge_pages.h"

#include <sys/mman.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "didact/framework/kernels/matrix.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

// Whether the kernel has noted a request for huge pages at this address: the line `VmFlags` of
// /proc/self/smaps has `hg` then (man 5 proc).
bool HasRequestAt(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream smaps("/proc/self/smaps");
  bool contains_address = false;
  for (std::string line; std::getline(smaps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2) {
      contains_address = begin <= wanted && wanted < end;
    }
    if (contains_address && line.rfind("VmFlags:", 0) == 0) {
      return line.find(" hg") != std::string::npos;
    }
  }
  return false;
}

class HugePagesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled")) {
      GTEST_SKIP() << "this kernel has no huge pages";
    }
  }
};

TEST_F(HugePagesTest, AreRequestedForLargeRangesOnly) {
  constexpr std::size_t kBytes = 16 << 20;
  void* const data =
      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(data, MAP_FAILED);
  RequestHugePages(data, (4 << 20) - 1);
  EXPECT_FALSE(HasRequestAt(data));
  RequestHugePages(static_cast<char*>(data) + 100, 8 << 20);
  EXPECT_FALSE(HasRequestAt(data));
  EXPECT_TRUE(HasRequestAt(static_cast<char*>(data) + 4096));
  EXPECT_FALSE(HasRequestAt(static_cast<char*>(data) + (12 << 20)));
  munmap(data, kBytes);
}

TEST_F(HugePagesTest, AreRequestedByLargeMatrices) {
  const Matrix<double> large(1000, 1000);
  const Matrix<double> small(10, 10);
  EXPECT_TRUE(HasRequestAt(&large(500, 500)));
  EXPECT_FALSE(HasRequestAt(&small(5, 5)));
}

}  // namespace
}  // namespace didact
