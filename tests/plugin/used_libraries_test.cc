#include "didact/framework/plugin/library/used_libraries.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/plugin/fake_factory.h"
#include "tests/plugin/resolve_test.pb.h"

namespace didact {
namespace {

using test::AddFake;
using testing::ElementsAre;
using testing::IsEmpty;

PluginLibraryInfo Library(const std::string& name, const std::string& sha256 = "aaaa",
                          const std::string& version = "1.0", const std::string& folder = "/lib") {
  return {folder + "/" + name + ".so", folder + "/" + name + ".so", name, version, sha256};
}

TEST(LibraryChanges, AreNoneForTheSameBytesAnywhereInAnyOrder) {
  EXPECT_THAT(LibraryChanges({}, {}), IsEmpty());
  const std::vector<PluginLibraryInfo> before = {Library("a"), Library("b"), Library("a", "bbbb")};
  const std::vector<PluginLibraryInfo> now = {Library("a", "bbbb", "1.0", "/new"), Library("b"),
                                              Library("a", "aaaa", "1.0", "/new")};
  EXPECT_THAT(LibraryChanges(before, now), IsEmpty());
}

TEST(LibraryChanges, NameBothLibraries) {
  EXPECT_THAT(
      LibraryChanges({Library("b"), Library("a")}, {Library("a", "bbbb", "1.1", "/new")}),
      ElementsAre("with plugin library a 1.0 (/lib/a.so, SHA-256 aaaa), now with plugin library a "
                  "1.1 (/new/a.so, SHA-256 bbbb)",
                  "with plugin library b 1.0 (/lib/b.so, SHA-256 aaaa), now without it"));
  EXPECT_THAT(LibraryChanges({}, {Library("a")}),
              ElementsAre("without plugin library a 1.0 (/lib/a.so, SHA-256 aaaa), now with it"));
}

TEST(LibraryChanges, CountOneOfTwoEqualLibraries) {
  EXPECT_THAT(LibraryChanges({Library("a"), Library("a")}, {Library("a")}),
              ElementsAre("with plugin library a 1.0 (/lib/a.so, SHA-256 aaaa), now without it"));
}

TEST(LibraryChanges, SeeANewVersionOfTheSameBytesAndNewBytesOfTheSameVersion) {
  EXPECT_EQ(LibraryChanges({Library("a")}, {Library("a", "aaaa", "1.1")}).size(), 1);
  EXPECT_EQ(LibraryChanges({Library("a")}, {Library("a", "bbbb")}).size(), 1);
}

// Plugins of one kind: Shape and Defaults each from a library, Inner from the program.
class UsedLibrariesTest : public testing::Test {
 protected:
  UsedLibrariesTest() {
    EXPECT_TRUE(AddFake<test::Inner>(registry_, "shape").ok());
    PluginRegistry shapes;
    EXPECT_TRUE(AddFake<test::Shape>(shapes, "shape").ok());
    shapes.AddLibrary(Library("shapes"));
    PluginRegistry others;
    EXPECT_TRUE(AddFake<test::Defaults>(others, "shape").ok());
    others.AddLibrary(Library("others"));
    EXPECT_TRUE(registry_.Merge(std::move(others)).ok());
    EXPECT_TRUE(registry_.Merge(std::move(shapes)).ok());
  }

  std::vector<std::string> Used(const google::protobuf::Message& config) const {
    std::vector<std::string> names;
    for (const PluginLibraryInfo& library : UsedLibraries(config, registry_)) {
      names.push_back(library.name);
    }
    return names;
  }

  PluginRegistry registry_;
};

TEST_F(UsedLibrariesTest, AreThoseOfThePluginsThatAConfigNames) {
  test::Needs config;
  EXPECT_THAT(Used(config), IsEmpty());
  config.mutable_shape()->set_type_url("didact.test/Shape");
  EXPECT_THAT(Used(config), ElementsAre("shapes"));
  config.add_more()->set_type_url("didact.test/Inner");
  EXPECT_THAT(Used(config), ElementsAre("shapes"));
  config.add_more()->set_type_url("didact.test/Defaults");
  EXPECT_THAT(Used(config), ElementsAre("others", "shapes"));
  config.mutable_shape()->set_type_url("didact.test/Unknown");
  EXPECT_THAT(Used(config), ElementsAre("others"));
}

TEST_F(UsedLibrariesTest, AreThoseOfPluginsWithinPluginsToo) {
  test::Shape outer;
  outer.mutable_part()->set_type_url("type.googleapis.com/didact.test.Defaults");
  test::Needs config;
  config.mutable_shape()->PackFrom(outer);
  EXPECT_THAT(Used(config), ElementsAre("others", "shapes"));
  config.mutable_shape()->set_value("\xff");
  EXPECT_THAT(Used(config), ElementsAre("shapes"));
}

}  // namespace
}  // namespace didact
