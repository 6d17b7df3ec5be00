// Tests libraries that were compiled differently from Didact: each is refused with the necessary
// change and, if its ABI tag shows the difference, before any of its code runs.

#include <immintrin.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/plugin/library/abi_tag.h"
#include "didact/framework/plugin/library/elf_symbols.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugin/library/loading.h"

namespace didact {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The architecture that this test, and Didact with it, was compiled for (--config=portable).
constexpr bool kPortable = CurrentAbiTag().alignment == 16;
constexpr const char* kWantedArchitecture = kPortable ? "sse4.2: compile with -march=x86-64-v2"
                                                      : "fma3+avx2: compile with -march=x86-64-v3";
constexpr const char* kSameArchitecture =
    ": compile with the same -march= and XTENSOR_ macros as Didact";

// These libraries were actually compiled with other options.
TEST(WrongBuild, RefusesALibraryCompiledForAnotherSimdArchitecture) {
  const std::string path = Library("tag_simd_sse2");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            path + ": built for SIMD architecture sse2, this Didact wants " + kWantedArchitecture +
                (kPortable ? ""
                           : "\nbuilt for array alignment 16, this Didact wants 32" +
                                 std::string(kSameArchitecture)));
}

TEST(WrongBuild, RefusesALibraryCompiledWithTheOldStrings) {
  const absl::Status status = Load(Library("tag_old_strings"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("built for _GLIBCXX_USE_CXX11_ABI 0, this Didact wants 1: compile with "
                        "-D_GLIBCXX_USE_CXX11_ABI=1"));
}

TEST(WrongBuild, RefusesALibraryCompiledWithFastMath) {
  const absl::Status status = Load(Library("tag_fast_math"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(": compile without -ffast-math"));
}

TEST(WrongBuild, RefusesALibraryCompiledWithoutXsimdInXtensor) {
  const absl::Status status = Load(Library("tag_no_xsimd"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(": compile with -DXTENSOR_USE_XSIMD"));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(std::string("built for array alignment 0, this Didact wants ") +
                        (kPortable ? "16" : "32")));
}

TEST(WrongBuild, RefusesALibraryCompiledWithoutOptimization) {
  const std::string path = Library("tag_unoptimized");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            path +
                ": built for optimization level -O0, this Didact wants -O1 or more: compile with "
                "-O2 (or -Og to debug)");
}

// These are the parts of -ffast-math that change results.
TEST(WrongBuild, RefusesALibraryCompiledWithUnsafeMath) {
  for (const char* name :
       {"tag_unsafe_math", "tag_associative_math", "tag_reciprocal_math", "tag_no_signed_zeros"}) {
    const absl::Status status = Load(Library(name));
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << name;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(": compile without -funsafe-math-optimizations, -fassociative-math, "
                          "-freciprocal-math, -fno-signed-zeros"))
        << name;
  }
}

TEST(WrongBuild, RefusesALibraryThatNeverMeetsNaN) {
  EXPECT_THAT(std::string(Load(Library("tag_finite_math")).message()),
              HasSubstr(": compile without -ffinite-math-only"));
}

TEST(WrongBuild, RefusesALibraryThatComputesWithOtherPrecision) {
  EXPECT_THAT(std::string(Load(Library("tag_extended_precision")).message()),
              HasSubstr(": compile without -mfpmath=387"));
  EXPECT_THAT(std::string(Load(Library("tag_single_constants")).message()),
              HasSubstr(": compile without -fsingle-precision-constant"));
}

// An unoptimized Didact is being debugged: it accepts libraries of both kinds.
TEST(AbiTag, AsksForOptimizationOnlyWhereDidactIsOptimized) {
  const auto check = [](bool found, bool wanted) {
    PluginAbiTag library = CurrentAbiTag();
    PluginAbiTag host = CurrentAbiTag();
    library.options = found ? library.options | kOptimized : library.options & ~kOptimized;
    host.options = wanted ? host.options | kOptimized : host.options & ~kOptimized;
    return CheckAbiTag({reinterpret_cast<const char*>(&library), sizeof(library)}, host).ok();
  };
  EXPECT_TRUE(check(true, true));
  EXPECT_TRUE(check(true, false));
  EXPECT_TRUE(check(false, false));
  EXPECT_FALSE(check(false, true));
}

// No tag shows this arithmetic. A processor without fused operations has nothing to contract.
TEST(WrongBuild, RefusesALibraryThatFusesMultiplicationsAndAdditions) {
  const std::string path = Library("contracts");
  const absl::Status status = Load(path);
  if (kPortable) {
    EXPECT_TRUE(status.ok()) << status;
    return;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            path +
                ": fuses multiplications and additions, which gives other results: compile with "
                "-ffp-contract=off");
}

// A library that is linked with -ffast-math has this effect (GCC before 13), with any compiler
// options.
TEST(WrongBuild, RefusesALibraryThatChangesHowTheProcessRounds) {
  const unsigned before = _mm_getcsr();
  const std::string path = Library("flushes_denormals");
  const absl::Status status = Load(path);
  EXPECT_STREQ(std::getenv("DIDACT_FLUSHING_PLUGIN_RAN"), "1");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              StartsWith(path + ": changes how the whole process rounds, or takes denormal numbers "
                                "for zero: link without -ffast-math, "));
  EXPECT_EQ(_mm_getcsr(), before);
}

// Loads a copy of the valid library in which only the tag is changed. If it is refused, none of its
// code may run.
absl::Status LoadWithTag(const std::string& path, void (*change)(PluginAbiTag& tag)) {
  std::string library = MustRead(Library("good"));
  const auto symbols = ExportedElfSymbols(library);
  EXPECT_TRUE(symbols.ok()) << symbols.status();
  for (const ElfSymbol& symbol : *symbols) {
    if (symbol.name != kPluginAbiTagSymbol) continue;
    static constexpr PluginAbiTag kOurs = CurrentAbiTag();
    EXPECT_EQ(symbol.bytes,
              absl::string_view(reinterpret_cast<const char*>(&kOurs), sizeof(kOurs)));
    PluginAbiTag tag = kOurs;
    change(tag);
    std::memcpy(library.data() + (symbol.bytes.data() - library.data()), &tag, sizeof(tag));
  }
  MustWrite(path, library);
  unsetenv("DIDACT_GOOD_PLUGIN_RAN");
  const absl::Status status = Load(path);
  EXPECT_EQ(std::getenv("DIDACT_GOOD_PLUGIN_RAN"), nullptr);
  return status;
}

struct WrongField {
  std::string name;
  void (*change)(PluginAbiTag& tag);
  absl::StatusCode code;
  std::string reason;
};

class WrongTag : public testing::TestWithParam<WrongField> {};

TEST_P(WrongTag, IsRefusedBeforeTheLibrarysCodeRuns) {
  const std::string path = Scratch("wrong_" + GetParam().name + ".so");
  const absl::Status status = LoadWithTag(path, GetParam().change);
  EXPECT_EQ(status.code(), GetParam().code);
  EXPECT_EQ(status.message(), path + ": " + GetParam().reason);
}

std::string Version(int major, int minor, int patch) {
  return absl::StrCat(major, ".", minor, ".", patch);
}

// Versions of the installed headers (framework/plugin/library/abi_tag.h includes them), which
// differ between releases of Debian.
const std::string kXtensor =
    Version(XTENSOR_VERSION_MAJOR, XTENSOR_VERSION_MINOR, XTENSOR_VERSION_PATCH);
const std::string kXsimd = Version(XSIMD_VERSION_MAJOR, XSIMD_VERSION_MINOR, XSIMD_VERSION_PATCH);

constexpr absl::StatusCode kDiffers = absl::StatusCode::kFailedPrecondition;

INSTANTIATE_TEST_SUITE_P(
    EveryField, WrongTag,
    testing::Values(
        WrongField{"magic", [](PluginAbiTag& tag) { tag.magic[1] = '\n'; },
                   absl::StatusCode::kInvalidArgument,
                   "is not a Didact plugin: its didact_plugin_abi_tag must begin with \"didact "
                   "plugin\", got \"d\\ndact plugin\""},
        WrongField{"tag_size", [](PluginAbiTag& tag) { tag.tag_size = 124; }, kDiffers,
                   "built for ABI tag size 124, this Didact wants 120: rebuild it with the "
                   "headers that belong to this libdidact.so"},
        WrongField{"api_version", [](PluginAbiTag& tag) { tag.api_version = 999; }, kDiffers,
                   "built for plugin API version 999, this Didact wants " +
                       std::to_string(kPluginApiVersion) +
                       ": rebuild it with the headers that belong to this libdidact.so"},
        WrongField{"protobuf", [](PluginAbiTag& tag) { tag.protobuf = 3021009; }, kDiffers,
                   "built for Protocol Buffers 3.21.9, this Didact wants 3.21.12: rebuild it with "
                   "the libprotobuf-dev of that version"},
        WrongField{
            "abseil", [](PluginAbiTag& tag) { tag.abseil = 20230125; }, kDiffers,
            absl::StrCat("built for Abseil 20230125, this Didact wants ", ABSL_LTS_RELEASE_VERSION,
                         ": rebuild it with the libabsl-dev of that release")},
        WrongField{"xtensor", [](PluginAbiTag& tag) { tag.xtensor = 23010; }, kDiffers,
                   "built for xtensor 0.23.10, this Didact wants " + kXtensor +
                       ": rebuild it with the libxtensor-dev of that version"},
        WrongField{"xsimd", [](PluginAbiTag& tag) { tag.xsimd = 9000001; }, kDiffers,
                   "built for xsimd 9.0.1, this Didact wants " + kXsimd +
                       ": rebuild it with the libxsimd-dev of that version"},
        WrongField{"language", [](PluginAbiTag& tag) { tag.language = 201703; }, kDiffers,
                   "built for C++ language level 201703, this Didact wants 202002: compile with "
                   "-std=c++20"},
        WrongField{
            "compiler_abi", [](PluginAbiTag& tag) { tag.compiler_abi = 1016; }, kDiffers,
            absl::StrCat("built for C++ ABI version 1016, this Didact wants ", __GXX_ABI_VERSION,
                         ": compile with the same g++, or with -fabi-version=",
                         __GXX_ABI_VERSION - 1000)},
        WrongField{"cxx11_abi", [](PluginAbiTag& tag) { tag.cxx11_abi = 0; }, kDiffers,
                   "built for _GLIBCXX_USE_CXX11_ABI 0, this Didact wants 1: compile with "
                   "-D_GLIBCXX_USE_CXX11_ABI=1"},
        WrongField{"alignment", [](PluginAbiTag& tag) { tag.alignment = 64; }, kDiffers,
                   std::string("built for array alignment 64, this Didact wants ") +
                       (kPortable ? "16" : "32") + kSameArchitecture},
        WrongField{"simd_architecture",
                   [](PluginAbiTag& tag) { tag.simd_architecture = {'a', 'v', 'x'}; }, kDiffers,
                   std::string("built for SIMD architecture avx, this Didact wants ") +
                       kWantedArchitecture}),
    [](const auto& info) { return info.param.name; });

// The message depends on the headers, and on how this test is compiled.

TEST(WrongTagToo, NamesTheHashOfOtherHeaders) {
  const absl::Status status = LoadWithTag(Scratch("wrong_headers.so"), [](PluginAbiTag& tag) {
    tag.interface_sha256 = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("built for headers with hash 0123456789abcdef, this Didact wants "));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(": rebuild it with the headers that belong to this libdidact.so"));
}

TEST(WrongTagToo, NamesOptionsThatAreMissingAndOnesThatAreTooMany) {
  const absl::Status status = LoadWithTag(Scratch("wrong_options.so"), [](PluginAbiTag& tag) {
    tag.options ^= kThreadSanitizer | kXtensorTbb | kXtensorXsimd | 1u << 31;
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(": compile with -DXTENSOR_USE_XSIMD, and compile without "
                        "-fsanitize=thread -DXTENSOR_USE_TBB unknown options 80000000"));
}

TEST(WrongTagToo, NamesEveryFieldThatDiffers) {
  const absl::Status status = LoadWithTag(Scratch("wrong_all.so"), [](PluginAbiTag& tag) {
    tag.protobuf = 1;
    tag.xsimd = 2;
    tag.language = 3;
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("built for Protocol Buffers 0.0.1, "));
  EXPECT_THAT(std::string(status.message()), HasSubstr("\nbuilt for xsimd 0.0.2, "));
  EXPECT_THAT(std::string(status.message()), HasSubstr("\nbuilt for C++ language level 3, "));
}

}  // namespace
}  // namespace didact
