// Tests //tools/bench as a user runs it: the libraries with which it compares, and their kernels.

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <regex>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

struct Output {
  int exit_code = -1;
  std::string text;  // of both streams
};

Output RunCommand(const std::string& command) {
  Output output;
  std::FILE* const pipe = popen(absl::StrCat(command, " 2>&1").c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::array<char, 4096> buffer;
  while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.text.append(buffer.data(), count);
  }
  const int status = pclose(pipe);
  output.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output;
}

// Makes a short run. `environment`: NAME=VALUE ..., before the command. The working directory is
// arranged like the root of the tree, so that the program finds its scripts.
Output RunBench(const std::string& environment, const std::string& arguments) {
  return RunCommand(absl::StrCat("env ", environment,
                                 " tools/bench/bench --table-only --repetitions=1 "
                                 "--benchmark_min_time=0.001 ",
                                 arguments));
}

// Returns all kernels that the output names, one after the other.
std::string KernelsIn(const std::string& text) {
  static const std::regex& pattern = *new std::regex("kernels for [A-Za-z0-9_]+");
  std::string kernels;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    absl::StrAppend(&kernels, match->str(), "\n");
  }
  return kernels;
}

constexpr char kProduct[] = "--benchmark_filter='16 x 200 x 101/double'";
// An inherited setting selects OpenBLAS's SSE kernels, which are too slow for every processor of
// this bench.
constexpr char kHeldBack[] = "OPENBLAS_CORETYPE=Nehalem OPENBLAS_L2_SIZE=64 OMP_NUM_THREADS=2";

TEST(BenchProgramTest, MeasuresOpenBlasWithItsBestKernelsWhateverIsInherited) {
  const Output usual = RunBench("", kProduct);
  EXPECT_EQ(usual.exit_code, 0) << usual.text;
  EXPECT_THAT(usual.text, ContainsRegex("OpenBLAS 0[0-9.]+, kernels for [A-Za-z]+, threads: 1\n"));
  EXPECT_THAT(usual.text, ContainsRegex("product 16 x 200 x 101 .* [0-9.]+x\n"));

  const Output held_back = RunBench(kHeldBack, absl::StrCat("--format=markdown ", kProduct));
  EXPECT_EQ(held_back.exit_code, 0) << held_back.text;
  EXPECT_THAT(held_back.text,
              ContainsRegex("\n\\| product 16 x 200 x 101 \\| double \\| .* \\|\n"));
  EXPECT_EQ(KernelsIn(held_back.text), KernelsIn(usual.text));
  EXPECT_THAT(KernelsIn(held_back.text), Not(HasSubstr("Nehalem")));
  for (const char* variable :
       {"OPENBLAS_CORETYPE=Nehalem", "OPENBLAS_L2_SIZE=64", "OMP_NUM_THREADS=2"}) {
    EXPECT_THAT(held_back.text, ContainsRegex(absl::StrCat("removed from .*", variable)));
    EXPECT_THAT(usual.text, Not(HasSubstr(variable)));
  }
}

// PyTorch is not installed by `tools/setup` alone: machines with it and machines without it have
// different outputs.
TEST(BenchProgramTest, ComparesWithPyTorchThatAgreesOrSaysWhatToInstall) {
  const bool there = RunCommand("/usr/bin/python3 -c 'import numpy, torch'").exit_code == 0;
  const Output output = RunBench(kHeldBack,
                                 "--baseline=torch --benchmark_filter='step, batch 16/5 student "
                                 "nodes/.*/(didact|reference|idiomatic|4 seeds)'");
  if (!there) {
    EXPECT_EQ(output.exit_code, 2) << output.text;
    EXPECT_THAT(output.text, HasSubstr("'tools/setup --bench' installs it"));
    return;
  }
  EXPECT_EQ(output.exit_code, 0) << output.text;
  EXPECT_THAT(output.text, ContainsRegex("PyTorch [0-9.]+[^\n]*, threads: 1, "));
  // The test applies to the bench's own OpenBLAS and to PyTorch's, if there is one.
  EXPECT_THAT(KernelsIn(output.text), Not(HasSubstr("Nehalem")));
  for (const char* precision : {"double", "float"}) {
    EXPECT_THAT(output.text, HasSubstr(absl::StrCat("in ", precision,
                                                    ", each of 3 agrees with Didact after 100")));
    EXPECT_THAT(output.text,
                ContainsRegex(absl::StrCat("\n  5 student nodes +", precision,
                                           " .* [0-9.]+x +(reference|idiomatic|4 seeds)\n")));
  }
}

}  // namespace
}  // namespace didact
