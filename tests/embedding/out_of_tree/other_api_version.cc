// A plugin library for a future API version of Didact, whose tag has the next number. A test
// expects that it is refused; its code must never run.

#include <cstdlib>

#include "didact/framework/plugin/library/manifest.h"

namespace {

[[gnu::constructor]] void Stop() { std::abort(); }

consteval didact::PluginAbiTag NextTag() {
  didact::PluginAbiTag tag = didact::CurrentAbiTag();
  tag.api_version += 1;
  return tag;
}

}  // namespace

[[gnu::used]] constinit const didact::PluginAbiTag didact_plugin_abi_tag = NextTag();
[[gnu::used]] constinit const didact::PluginManifest didact_plugin_manifest = {
    "other-api-version", "1.0", nullptr, nullptr};
