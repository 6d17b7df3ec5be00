// The ABI tag: what a plugin library was compiled with, written into it as plain data, so that it
// can be compared with the host's before any C++ object crosses between the two.
//
// Virtual functions, standard containers and Protocol Buffers messages cross the boundary between
// Didact and a plugin. That is sound only when both sides were compiled with the same headers, the
// same versions of the same libraries and the same layout-changing options, so the comparison is
// exact: whatever differs is refused, with the reason and what to rebuild with.
//
// NDEBUG is not part of it: it switches assertions, which change no layout and no result, and
// whichever copy of an inline function the linker keeps is a correct one. Nor is -ffp-contract,
// which no macro tells: the manifest has a function that shows it (framework/plugin/library/manifest.h).
//
// Heavy, because the tag takes the SIMD architecture from xsimd itself: include it only where a
// plugin library is defined (framework/plugin/library/manifest.h does) or loaded.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_ABI_TAG_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_ABI_TAG_H_

#include <array>
#include <cstdint>
#include <type_traits>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "framework/plugin/interface_hash.h"
#include "google/protobuf/stubs/common.h"
#include "xsimd/xsimd.hpp"
#include "xtensor/xtensor_config.hpp"

namespace didact {

// Changes whenever the meaning of an interface changes, even if its declaration does not.
inline constexpr uint32_t kPluginApiVersion = 5;

// The name of the symbol under which a plugin library exports its PluginAbiTag.
inline constexpr char kPluginAbiTagSymbol[] = "didact_plugin_abi_tag";

// Bits of PluginAbiTag::options: compiler options that change layouts or results.
enum PluginAbiOption : uint32_t {
  kAddressSanitizer = 1u << 0,
  kThreadSanitizer = 1u << 1,
  kLibraryAssertions = 1u << 2,   // _GLIBCXX_ASSERTIONS
  kLibraryDebugMode = 1u << 3,    // _GLIBCXX_DEBUG: other layouts of containers
  kXtensorXsimd = 1u << 4,        // XTENSOR_USE_XSIMD: aligned containers
  kXtensorAssertions = 1u << 5,   // XTENSOR_ENABLE_ASSERT
  kXtensorTbb = 1u << 6,          // XTENSOR_USE_TBB
  kXtensorOpenmp = 1u << 7,       // XTENSOR_USE_OPENMP
  kFastMath = 1u << 8,            // -ffast-math: also switches denormals off in the whole process
  kOptimized = 1u << 9,           // -O1 or more; Didact without it takes libraries with it
  kUnsafeMath = 1u << 10,         // reordered sums, reciprocals, zeros without signs
  kFiniteMath = 1u << 11,         // -ffinite-math-only: NaN and infinity are not noticed
  kExtendedPrecision = 1u << 12,  // -mfpmath=387: intermediate results of 80 bits
  kSinglePrecisionConstants = 1u << 13,  // -fsingle-precision-constant
};

// What a library was compiled with. Standard layout and fixed-width fields only, so that it can be
// read from the file of a library that was built with anything.
struct PluginAbiTag {
  std::array<char, 16> magic;  // "didact plugin", filled up with zeros
  uint32_t tag_size;           // sizeof(PluginAbiTag)
  uint32_t api_version;        // kPluginApiVersion
  // SHA-256 of the headers that plugins include, and of the generated headers of the protos.
  std::array<uint8_t, 32> interface_sha256;
  uint32_t protobuf;      // GOOGLE_PROTOBUF_VERSION: 3021012 is 3.21.12
  uint32_t abseil;        // ABSL_LTS_RELEASE_VERSION: 20220623
  uint32_t xtensor;       // major * 1000000 + minor * 1000 + patch
  uint32_t xsimd;         // likewise
  uint32_t language;      // __cplusplus: 202002
  uint32_t compiler_abi;  // __GXX_ABI_VERSION
  uint32_t cxx11_abi;     // _GLIBCXX_USE_CXX11_ABI
  uint32_t options;       // PluginAbiOption bits
  uint32_t alignment;     // of xtensor's containers, in bytes; 0: whatever the allocator gives
  // xsimd's name of the default architecture, e.g. "fma3+avx2", filled up with zeros.
  std::array<char, 28> simd_architecture;
};
static_assert(std::is_standard_layout_v<PluginAbiTag> &&
              std::is_trivially_copyable_v<PluginAbiTag>);
static_assert(sizeof(PluginAbiTag) == 120, "a tag has no padding");

inline constexpr std::array<char, 16> kPluginAbiMagic = {'d', 'i', 'd', 'a', 'c', 't', ' ',
                                                         'p', 'l', 'u', 'g', 'i', 'n'};

// The tag of the code that is being compiled. Only ever evaluated by the compiler: no function is
// left over that a linker could take from the wrong side.
consteval PluginAbiTag CurrentAbiTag() {
  PluginAbiTag tag = {};
  tag.magic = kPluginAbiMagic;
  tag.tag_size = sizeof(PluginAbiTag);
  tag.api_version = kPluginApiVersion;
  tag.interface_sha256 = kInterfaceSha256;
  tag.protobuf = GOOGLE_PROTOBUF_VERSION;
#ifdef ABSL_LTS_RELEASE_VERSION
  tag.abseil = ABSL_LTS_RELEASE_VERSION;
#endif
  tag.xtensor =
      XTENSOR_VERSION_MAJOR * 1000000 + XTENSOR_VERSION_MINOR * 1000 + XTENSOR_VERSION_PATCH;
  tag.xsimd = XSIMD_VERSION_MAJOR * 1000000 + XSIMD_VERSION_MINOR * 1000 + XSIMD_VERSION_PATCH;
  tag.language = __cplusplus;
  tag.compiler_abi = __GXX_ABI_VERSION;
  tag.cxx11_abi = _GLIBCXX_USE_CXX11_ABI;
#ifdef __SANITIZE_ADDRESS__
  tag.options |= kAddressSanitizer;
#endif
#ifdef __SANITIZE_THREAD__
  tag.options |= kThreadSanitizer;
#endif
#ifdef _GLIBCXX_ASSERTIONS
  tag.options |= kLibraryAssertions;
#endif
#ifdef _GLIBCXX_DEBUG
  tag.options |= kLibraryDebugMode;
#endif
#ifdef XTENSOR_USE_XSIMD
  tag.options |= kXtensorXsimd;
#endif
#ifdef XTENSOR_ENABLE_ASSERT
  tag.options |= kXtensorAssertions;
#endif
#ifdef XTENSOR_USE_TBB
  tag.options |= kXtensorTbb;
#endif
#ifdef XTENSOR_USE_OPENMP
  tag.options |= kXtensorOpenmp;
#endif
#ifdef __OPTIMIZE__
  tag.options |= kOptimized;
#endif
#ifdef __FAST_MATH__
  tag.options |= kFastMath;  // and all that it consists of
#else
#if defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || defined(__NO_SIGNED_ZEROS__)
  tag.options |= kUnsafeMath;
#endif
#if __FINITE_MATH_ONLY__
  tag.options |= kFiniteMath;
#endif
#endif
#if __FLT_EVAL_METHOD__ != 0
  tag.options |= kExtendedPrecision;
#endif
  if (0.1 == static_cast<double>(0.1F)) tag.options |= kSinglePrecisionConstants;
  tag.alignment = XTENSOR_DEFAULT_ALIGNMENT;
  const char* name = xsimd::default_arch::name();
  for (uint32_t i = 0; i + 1 < tag.simd_architecture.size() && name[i] != '\0'; ++i) {
    tag.simd_architecture[i] = name[i];
  }
  return tag;
}

// Compares the bytes of a tag, as found in a library, with the tag that is wanted.
//
// Errors: FAILED_PRECONDITION with a line for every difference: what was found, what is wanted,
// what to rebuild with. A tag of another size or API version is not read any further. Bytes that
// are no tag at all (too few, another magic) are INVALID_ARGUMENT.
absl::Status CheckAbiTag(absl::string_view found, const PluginAbiTag& wanted);

}  // namespace didact

// Defined by DIDACT_PLUGIN_LIBRARY (framework/plugin/library/manifest.h) in each plugin library, never in
// Didact itself.
extern "C" [[gnu::visibility("default")]] const didact::PluginAbiTag didact_plugin_abi_tag;

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_ABI_TAG_H_
