// A library that has only an ABI tag; BUILD.bazel compiles it with options of every kind. Its code
// must never run.

#include <cstdlib>

#include "didact/framework/plugin/library/abi_tag.h"

[[gnu::used]] constinit const didact::PluginAbiTag didact_plugin_abi_tag = didact::CurrentAbiTag();

namespace {

[[gnu::constructor]] void Stop() { std::abort(); }

}  // namespace
