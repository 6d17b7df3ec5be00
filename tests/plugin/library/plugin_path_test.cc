// Tests the environment variable DIDACT_PLUGIN_PATH.

#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/library/loader.h"
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

  ASSERT_EQ(setenv(kPluginPathVariable, (":" + file + "::" + directory + ":").c_str(), 1), 0);
  const auto libraries = PluginLibrariesFromEnvironment();
  ASSERT_TRUE(libraries.ok()) << libraries.status();
  EXPECT_THAT(*libraries, ElementsAre(file, directory + "/a.so", directory + "/b.so"));
}

TEST(PluginPath, NamesNothingWhenItIsNotSetOrEmpty) {
  ASSERT_EQ(unsetenv(kPluginPathVariable), 0);
  EXPECT_THAT(PluginLibrariesFromEnvironment().value(), IsEmpty());
  ASSERT_EQ(setenv(kPluginPathVariable, "", 1), 0);
  EXPECT_THAT(PluginLibrariesFromEnvironment().value(), IsEmpty());
}

TEST(PluginPath, MustExist) {
  ASSERT_EQ(setenv(kPluginPathVariable, "no/such/folder", 1), 0);
  const absl::Status status = PluginLibrariesFromEnvironment().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "DIDACT_PLUGIN_PATH: no/such/folder: does not exist");
}

}  // namespace
}  // namespace didact
