// A main function that runs all tests of its program on one SIMD level, given as the argument
// `--level=avx2`.

#include <gtest/gtest.h>

#include <iostream>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "didact/framework/kernels/simd_level.h"
#include "tests/kernels/levels.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  absl::string_view level = argc == 2 ? argv[1] : "";
  if (!absl::ConsumePrefix(&level, "--level=") || !didact::IsLevel(level)) {
    std::cerr << "the only argument must be --level=sse4.2, --level=avx2 or --level=avx512\n";
    return 2;
  }
  const absl::Status selected = didact::SelectSimdLevel(level);
  if (!selected.ok()) {
    // Processors that lack this level test nothing.
    std::cout << "nothing is tested: " << selected.message() << std::endl;
    return 0;
  }
  return RUN_ALL_TESTS();
}
