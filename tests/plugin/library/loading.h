// Shared by tests of the loader: valid and invalid libraries, and functions that load them.

#ifndef DIDACT_TESTS_PLUGIN_LIBRARY_LOADING_H_
#define DIDACT_TESTS_PLUGIN_LIBRARY_LOADING_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/library/loader.h"
#include "didact/framework/plugin/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {

// Returns the path of a library that BUILD.bazel makes. The file must exist: otherwise a test that
// expects a refusal would succeed without it.
inline std::string Library(const std::string& name) {
  std::string path = "tests/plugin/library/lib" + name + ".so";
  EXPECT_TRUE(PathExists(path)) << path;
  return path;
}

inline std::string Scratch(const std::string& name) { return testing::TempDir() + "/" + name; }

inline std::string MustRead(const std::string& path) {
  absl::StatusOr<std::string> bytes = ReadFile(path);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.value_or("");
}

inline void MustWrite(const std::string& path, absl::string_view bytes) {
  const absl::Status status = WriteFileAtomically(path, bytes);
  ASSERT_TRUE(status.ok()) << status;
}

// Loads into a separate registry, which must remain empty after an error.
inline absl::Status Load(const std::string& path) {
  PluginRegistry registry;
  absl::Status status = LoadPluginLibrary(path, registry);
  if (!status.ok()) {
    EXPECT_THAT(registry.List(), testing::IsEmpty());
    EXPECT_THAT(registry.libraries(), testing::IsEmpty());
    EXPECT_THAT(std::string(status.message()), testing::StartsWith(path + ": "));
  }
  return status;
}

}  // namespace didact

#endif  // DIDACT_TESTS_PLUGIN_LIBRARY_LOADING_H_
