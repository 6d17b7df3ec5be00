// A plugin library that BUILD.bazel compiles for another instruction set than Didact's. A test
// expects that it is refused; its code must never run.

#include <cstdlib>

#include "didact/framework/plugin/library/manifest.h"

namespace {

[[gnu::constructor]] void Stop() { std::abort(); }

absl::Status RegisterNothing(didact::PluginRegistry&) { return absl::OkStatus(); }

}  // namespace

DIDACT_PLUGIN_LIBRARY("other-simd", "1.0", RegisterNothing)
