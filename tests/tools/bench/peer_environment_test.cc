#include "tools/bench/peer_environment.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "(not set)" : value;
}

TEST(ClearPeerEnvironmentTest, RemovesWhatHoldsAPeerBack) {
  // The libraries document these variables.
  const std::vector<std::string> names = {
      "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE",        "OPENBLAS_VERBOSE",    "GOTO_NUM_THREADS",
      "MKL_CBWR",          "MKL_ENABLE_INSTRUCTIONS", "MKL_NUM_THREADS",     "BLIS_ARCH_TYPE",
      "OMP_NUM_THREADS",   "OMP_PROC_BIND",           "GOMP_CPU_AFFINITY",   "KMP_AFFINITY",
      "DNNL_MAX_CPU_ISA",  "ONEDNN_MAX_CPU_ISA",      "ATEN_CPU_CAPABILITY", "TORCH_LOGS",
      "PYTORCH_JIT",       "PYTHONDEVMODE",           "PYTHONMALLOC",        "PYTHONTRACEMALLOC"};
  for (const std::string& name : names) setenv(name.c_str(), "something", 1);
  std::vector<std::string> expected;
  for (const std::string& name : names) expected.push_back(name + "=something");

  EXPECT_THAT(ClearPeerEnvironment(), testing::IsSupersetOf(expected));
  for (const std::string& name : names) {
    if (name == "MKL_NUM_THREADS" || name == "OMP_NUM_THREADS") continue;
    EXPECT_EQ(Variable(name.c_str()), "(not set)") << name;
  }
}

TEST(ClearPeerEnvironmentTest, GivesEachLibraryOneThread) {
  setenv("OPENBLAS_NUM_THREADS", "7", 1);
  unsetenv("OMP_NUM_THREADS");
  ClearPeerEnvironment();
  for (const char* name :
       {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"}) {
    EXPECT_EQ(Variable(name), "1") << name;
  }
}

TEST(ClearPeerEnvironmentTest, LeavesOtherVariablesAlone) {
  setenv("PYTHONPATH", "/where/a/pytorch/lies", 1);
  setenv("MY_OPENBLAS_CORETYPE", "Haswell", 1);
  const std::vector<std::string> removed = ClearPeerEnvironment();
  EXPECT_EQ(Variable("PYTHONPATH"), "/where/a/pytorch/lies");
  EXPECT_EQ(Variable("MY_OPENBLAS_CORETYPE"), "Haswell");
  EXPECT_THAT(removed, testing::Not(testing::Contains(testing::HasSubstr("PYTHONPATH"))));
}

}  // namespace
}  // namespace didact
