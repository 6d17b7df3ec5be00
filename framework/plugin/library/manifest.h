// Declares a shared library as a Didact plugin library: include this in one of its source files and
// write, outside all namespaces,
//
//   absl::Status RegisterMyPlugins(didact::PluginRegistry& registry) {
//     DIDACT_RETURN_IF_ERROR((registry.Add<my::Swish, SwishActivation>()));
//     return registry.AddDocumentation(didact::MyPluginsDocumentation());
//   }
//
//   DIDACT_PLUGIN_LIBRARY("my-plugins", "1.0", RegisterMyPlugins)
//
// and link the library against libdidact.so (in Bazel: didact_plugin_library). A program that links
// the same sources can call the registration function directly instead of loading the library.
//
// The tag and the check of how the library rounds describe this source file: compile the other
// files of the library with the same flags.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LIBRARY_MANIFEST_H_
#define DIDACT_FRAMEWORK_PLUGIN_LIBRARY_MANIFEST_H_

#include "absl/status/status.h"
#include "didact/framework/plugin/library/abi_tag.h"
#include "didact/framework/plugin/registry.h"

namespace didact {

// Name of the symbol that holds the PluginManifest of a plugin library.
inline constexpr char kPluginManifestSymbol[] = "didact_plugin_manifest";

// Describes a plugin library. Read only after its ABI tag was checked. The strings are literals and
// live as long as the library, which is never unloaded.
struct PluginManifest {
  const char* name;     // name in messages, e.g. "my-plugins"
  const char* version;  // version in messages, e.g. "1.0"
  // Adds the library's plugins, and the comments of their configs, to `registry`. Called once for
  // each registry that the library is loaded into; must do the same each time. After an error,
  // everything that it added is dropped.
  absl::Status (*register_plugins)(PluginRegistry& registry);
  // Returns a * b + c, rounded once or twice depending on how the library was compiled
  // (-ffp-contract). If it is rounded once, results depend on what the compiler chooses to fuse,
  // and differ from those of the same plugin within Didact.
  double (*multiply_add)(double a, double b, double c);
};

}  // namespace didact

extern "C" [[gnu::visibility("default")]] const didact::PluginManifest didact_plugin_manifest;

// Defines the two symbols. A macro, because the tag and the multiplication must be compiled with
// the plugin's compiler and flags. The symbols are constants, so that they can be read without
// running any code.
#define DIDACT_PLUGIN_LIBRARY(name, version, register_plugins)                            \
  [[gnu::noinline]] static double DidactPluginMultiplyAdd(double a, double b, double c) { \
    return a * b + c;                                                                     \
  }                                                                                       \
  [[gnu::used]] constinit const ::didact::PluginAbiTag didact_plugin_abi_tag =            \
      ::didact::CurrentAbiTag();                                                          \
  [[gnu::used]] constinit const ::didact::PluginManifest didact_plugin_manifest = {       \
      name, version, register_plugins, DidactPluginMultiplyAdd};

#endif  // DIDACT_FRAMEWORK_PLUGIN_LIBRARY_MANIFEST_H_
