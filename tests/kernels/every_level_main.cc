// A main function that runs all tests of its program once on every SIMD level that the processor
// has.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "framework/kernels/simd_level.h"
#include "tests/kernels/levels.h"

namespace didact {
namespace {

// Selects another level at the start of every repetition.
class LevelOfIteration : public testing::EmptyTestEventListener {
 public:
  explicit LevelOfIteration(std::vector<absl::string_view> levels) : levels_(std::move(levels)) {}

  void OnTestIterationStart(const testing::UnitTest&, int iteration) override {
    const absl::string_view level = levels_[static_cast<std::size_t>(iteration) % levels_.size()];
    if (!SelectSimdLevel(level).ok()) std::abort();
    std::cout << "SIMD level " << level << std::endl;
  }

 private:
  std::vector<absl::string_view> levels_;
};

}  // namespace
}  // namespace didact

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const std::vector<absl::string_view> levels = didact::SupportedLevels();
  testing::GTEST_FLAG(repeat) *= static_cast<int>(levels.size());
  testing::UnitTest::GetInstance()->listeners().Append(new didact::LevelOfIteration(levels));
  return RUN_ALL_TESTS();
}
