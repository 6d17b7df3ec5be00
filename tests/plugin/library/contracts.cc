// A plugin library that BUILD.bazel compiles so that multiplications and additions are fused. Its
// registration must never run.

#include <cstdlib>

#include "didact/framework/plugin/library/manifest.h"

namespace didact::loader_test {
namespace {

absl::Status RegisterNothing(PluginRegistry&) {
  // A processor without fused operations gives no reason for a refusal.
#ifdef __FMA__
  std::abort();
#endif
  return absl::OkStatus();
}

}  // namespace
}  // namespace didact::loader_test

DIDACT_PLUGIN_LIBRARY("contracts", "1.0", didact::loader_test::RegisterNothing)
