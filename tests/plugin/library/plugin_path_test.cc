// Tests the environment variable DIDACT_PLUGIN_PATH.

#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/library/loader.h"
#include "didact/framework/plugin/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugin/library/loading.h"

namespace didact {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PluginPath, NamesFilesAndDirectoriesOfLibraries) {
  const std::string directory = Scratch("plugins");
  ASSERT_TRUE(CreateDirectories(directory).ok());
  for (const char* name : {"b.so", "a.so", "a.txt", "so"}) MustWrite(JoinPath(directory, name), "");
  const std::string file = Scratch("single.plugin");
  MustWrite(file, "");
  EXPECT_THAT(PluginLibrariesAt(file).value(), ElementsAre(file));
  EXPECT_THAT(PluginLibrariesAt(directory).value(),
              ElementsAre(directory + "/a.so", directory + "/b.so"));
  const absl::Status missing = PluginLibrariesAt("no/such/folder").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(missing.message(), "no/such/folder: does not exist");
}

TEST(PluginPath, LoadsNothingWhenItIsNotSetOrEmpty) {
  PluginRegistry registry;
  ASSERT_EQ(unsetenv(kPluginPathVariable), 0);
  LoadPluginLibrariesFromEnvironment(registry);
  ASSERT_EQ(setenv(kPluginPathVariable, "", 1), 0);
  LoadPluginLibrariesFromEnvironment(registry);
  EXPECT_THAT(registry.List(), IsEmpty());
  EXPECT_THAT(registry.unloadable(), IsEmpty());
}

TEST(PluginPath, GoesOnAfterLibrariesThatCannotBeLoaded) {
  const std::string broken = Scratch("broken.so");
  MustWrite(broken, "no library");
  ASSERT_EQ(setenv(kPluginPathVariable,
                   absl::StrCat("no/such/folder::", broken, ":", Library("good")).c_str(), 1),
            0);
  PluginRegistry registry;
  LoadPluginLibrariesFromEnvironment(registry);
  EXPECT_EQ(registry.libraries().size(), 1);
  EXPECT_THAT(
      registry.unloadable(),
      ElementsAre("DIDACT_PLUGIN_PATH: no/such/folder: does not exist",
                  testing::StartsWith(absl::StrCat("DIDACT_PLUGIN_PATH: ", broken, ": is not "))));
  EXPECT_THAT(registry.HowPluginsAreLoaded(),
              testing::EndsWith(absl::StrCat("; not loaded: ", registry.unloadable()[0], "; ",
                                             registry.unloadable()[1])));
}

}  // namespace
}  // namespace didact
