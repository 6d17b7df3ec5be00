// How a shared library says that it is a Didact plugin library: include this in one of its source
// files and write, outside all namespaces,
//
//   absl::Status RegisterMyPlugins(didact::PluginRegistry& registry) {
//     DIDACT_RETURN_IF_ERROR((registry.Add<my::Swish, SwishActivation>()));
//     return registry.AddDocumentation(didact::MyPluginsDocumentation());
//   }
//
//   DIDACT_PLUGIN_LIBRARY("my-plugins", "1.0", RegisterMyPlugins)
//
// and link the library against libdidact.so (in Bazel: didact_plugin_library). The registration
// function is an ordinary one: a program that links the same sources calls it instead of loading
// the library.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_MANIFEST_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_MANIFEST_H_

#include "absl/status/status.h"
#include "framework/plugin/library/abi_tag.h"
#include "framework/plugin/registry.h"

namespace didact {

// The name of the symbol under which a plugin library exports its PluginManifest.
inline constexpr char kPluginManifestSymbol[] = "didact_plugin_manifest";

// What a plugin library is. Read only after its ABI tag was found to be right. The strings are
// literals and live as long as the library, which is never unloaded.
struct PluginManifest {
  const char* name;     // for people, e.g. "my-plugins"
  const char* version;  // likewise, e.g. "1.0"
  // Adds the library's plugins, and the comments of their configs, to `registry`. It is called once
  // for each registry that the library is loaded into, and must do the same each time. After an
  // error, what it added is dropped.
  absl::Status (*register_plugins)(PluginRegistry& registry);
  // a * b + c, rounded once or twice, as the library's compiler was told (-ffp-contract). Rounded
  // once, a result would depend on what the compiler chooses to fuse, and differ from that of the
  // same plugin within Didact.
  double (*multiply_add)(double a, double b, double c);
};

}  // namespace didact

extern "C" [[gnu::visibility("default")]] const didact::PluginManifest didact_plugin_manifest;

// Defines the two symbols. A macro, because the tag and the multiplication must be compiled by the
// plugin's compiler with the plugin's flags, and the symbols are constants, so that they can be read
// without running any code.
#define DIDACT_PLUGIN_LIBRARY(name, version, register_plugins)                            \
  [[gnu::noinline]] static double DidactPluginMultiplyAdd(double a, double b, double c) { \
    return a * b + c;                                                                     \
  }                                                                                       \
  [[gnu::used]] constinit const ::didact::PluginAbiTag didact_plugin_abi_tag =            \
      ::didact::CurrentAbiTag();                                                          \
  [[gnu::used]] constinit const ::didact::PluginManifest didact_plugin_manifest = {       \
      name, version, register_plugins, DidactPluginMultiplyAdd};

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_MANIFEST_H_
