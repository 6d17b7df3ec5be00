// The conformance suite over every built-in plugin, and that none escapes it.

#include "framework/conformance/conformance.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "framework/conformance/sample_files.h"
#include "framework/plugin/registry.h"
#include "gmock/gmock.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "plugins/builtin.h"
#include "tests/conformance/cases.h"

namespace didact {
namespace {

const PluginRegistry& Builtins() {
  static const auto* const registry = [] {
    auto* const builtins = new PluginRegistry();
    EXPECT_TRUE(RegisterBuiltinPlugins(*builtins).ok());
    return builtins;
  }();
  return *registry;
}

google::protobuf::Any Packed(const PluginFactory& plugin, const std::string& text) {
  google::protobuf::DynamicMessageFactory messages;
  messages.SetDelegateToGeneratedFactory(true);
  const std::unique_ptr<google::protobuf::Message> config(
      messages.GetPrototype(&plugin.config())->New());
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, config.get()))
      << plugin.config().full_name() << ": " << text;
  google::protobuf::Any any;
  any.PackFrom(*config);
  return any;
}

class Conformance : public testing::TestWithParam<const PluginFactory*> {
 protected:
  // Sample files go where Bazel tidies up if the process is killed.
  static void SetUpTestSuite() {
    setenv("TMPDIR", testing::TempDir().c_str(), 1);
    ASSERT_TRUE(WriteConformanceFiles(testing::TempDir()).ok());
  }
};

TEST_P(Conformance, KeepsAllPromises) {
  const PluginFactory& plugin = *GetParam();
  std::vector<google::protobuf::Any> configs;
  for (const std::string& text :
       ConformanceCases(plugin.config().full_name(), testing::TempDir())) {
    configs.push_back(Packed(plugin, text));
  }
  const std::vector<ConformanceCheck> checks = CheckPlugin(Builtins(), plugin, configs);
  EXPECT_EQ(DescribeFailures(checks), "");
  // Every config was built and then really looked at.
  std::set<std::string> tested;
  for (const ConformanceCheck& check : checks) {
    if (check.name != "builds") tested.insert(check.config);
  }
  EXPECT_EQ(tested.size(), std::max<size_t>(configs.size(), 1));
}

// As `didact selftest` tests it.
TEST_P(Conformance, KeepsAllPromisesWithTheExampleOfItsManual) {
  const std::vector<ConformanceCheck> checks = CheckPlugin(Builtins(), *GetParam(), {});
  EXPECT_EQ(DescribeFailures(checks), "");
  EXPECT_GT(checks.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Builtin, Conformance, testing::ValuesIn(Builtins().List()),
                         [](const auto& info) {
                           return absl::StrCat(info.param->kind(), "_",
                                               info.param->config().name());
                         });

std::string FileText(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

constexpr const char* kFolders[] = {"activations",  "augmentations", "datasets",
                                    "initializers", "losses",        "metrics",
                                    "optimizers",   "projections",   "schedules"};

// What the folders' headers declare is what RegisterBuiltinPlugins registers, by number and by
// name.
TEST(Builtins, AreAllThatTheFoldersDeclare) {
  std::multiset<std::string> declared;
  for (const std::string folder : kFolders) {
    const std::string text = FileText(absl::StrCat("plugins/", folder, "/", folder, ".h"));
    const std::regex declaration("absl::Status Register(\\w+)\\(PluginRegistry&");
    for (std::sregex_iterator match(text.begin(), text.end(), declaration), end; match != end;
         ++match) {
      declared.insert((*match)[1]);
    }
  }
  std::multiset<std::string> registered;
  for (const PluginFactory* plugin : Builtins().List()) registered.insert(plugin->config().name());
  EXPECT_EQ(declared, registered);
}

// A config message that no plugin takes could be written, and would be refused as unknown.
TEST(Builtins, HaveAPluginForEveryConfigMessage) {
  std::set<std::string> taken;
  for (const PluginFactory* plugin : Builtins().List())
    taken.insert(absl::StrCat(plugin->kind(), " ", plugin->config().name()));
  std::set<std::string> messages;
  for (const char* kind : {"activation", "augmentation", "dataset", "initializer", "loss", "metric",
                           "optimizer", "projection", "schedule"}) {
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
        absl::StrCat("protos/plugins/", kind, ".proto"));
    ASSERT_NE(file, nullptr) << kind;
    for (int m = 0; m < file->message_type_count(); ++m)
      messages.insert(absl::StrCat(kind, " ", file->message_type(m)->name()));
  }
  EXPECT_EQ(messages, taken);
}

TEST(Builtins, AreDocumented) {
  for (const PluginFactory* plugin : Builtins().List()) {
    EXPECT_NE(Builtins().Documentation(plugin->config().full_name()), "")
        << plugin->config().full_name();
  }
  EXPECT_NE(Builtins().Documentation("didact.Experiment.name"), "");
  EXPECT_NE(Builtins().Documentation("didact.Student.width_multiplier"), "");
}

TEST(Builtins, AreRegisteredOnceOrNotAtAll) {
  PluginRegistry registry;
  ASSERT_TRUE(RegisterBuiltinPlugins(registry).ok());
  const size_t count = registry.List().size();
  const absl::Status again = RegisterBuiltinPlugins(registry);
  EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(registry.List().size(), count);
}

TEST(ConformanceCases, NamePluginsThatExist) {
  std::set<std::string> names;
  for (const PluginFactory* plugin : Builtins().List()) names.insert(plugin->config().full_name());
  for (const std::string& name : NamesWithConformanceCases())
    EXPECT_EQ(names.count(name), 1u) << name;
}

TEST(SampleFiles, AreRemovedInTheEnd) {
  std::string folder;
  {
    const absl::StatusOr<SampleFiles> files = SampleFiles::Create();
    ASSERT_TRUE(files.ok()) << files.status();
    folder = files->folder();
    for (const char* file : {"images.idx", "inputs.npy", "labels.idx", "labels.npy", "weights.npz"})
      EXPECT_TRUE(std::filesystem::exists(folder + "/" + file)) << file;
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

}  // namespace
}  // namespace didact
