#include "tools/bench/open_blas.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/bench/peer_environment.h"

namespace didact {
namespace {

// A process loads the library only once, so the tests share one object.
class OpenBlasTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    // Every release has these SSE kernels.
    setenv("OPENBLAS_CORETYPE", "Nehalem", 1);
    ClearPeerEnvironment();
    auto choice = AskForWidestOpenBlasKernels();
    ASSERT_TRUE(choice.ok()) << choice.status();
    choice_ = *choice;
    auto blas = OpenBlas::Load();
    ASSERT_TRUE(blas.ok()) << blas.status();
    blas_ = blas->release();
  }

  static std::string choice_;
  static const OpenBlas* blas_;
};
std::string OpenBlasTest::choice_;
const OpenBlas* OpenBlasTest::blas_ = nullptr;

TEST_F(OpenBlasTest, RunsTheKernelsThatWereAskedForOrItsOwnChoice) {
  const char* const wanted = std::getenv("OPENBLAS_CORETYPE");
  EXPECT_EQ(blas_->kernels(), wanted == nullptr ? choice_ : wanted);
}

TEST_F(OpenBlasTest, RunsVectorsAsWideAsTheProcessors) {
  // OpenBLAS uses these kernels for processors without AVX-512, and without AVX2.
  const auto for_narrow = testing::AnyOf("Prescott", "Core2", "Penryn", "Dunnington", "Nehalem",
                                         "Atom", "Nano", "Opteron", "Opteron_SSE3", "Barcelona",
                                         "Bobcat", "Sandybridge", "Bulldozer", "Piledriver");
  const auto for_avx2 = testing::AnyOf("Haswell", "Zen", "Steamroller", "Excavator");
  if (__builtin_cpu_supports("x86-64-v3")) {
    EXPECT_THAT(blas_->kernels(), testing::Not(for_narrow));
  }
  if (__builtin_cpu_supports("x86-64-v4")) {
    EXPECT_THAT(blas_->kernels(), testing::Not(for_avx2));
  }
  EXPECT_EQ(blas_->threads(), 1);
  EXPECT_THAT(blas_->version(), testing::StartsWith("OpenBLAS 0."));
}

template <class T>
void ExpectProducts(const OpenBlas& blas) {
  // [1 2 3; 4 5 6] * [1 0; 2 1; 0 3] = [5 11; 14 23], computed by hand; small integers are exact.
  const std::vector<T> a = {1, 2, 3, 4, 5, 6};
  const std::vector<T> a_transposed = {1, 4, 2, 5, 3, 6};
  const std::vector<T> b = {1, 0, 2, 1, 0, 3};
  const std::vector<T> b_transposed = {1, 2, 0, 0, 1, 3};
  for (const bool turn_a : {false, true}) {
    for (const bool turn_b : {false, true}) {
      std::vector<T> c = {1, 1, 1, 1};
      blas.Gemm(turn_a, turn_b, 2, 2, 3, T(2), (turn_a ? a_transposed : a).data(),
                (turn_b ? b_transposed : b).data(), T(-1), c.data());
      EXPECT_THAT(c, testing::ElementsAre(9, 21, 27, 45)) << turn_a << turn_b;
    }
  }
}

TEST_F(OpenBlasTest, MultipliesWithAndWithoutTransposition) {
  ExpectProducts<float>(*blas_);
  ExpectProducts<double>(*blas_);
}

}  // namespace
}  // namespace didact
