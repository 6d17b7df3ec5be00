#include "didact/framework/plugin/library/abi_tag.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"

namespace didact {
namespace {

// Formats a version: 3021012 -> "3.21.12".
std::string Version(uint32_t version) {
  return absl::StrCat(version / 1000000, ".", version / 1000 % 1000, ".", version % 1000);
}

std::string Hash(const std::array<uint8_t, 32>& sha256) {
  const absl::string_view bytes(reinterpret_cast<const char*>(sha256.data()), sha256.size());
  return absl::BytesToHexString(bytes.substr(0, 8));
}

// Returns the text in a field filled up with zeros. The bytes come from a foreign file, so
// unprintable ones are escaped.
template <size_t kSize>
std::string Text(const std::array<char, kSize>& field) {
  const auto end = std::find(field.begin(), field.end(), '\0');
  return absl::CHexEscape(
      absl::string_view(field.data(), static_cast<size_t>(end - field.begin())));
}

// Returns the options of `bits` as compiler flags, e.g. "-fsanitize=address -D_GLIBCXX_ASSERTIONS".
std::string Options(uint32_t bits) {
  struct Option {
    uint32_t bit;
    const char* flag;
  };
  static constexpr Option kOptions[] = {
      {kAddressSanitizer, "-fsanitize=address"},
      {kThreadSanitizer, "-fsanitize=thread"},
      {kLibraryAssertions, "-D_GLIBCXX_ASSERTIONS"},
      {kLibraryDebugMode, "-D_GLIBCXX_DEBUG"},
      {kXtensorXsimd, "-DXTENSOR_USE_XSIMD"},
      {kXtensorAssertions, "-DXTENSOR_ENABLE_ASSERT"},
      {kXtensorTbb, "-DXTENSOR_USE_TBB"},
      {kXtensorOpenmp, "-DXTENSOR_USE_OPENMP"},
      {kFastMath, "-ffast-math"},
      {kUnsafeMath,
       "-funsafe-math-optimizations, -fassociative-math, -freciprocal-math, -fno-signed-zeros"},
      {kFiniteMath, "-ffinite-math-only"},
      {kExtendedPrecision, "-mfpmath=387"},
      {kSinglePrecisionConstants, "-fsingle-precision-constant"},
  };
  std::vector<std::string> flags;
  for (const Option& option : kOptions) {
    if ((bits & option.bit) != 0) flags.push_back(option.flag);
    bits &= ~option.bit;
  }
  if (bits != 0) flags.push_back(absl::StrCat("unknown options ", absl::Hex(bits)));
  return absl::StrJoin(flags, " ");
}

// The lowest optimization level with these options.
absl::string_view OptimizationLevel(uint32_t options) {
  return (options & kOptimized) != 0 ? "-O1 or more" : "-O0";
}

// Says how to make options equal.
std::string OptionsRemedy(uint32_t found, uint32_t wanted) {
  std::vector<std::string> parts;
  if (const uint32_t missing = wanted & ~found; missing != 0) {
    parts.push_back(absl::StrCat("compile with ", Options(missing)));
  }
  if (const uint32_t excess = found & ~wanted; excess != 0) {
    parts.push_back(absl::StrCat("compile without ", Options(excess)));
  }
  return absl::StrJoin(parts, ", and ");
}

// Returns the flag that selects an architecture, for those that Didact is known to be built with.
std::string ArchitectureRemedy(absl::string_view wanted) {
  if (wanted == "sse2") return "compile with -march=x86-64";
  if (wanted == "sse4.2") return "compile with -march=x86-64-v2";
  if (wanted == "fma3+avx2") return "compile with -march=x86-64-v3";
  return absl::StrCat("compile with -march= as Didact was, for ", wanted);
}

class Comparison {
 public:
  template <class Value>
  void Compare(absl::string_view what, const Value& found, const Value& wanted,
               absl::string_view remedy) {
    if (found == wanted) return;
    problems_.Add(absl::FailedPreconditionError(absl::StrCat(
        "built for ", what, " ", found, ", this Didact wants ", wanted, ": ", remedy)));
  }

  absl::Status ToStatus() const { return problems_.ToStatus(); }

 private:
  Problems problems_;
};

constexpr absl::string_view kSameHeaders =
    "rebuild it with the headers that belong to this libdidact.so";

}  // namespace

absl::Status CheckAbiTag(absl::string_view found_bytes, const PluginAbiTag& wanted) {
  PluginAbiTag found = {};
  // A symbol without data has no pointer to its first byte.
  if (!found_bytes.empty()) {
    std::memcpy(&found, found_bytes.data(), std::min(found_bytes.size(), sizeof(found)));
  }
  if (found_bytes.size() < offsetof(PluginAbiTag, interface_sha256) ||
      found.magic != kPluginAbiMagic) {
    return absl::InvalidArgumentError(
        absl::StrCat("is not a Didact plugin: its ", kPluginAbiTagSymbol, " must begin with \"",
                     Text(kPluginAbiMagic), "\", got \"", Text(found.magic), "\""));
  }

  // If API version or size differ, the other fields may have other meanings.
  Comparison outline;
  outline.Compare("plugin API version", found.api_version, wanted.api_version, kSameHeaders);
  outline.Compare("ABI tag size", found.tag_size, wanted.tag_size, kSameHeaders);
  DIDACT_RETURN_IF_ERROR(outline.ToStatus());
  if (found_bytes.size() < sizeof(found)) {
    return absl::InvalidArgumentError(
        absl::StrCat("is not a Didact plugin: its ", kPluginAbiTagSymbol, " must have ",
                     sizeof(found), " bytes, got ", found_bytes.size()));
  }

  Comparison comparison;
  comparison.Compare("headers with hash", Hash(found.interface_sha256),
                     Hash(wanted.interface_sha256), kSameHeaders);
  comparison.Compare("Protocol Buffers", Version(found.protobuf), Version(wanted.protobuf),
                     "rebuild it with the libprotobuf-dev of that version");
  comparison.Compare("Abseil", found.abseil, wanted.abseil,
                     "rebuild it with the libabsl-dev of that release");
  comparison.Compare("xtensor", Version(found.xtensor), Version(wanted.xtensor),
                     "rebuild it with the libxtensor-dev of that version");
  comparison.Compare("xsimd", Version(found.xsimd), Version(wanted.xsimd),
                     "rebuild it with the libxsimd-dev of that version");
  comparison.Compare("C++ language level", found.language, wanted.language,
                     "compile with -std=c++20");
  comparison.Compare("C++ ABI version", found.compiler_abi, wanted.compiler_abi,
                     absl::StrCat("compile with the same g++, or with -fabi-version=",
                                  wanted.compiler_abi - 1000));
  comparison.Compare("_GLIBCXX_USE_CXX11_ABI", found.cxx11_abi, wanted.cxx11_abi,
                     absl::StrCat("compile with -D_GLIBCXX_USE_CXX11_ABI=", wanted.cxx11_abi));
  const std::string architecture = Text(wanted.simd_architecture);
  comparison.Compare("SIMD architecture", Text(found.simd_architecture), architecture,
                     ArchitectureRemedy(architecture));
  comparison.Compare("array alignment", found.alignment, wanted.alignment,
                     "compile with the same -march= and XTENSOR_ macros as Didact");
  if ((wanted.options & kOptimized) != 0) {
    comparison.Compare("optimization level", OptimizationLevel(found.options),
                       OptimizationLevel(wanted.options), "compile with -O2 (or -Og to debug)");
  }
  const uint32_t found_options = found.options & ~uint32_t{kOptimized};
  const uint32_t wanted_options = wanted.options & ~uint32_t{kOptimized};
  comparison.Compare("options", absl::StrCat("'", Options(found_options), "'"),
                     absl::StrCat("'", Options(wanted_options), "'"),
                     OptionsRemedy(found_options, wanted_options));
  return comparison.ToStatus();
}

}  // namespace didact
