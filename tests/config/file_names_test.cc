#include "didact/framework/config/file_names.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "didact/framework/plugin/registry.h"
#include "didact/protos/experiment.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

// A folder prepended to an empty name would make it the name of the folder.
TEST(FileNames, AnEmptyOneIsNoName) {
  Experiment experiment;
  experiment.add_plugin_library("");
  experiment.add_plugin_library("mine.so");
  const PluginRegistry no_plugins;
  const std::vector<FileName> names = FileNamesIn(experiment, no_plugins);
  ASSERT_EQ(names.size(), 1);
  EXPECT_EQ(names[0].field, "plugin_library[1]");
  EXPECT_EQ(names[0].name, "mine.so");
  EXPECT_TRUE(MakeFileNamesAbsolute("/folder", no_plugins, experiment));
  EXPECT_THAT(experiment.plugin_library(), testing::ElementsAre("", "/folder/mine.so"));
  EXPECT_FALSE(MakeFileNamesAbsolute("/folder", no_plugins, experiment));
}

TEST(FileNames, MayBeginWithTheHomeFolder) {
  ASSERT_EQ(setenv("HOME", "/home/me", 1), 0);
  Experiment experiment;
  experiment.add_plugin_library("~/mine.so");
  const PluginRegistry no_plugins;
  EXPECT_FALSE(MakeFileNamesAbsolute("/folder", no_plugins, experiment));
  EXPECT_THAT(experiment.plugin_library(), testing::ElementsAre("/home/me/mine.so"));
}

}  // namespace
}  // namespace didact
