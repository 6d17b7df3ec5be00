// The ABI tag: the versions and options with which a plugin library was compiled, stored in it as
// plain data, so that they can be compared with the host's before any C++ object is shared.
//
// Virtual functions, standard containers and Protocol Buffers messages cross the boundary between
// Didact and a plugin. That is sound only if both sides were compiled with the same headers, the
// same versions of the same libraries and the same layout-changing options. The comparison is
// therefore exact, even where less might suffice, because what breaks does not fail at once: any
// difference is refused, with the reason and what to rebuild with. The exception is optimization: a
// Didact built without it accepts optimized libraries.
//
// NDEBUG is not part of the tag: it switches assertions, which change no layout and no result, and
// either copy of an inline function that the linker may keep is correct. Neither is -ffp-contract,
// which no macro shows: the manifest has a function that reveals it
// (framework/plugin/library/manifest.h).
//
// Slow to compile, because the tag takes the SIMD architecture from xsimd itself: include it only
// where a plugin library is defined (framework/plugin/library/manifest.h does) or loaded.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_ABI_TAG_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_ABI_TAG_H_

#include <array>
#include <cstdint>
#include <type_traits>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/plugin/library/interface_hash.h"
#include "google/protobuf/stubs/common.h"
#include "xsimd/xsimd.hpp"
#include "xtensor/xtensor_config.hpp"

namespace didact {

// Incremented when the meaning of an interface changes, even if its declaration does not.
inline constexpr uint32_t kPluginApiVersion = 6;

// Name of the symbol that holds the PluginAbiTag of a plugin library.
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

// The versions and options with which a library was compiled. Standard layout and fixed-width
// fields only, so that it can be read from the file of any library.
struct PluginAbiTag {
  std::array<char, 16> magic;  // "didact plugin", filled up with zeros
  uint32_t tag_size;           // sizeof(PluginAbiTag)
  uint32_t api_version;        // kPluginApiVersion
  // SHA-256 of the headers that plugins include and of the generated headers of the protos.
  std::array<uint8_t, 32> interface_sha256;
  uint32_t protobuf;      // GOOGLE_PROTOBUF_VERSION: 3021012 is 3.21.12
  uint32_t abseil;        // ABSL_LTS_RELEASE_VERSION: 20220623
  uint32_t xtensor;       // major * 1000000 + minor * 1000 + patch
  uint32_t xsimd;         // likewise
  uint32_t language;      // __cplusplus: 202002
  uint32_t compiler_abi;  // __GXX_ABI_VERSION
  uint32_t cxx11_abi;     // _GLIBCXX_USE_CXX11_ABI
  uint32_t options;       // PluginAbiOption bits
  uint32_t alignment;     // alignment of xtensor's containers in bytes; 0: the allocator's
  // xsimd's name of the default architecture, e.g. "fma3+avx2", filled up with zeros.
  std::array<char, 28> simd_architecture;
};
static_assert(std::is_standard_layout_v<PluginAbiTag> &&
              std::is_trivially_copyable_v<PluginAbiTag>);
static_assert(sizeof(PluginAbiTag) == 120, "a tag has no padding");

inline constexpr std::array<char, 16> kPluginAbiMagic = {'d', 'i', 'd', 'a', 'c', 't', ' ',
                                                         'p', 'l', 'u', 'g', 'i', 'n'};

// Returns the tag of the code that is being compiled. Evaluated only by the compiler, so that no
// function remains that a linker could take from the other side.
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
  tag.options |= kFastMath;  // and all options that it implies
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

// Compares the bytes of a tag found in a library with the required tag.
//
// Errors: FAILED_PRECONDITION with one line per difference: the value found, the value required,
// and what to rebuild with. If the size or the API version differs, nothing else is compared.
// INVALID_ARGUMENT for bytes that are not a tag (too few, or another magic).
absl::Status CheckAbiTag(absl::string_view found, const PluginAbiTag& wanted);

}  // namespace didact

// Defined by DIDACT_PLUGIN_LIBRARY (framework/plugin/library/manifest.h) in each plugin library,
// never in Didact itself.
extern "C" [[gnu::visibility("default")]] const didact::PluginAbiTag didact_plugin_abi_tag;

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_ABI_TAG_H_
