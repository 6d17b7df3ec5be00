// Loads plugin libraries that are right, and libraries that are wrong in one way each. A refusal is
// tested by its code and its reason, so that a missing file cannot pass for it.

#include "framework/plugin/loader.h"

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "framework/base/file.h"
#include "framework/plugin/abi_tag.h"
#include "framework/plugin/activation.h"
#include "framework/plugin/elf_symbols.h"
#include "gmock/gmock.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "protos/field_rules.pb.h"
#include "tests/plugin/loader/bend.h"

namespace didact {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// A library that BUILD.bazel makes. It must be there: a test that expects a refusal would be
// content with a missing file.
std::string Library(const std::string& name) {
  std::string path = "tests/plugin/loader/lib" + name + ".so";
  EXPECT_TRUE(PathExists(path)) << path;
  return path;
}

std::string Scratch(const std::string& name) { return testing::TempDir() + "/" + name; }

std::string MustRead(const std::string& path) {
  absl::StatusOr<std::string> bytes = ReadFile(path);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.value_or("");
}

void MustWrite(const std::string& path, absl::string_view bytes) {
  const absl::Status status = WriteFileAtomically(path, bytes);
  ASSERT_TRUE(status.ok()) << status;
}

// Loads into a registry of its own, which must stay empty after an error.
absl::Status Load(const std::string& path) {
  PluginRegistry registry;
  absl::Status status = LoadPluginLibrary(path, registry);
  if (!status.ok()) {
    EXPECT_THAT(registry.List(), IsEmpty());
    EXPECT_THAT(registry.libraries(), IsEmpty());
    EXPECT_THAT(std::string(status.message()), StartsWith(path + ": "));
  }
  return status;
}

// A test that loads the right library comes first: what is refused afterwards is not refused
// because nothing can be loaded.
TEST(Loader, LoadsAPluginThatTheRegistryThenBuilds) {
  PluginRegistry registry;
  const absl::Status status = LoadPluginLibrary(Library("good"), registry);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_STREQ(std::getenv("DIDACT_GOOD_PLUGIN_RAN"), "1");

  google::protobuf::Any config;
  config.set_type_url("type.googleapis.com/didact.loader_test.Bend");
  const auto activation = registry.Create<Activation<double>>(config, FieldPath("test"));
  ASSERT_TRUE(activation.ok()) << activation.status();
  const std::vector<double> x = {-2, 3};
  std::vector<double> y(2);
  (*activation)->Apply(x, absl::MakeSpan(y));
  EXPECT_THAT(y, ElementsAre(-0.5, 3));

  const auto narrow = registry.Create<Activation<float>>(config, FieldPath("test"));
  ASSERT_TRUE(narrow.ok()) << narrow.status();

  EXPECT_EQ(registry.Documentation("didact.loader_test.Bend"), "Bends at zero.");
  EXPECT_EQ(registry.Documentation("didact.loader_test.Bend.slope"), "The slope below zero.");
}

TEST(Loader, SaysWhichLibrariesARegistryHas) {
  PluginRegistry registry;
  ASSERT_TRUE(LoadPluginLibrary(Library("good"), registry).ok());
  ASSERT_EQ(registry.libraries().size(), 1u);
  EXPECT_EQ(registry.libraries()[0].path, std::filesystem::absolute(Library("good")).string());
  EXPECT_EQ(registry.libraries()[0].canonical_path,
            std::filesystem::canonical(Library("good")).string());
  EXPECT_EQ(registry.libraries()[0].name, "good");
  EXPECT_EQ(registry.libraries()[0].version, "1.0");
}

TEST(Loader, SharesOneDescriptorPoolWithThePlugin) {
  PluginRegistry registry;
  ASSERT_TRUE(LoadPluginLibrary(Library("good"), registry).ok());
  const google::protobuf::Descriptor* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
          "didact.loader_test.Bend");
  ASSERT_NE(descriptor, nullptr);
  ASSERT_EQ(registry.List().size(), 1u);
  EXPECT_EQ(&registry.List()[0]->config(), descriptor);
  // The plugin's field options were parsed as the host's type, not as unknown fields.
  EXPECT_EQ(descriptor->FindFieldByName("slope")->options().GetExtension(rules).default_value(),
            "0.25");
}

TEST(Loader, ChangesNothingWhenALibraryIsLoadedAgain) {
  PluginRegistry registry;
  ASSERT_TRUE(LoadPluginLibrary(Library("good"), registry).ok());
  const absl::Status again = LoadPluginLibrary(Library("good"), registry);
  EXPECT_TRUE(again.ok()) << again;
  const std::string link = Scratch("link_to_good.so");
  std::filesystem::create_symlink(std::filesystem::absolute(Library("good")), link);
  const absl::Status through_link = LoadPluginLibrary(link, registry);
  EXPECT_TRUE(through_link.ok()) << through_link;
  const std::string copy = Scratch("second_good.so");
  MustWrite(copy, MustRead(Library("good")));
  const absl::Status of_copy = LoadPluginLibrary(copy, registry);
  EXPECT_TRUE(of_copy.ok()) << of_copy;
  EXPECT_EQ(registry.List().size(), 1u);
  EXPECT_EQ(registry.libraries().size(), 1u);
}

TEST(Loader, LoadsALibraryIntoAnyNumberOfRegistries) {
  PluginRegistry first, second;
  ASSERT_TRUE(LoadPluginLibrary(Library("good"), first).ok());
  const absl::Status status = LoadPluginLibrary(Library("good"), second);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(second.List().size(), 1u);
}

// --- Files that are no plugin -------------------------------------------------

TEST(Loader, RefusesAFileThatDoesNotExist) {
  const absl::Status status = Load("no/such/plugin.so");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "no/such/plugin.so: No such file or directory");
}

TEST(Loader, RefusesADirectory) {
  const absl::Status status = Load(testing::TempDir());
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is a directory, a file is wanted"));
}

TEST(Loader, RefusesAFileThatIsNotElf) {
  const std::string path = Scratch("text.so");
  MustWrite(path, "name: \"two_layer\"\n");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), path + ": is not an ELF file (a shared library)");

  MustWrite(path, "");
  EXPECT_EQ(Load(path).message(), path + ": is not an ELF file (a shared library)");
}

TEST(Loader, RefusesALibraryThatIsCutShort) {
  const std::string whole = MustRead(Library("good"));
  const std::string path = Scratch("cut.so");
  for (const size_t size : {whole.size() - 1, whole.size() / 2, size_t{100}, size_t{10}}) {
    MustWrite(path, absl::string_view(whole).substr(0, size));
    const absl::Status status = Load(path);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << size;
    EXPECT_THAT(std::string(status.message()), HasSubstr("is not a whole ELF file: ")) << size;
  }
}

TEST(Loader, RefusesALibraryForAnotherMachine) {
  std::string library = MustRead(Library("good"));
  library[18] = static_cast<char>(183);  // e_machine: AArch64
  const std::string path = Scratch("other_machine.so");
  MustWrite(path, library);
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), path + ": is an ELF file for another machine than 64-bit x86");
}

TEST(Loader, RefusesALibraryThatIsNoPluginWithoutRunningIt) {
  const std::string path = Library("not_a_plugin");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            path +
                ": is not a Didact plugin: it has no symbol didact_plugin_abi_tag; "
                "DIDACT_PLUGIN_LIBRARY (framework/plugin/manifest.h) defines it");
}

TEST(Loader, RefusesALibraryWithoutAManifestWithoutRunningIt) {
  const std::string path = Library("no_manifest");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            path +
                ": is not a Didact plugin: it has no symbol didact_plugin_manifest; "
                "DIDACT_PLUGIN_LIBRARY (framework/plugin/manifest.h) defines it");
}

TEST(Loader, RefusesAManifestWithoutARegistrationFunction) {
  const absl::Status status = Load(Library("null_manifest"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("its didact_plugin_manifest must have a name, a version, a registration "
                        "function and a multiply_add, got a null pointer"));
}

TEST(Loader, RefusesAPluginWithMalformedFieldRules) {
  const std::string path = Library("bad_rules");
  EXPECT_EQ(Load(path),
            absl::InvalidArgumentError(
                path + ": didact.loader_test.Crooked.slope: minimum 2 is above maximum 1"));
}

// --- ABI tags that differ -----------------------------------------------------

// What this test, and with it Didact, was compiled for (--config=portable).
constexpr bool kPortable = CurrentAbiTag().alignment == 16;
constexpr const char* kWantedArchitecture = kPortable ? "sse4.2: compile with -march=x86-64-v2"
                                                      : "fma3+avx2: compile with -march=x86-64-v3";
constexpr const char* kSameArchitecture =
    ": compile with the same -march= and XTENSOR_ macros as Didact";

// Libraries that were really compiled with other options.
TEST(Loader, RefusesALibraryCompiledForAnotherSimdArchitecture) {
  const std::string path = Library("tag_simd_sse2");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            path + ": built for SIMD architecture sse2, this Didact wants " + kWantedArchitecture +
                (kPortable ? ""
                           : "\nbuilt for array alignment 16, this Didact wants 32" +
                                 std::string(kSameArchitecture)));
}

TEST(Loader, RefusesALibraryCompiledWithTheOldStrings) {
  const absl::Status status = Load(Library("tag_old_strings"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("built for _GLIBCXX_USE_CXX11_ABI 0, this Didact wants 1: compile with "
                        "-D_GLIBCXX_USE_CXX11_ABI=1"));
}

TEST(Loader, RefusesALibraryCompiledWithFastMath) {
  const absl::Status status = Load(Library("tag_fast_math"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(": compile without -ffast-math"));
}

TEST(Loader, RefusesALibraryCompiledWithoutXsimdInXtensor) {
  const absl::Status status = Load(Library("tag_no_xsimd"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(": compile with -DXTENSOR_USE_XSIMD"));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(std::string("built for array alignment 0, this Didact wants ") +
                        (kPortable ? "16" : "32")));
}

TEST(Loader, RefusesALibraryCompiledWithoutOptimization) {
  const std::string path = Library("tag_unoptimized");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            path +
                ": built for optimization level -O0, this Didact wants -O1 or more: compile with "
                "-O2 (or -Og to debug)");
}

// The parts of -ffast-math that change results.
TEST(Loader, RefusesALibraryCompiledWithUnsafeMath) {
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

TEST(Loader, RefusesALibraryThatNeverMeetsNaN) {
  EXPECT_THAT(std::string(Load(Library("tag_finite_math")).message()),
              HasSubstr(": compile without -ffinite-math-only"));
}

TEST(Loader, RefusesALibraryThatComputesWithOtherPrecision) {
  EXPECT_THAT(std::string(Load(Library("tag_extended_precision")).message()),
              HasSubstr(": compile without -mfpmath=387"));
  EXPECT_THAT(std::string(Load(Library("tag_single_constants")).message()),
              HasSubstr(": compile without -fsingle-precision-constant"));
}

// An unoptimized Didact is being debugged: libraries of both sorts do.
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

// --- Arithmetic that no tag tells -----------------------------------------------

// A processor without fused operations leaves nothing to contract.
TEST(Loader, RefusesALibraryThatFusesMultiplicationsAndAdditions) {
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

// As one does that is linked with -ffast-math (GCC before 13), whatever it was compiled with.
TEST(Loader, RefusesALibraryThatChangesHowTheProcessRounds) {
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

// Loads a copy of the right library in which nothing but its tag is changed. None of its code may
// run if it is refused.
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

// Versions of the installed headers (framework/plugin/abi_tag.h includes them), which differ between
// releases of Debian.
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

// What is wanted depends on the headers, and on how this test is compiled.

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

// --- Libraries that the linker or their own code fails --------------------------

TEST(Loader, RefusesALibraryWithAnUndefinedSymbol) {
  const absl::Status status = Load(Library("undefined_symbol"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot be loaded: undefined symbol: "));
  EXPECT_THAT(std::string(status.message()), HasSubstr("DefinedNowhere"));
}

TEST(Loader, HandsOnTheErrorOfARegistrationFunction) {
  const std::string path = Library("register_error");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), path + ": the table of bends is out of reach");
}

TEST(Loader, TurnsAnExceptionOfARegistrationFunctionIntoAnError) {
  const std::string path = Library("register_throws");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(status.message(),
            path + ": its registration function threw an exception: bent too far");
}

// Which would mean that the process was asked to stop.
TEST(Loader, TakesNoRegistrationFunctionsWordThatItWasCancelled) {
  const std::string path = Library("register_cancelled");
  EXPECT_EQ(Load(path), absl::InternalError(
                            path + ": returned CANCELLED from its registration function: no time"));
}

TEST(Loader, NamesTheRegistrationFunctionThatFailsWithoutAMessage) {
  const std::string path = Library("register_silent");
  EXPECT_EQ(Load(path),
            absl::InternalError(
                path + ": returned UNAVAILABLE from its registration function, without a message"));
}

TEST(Loader, RefusesALibraryThatRegistersNull) {
  const std::string path = Library("register_null");
  EXPECT_EQ(Load(path), absl::InvalidArgumentError(path + ": a plugin's factory must not be null"));
}

TEST(LoaderDeathTest, NamesALibraryWhoseStaticInitializerThrows) {
  const std::string path = std::filesystem::canonical(Library("throws_when_loaded")).string();
  EXPECT_DEATH(static_cast<void>(Load(Library("throws_when_loaded"))),
               "didact: " + path +
                   ": cannot be loaded: it ended the process in a static initializer: no table of "
                   "bends");
}

TEST(Loader, RefusesALibraryThatRegistersAPluginTwice) {
  const std::string path = Library("register_twice");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(),
            path +
                ": a plugin of kind activation with config message google.protobuf.StringValue "
                "is registered already");
}

TEST(Loader, RefusesALibraryWithAPluginThatIsThereAndAddsNoneOfItsPlugins) {
  const std::string path = Library("register_duplicate");
  PluginRegistry registry;
  ASSERT_TRUE((registry.Add<google::protobuf::StringValue, loader_test::BendActivation>()).ok());
  const absl::Status status = LoadPluginLibrary(path, registry);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(),
            path +
                ": a plugin of kind activation with config message google.protobuf.StringValue "
                "is registered already");
  EXPECT_EQ(registry.List().size(), 1u);
  EXPECT_THAT(registry.libraries(), IsEmpty());

  // With the place free, the same library is welcome.
  const absl::Status alone = Load(path);
  EXPECT_TRUE(alone.ok()) << alone;
}

TEST(Loader, NamesTheLibraryWhosePluginIsThere) {
  PluginRegistry registry;
  const std::string first = Library("register_duplicate");
  ASSERT_TRUE(LoadPluginLibrary(first, registry).ok());
  // Other bytes make it another library.
  const std::string path = Scratch("longer_duplicate.so");
  MustWrite(path, MustRead(first) + "x");
  EXPECT_EQ(LoadPluginLibrary(path, registry),
            absl::AlreadyExistsError(absl::StrCat(
                path,
                ": a plugin of kind activation with config message google.protobuf.BytesValue "
                "is registered already, by ",
                std::filesystem::absolute(first).lexically_normal().string())));
  EXPECT_EQ(registry.List().size(), 2u);
}

// Protocol Buffers would end the process in both cases below.

TEST(Loader, RefusesACopyOfALoadedLibrary) {
  ASSERT_TRUE(Load(Library("good")).ok());
  const std::string path = Scratch("copy_of_good.so");
  MustWrite(path, MustRead(Library("good")));
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(),
            absl::StrCat(path, ": contains tests/plugin/loader/bend.proto, which ",
                         std::filesystem::canonical(Library("good")).string(),
                         ", loaded before, contains, too; is it a copy of that? Otherwise give the "
                         ".proto file another name"));
}

TEST(Loader, RefusesALibraryThatDefinesAMessageThatIsThere) {
  ASSERT_TRUE(Load(Library("good")).ok());
  const absl::Status status = Load(Library("same_message"));
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat("defines the message didact.loader_test.Bend, which "
                                     "tests/plugin/loader/bend.proto in ",
                                     std::filesystem::canonical(Library("good")).string(),
                                     ", loaded before, defines already; give the message a package "
                                     "of its own")));
}

// --- DIDACT_PLUGIN_PATH ---------------------------------------------------------

TEST(PluginPath, NamesFilesAndDirectoriesOfLibraries) {
  const std::string directory = Scratch("plugins");
  ASSERT_TRUE(CreateDirectories(directory).ok());
  for (const char* name : {"b.so", "a.so", "a.txt", "so"}) MustWrite(JoinPath(directory, name), "");
  const std::string file = Scratch("single.plugin");
  MustWrite(file, "");

  ASSERT_EQ(setenv(kPluginPathVariable, (":" + file + "::" + directory + ":").c_str(), 1), 0);
  const auto libraries = PluginLibrariesFromEnvironment();
  ASSERT_TRUE(libraries.ok()) << libraries.status();
  EXPECT_THAT(*libraries, ElementsAre(file, directory + "/a.so", directory + "/b.so"));
}

TEST(PluginPath, NamesNothingWhenItIsNotSetOrEmpty) {
  ASSERT_EQ(unsetenv(kPluginPathVariable), 0);
  EXPECT_THAT(PluginLibrariesFromEnvironment().value(), IsEmpty());
  ASSERT_EQ(setenv(kPluginPathVariable, "", 1), 0);
  EXPECT_THAT(PluginLibrariesFromEnvironment().value(), IsEmpty());
}

TEST(PluginPath, MustExist) {
  ASSERT_EQ(setenv(kPluginPathVariable, "no/such/folder", 1), 0);
  const absl::Status status = PluginLibrariesFromEnvironment().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "DIDACT_PLUGIN_PATH: no/such/folder: does not exist");
}

}  // namespace
}  // namespace didact
