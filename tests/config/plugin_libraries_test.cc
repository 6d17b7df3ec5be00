#include "didact/framework/config/plugin_libraries.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::ElementsAre;

std::string Folder() { return std::filesystem::canonical(testing::TempDir()).string(); }

std::vector<std::string> Libraries(const std::string& text) {
  const auto libraries = PluginLibraries(ScratchFile("libraries.textproto", text));
  EXPECT_THAT(libraries.status(), IsOk());
  std::vector<std::string> files;
  if (!libraries.ok()) return files;
  for (const NamedLibrary& library : *libraries) files.push_back(library.file);
  return files;
}

TEST(PluginLibraries, FindsThemAmongPluginsThatNobodyKnows) {
  EXPECT_THAT(
      Libraries("name: 'a'\n"
                "# plugin_library: 'comment.so'\n"
                "loss { [my.lab/Huber] { list: [] plugin_library: 'inner.so' } }\n"
                "plugin_library: '/abs/one.so'\n"
                "plugin_library: \"two\" \".so\";\n"
                "metric: [ { [my.lab/Metric] < a: -inf > }, { } ]\n"
                "plugin_library: ['three.so', 'dir/four.so']\n"
                "output { }"),
      ElementsAre("/abs/one.so", absl::StrCat(Folder(), "/two.so"),
                  absl::StrCat(Folder(), "/three.so"), absl::StrCat(Folder(), "/dir/four.so")));
}

TEST(PluginLibraries, FindsNoneWhereThereAreNone) {
  EXPECT_THAT(Libraries("name: 'plugin_library: \"a.so\"'"), ElementsAre());
}

TEST(PluginLibraries, LeavesOtherFaultsToTheLoader) {
  EXPECT_THAT(Libraries("plugin_library: '/a.so' } ]] { : plugin_library"), ElementsAre("/a.so"));
  EXPECT_THAT(Libraries("plugin_library: 5 name { plugin_library: '/b.so'"), ElementsAre());
}

TEST(PluginLibraries, GivesUpWhereMessagesAreNestedBottomlessly) {
  std::string text = "plugin_library: '/a.so' ";
  for (int i = 0; i < 1000000; ++i) text += "x {";
  EXPECT_THAT(Libraries(text), ElementsAre("/a.so"));
}

TEST(RecordPluginLibraries, NamesEveryLibraryOnceAndKeepsNoneThatIsNotLoaded) {
  const std::string named = ScratchFile("named.so", "");
  const std::string in_use = ScratchFile("in_use.so", "");
  const std::string not_loaded = ScratchFile("not_loaded.so", "");
  const auto library = [](const std::string& path) {
    PluginLibraryInfo info;
    info.path = path;
    info.canonical_path = std::filesystem::canonical(path).string();
    return info;
  };
  PluginRegistry registry;
  registry.AddLibrary(library(named));
  registry.AddLibrary(library(in_use));
  Experiment experiment;
  // The second name is another spelling of the first.
  for (const std::string& name : {named, ScratchPath("./named.so"), not_loaded, named}) {
    experiment.add_plugin_library(name);
  }
  RecordPluginLibraries({library(named), library(in_use)}, registry, experiment);
  EXPECT_THAT(experiment.plugin_library(), ElementsAre(named, in_use));
}

TEST(PluginLibraries, RefusesWhatIsNoText) {
  EXPECT_THAT(PluginLibraries(testing::TempDir()).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        testing::HasSubstr(": is a directory, a file is wanted")));
  EXPECT_THAT(PluginLibraries(ScratchPath("none.textproto")).status(),
              FailsWith(absl::StatusCode::kNotFound, testing::HasSubstr("none.textproto: ")));
}

}  // namespace
}  // namespace didact
