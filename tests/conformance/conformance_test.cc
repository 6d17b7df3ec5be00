// Runs the conformance suite on every built-in plugin, with a test for each plugin and each check,
// and verifies that no plugin is left out.

#include "didact/framework/conformance/conformance.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/sample_files.h"
#include "didact/framework/plugin/registry.h"
#include "didact/plugins/builtin.h"
#include "gmock/gmock.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
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

// One check of one plugin: its results over all of the plugin's configs.
class Promise : public testing::Test {
 public:
  explicit Promise(std::vector<ConformanceCheck> checks) : checks_(std::move(checks)) {}

  void TestBody() override {
    for (const ConformanceCheck& check : checks_) {
      EXPECT_TRUE(check.status.ok()) << check.config << "\n" << check.status.message();
    }
  }

 private:
  const std::vector<ConformanceCheck> checks_;
};

// Verifies that every config of one plugin was built and checked.
class Completeness : public testing::Test {
 public:
  Completeness(size_t configs, const std::vector<ConformanceCheck>& checks) : configs_(configs) {
    for (const ConformanceCheck& check : checks) {
      if (check.name != "builds") checked_.insert(check.config);
    }
  }

  void TestBody() override { EXPECT_EQ(checked_.size(), configs_); }

 private:
  const size_t configs_;
  std::set<std::string> checked_;
};

// Returns SameBitsInAnyOrder for "same bits in any order".
std::string TestName(absl::string_view check) {
  std::string name;
  bool starts_word = true;
  for (const char c : check) {
    if (absl::ascii_isalnum(c)) name += starts_word ? absl::ascii_toupper(c) : c;
    starts_word = !absl::ascii_isalnum(c);
  }
  return name;
}

// Runs all checks of the plugin, and registers a test for each kind of check. They run here because
// the list of checks is known only after they have run.
void AddTests(const PluginFactory& plugin) {
  const std::string suite =
      absl::StrCat("Conformance_", plugin.kind(), "_", plugin.config().name());
  std::cout << "checking " << suite << std::endl;
  std::vector<google::protobuf::Any> configs;
  for (const std::string& text :
       ConformanceCases(plugin.config().full_name(), testing::TempDir())) {
    configs.push_back(Packed(plugin, text));
  }
  std::vector<ConformanceCheck> checks = CheckPlugin(Builtins(), plugin, configs);
  testing::RegisterTest(suite.c_str(), "EveryConfigIsChecked", nullptr, nullptr, __FILE__, __LINE__,
                        [size = std::max<size_t>(configs.size(), 1), checks]() -> testing::Test* {
                          return new Completeness(size, checks);
                        });
  // `didact selftest` tests the plugin with the example of the manual in the same way.
  std::vector<ConformanceCheck> of_example = CheckPlugin(Builtins(), plugin, {});
  testing::RegisterTest(
      suite.c_str(), "TheManualsExampleIsChecked", nullptr, nullptr, __FILE__, __LINE__,
      [of_example]() -> testing::Test* { return new Completeness(1, of_example); });
  absl::c_move(of_example, std::back_inserter(checks));
  std::map<std::string, std::vector<ConformanceCheck>> by_name;
  for (ConformanceCheck& check : checks) by_name[check.name].push_back(std::move(check));
  for (const auto& [name, found] : by_name) {
    testing::RegisterTest(suite.c_str(), TestName(name).c_str(), nullptr, nullptr, __FILE__,
                          __LINE__,
                          [found = found]() -> testing::Test* { return new Promise(found); });
  }
}

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

// The plugins that the folders' headers declare and those that RegisterBuiltinPlugins registers
// must be the same, in number and by name.
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

// True if a message of `file` has a field of type `message`, which is then a part of configs.
bool IsPart(const google::protobuf::Descriptor& message,
            const google::protobuf::FileDescriptor& file) {
  for (int m = 0; m < file.message_type_count(); ++m) {
    for (int f = 0; f < file.message_type(m)->field_count(); ++f) {
      if (file.message_type(m)->field(f)->message_type() == &message) return true;
    }
  }
  return false;
}

// A config message without a plugin could be written, and would be refused as unknown.
TEST(Builtins, HaveAPluginForEveryConfigMessage) {
  std::set<std::string> taken;
  for (const PluginFactory* plugin : Builtins().List())
    taken.insert(absl::StrCat(plugin->kind(), " ", plugin->config().name()));
  std::set<std::string> messages;
  for (const char* kind : {"activation", "augmentation", "dataset", "initializer", "loss", "metric",
                           "optimizer", "projection", "schedule"}) {
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
        absl::StrCat("didact/protos/plugins/", kind, ".proto"));
    ASSERT_NE(file, nullptr) << kind;
    for (int m = 0; m < file->message_type_count(); ++m) {
      const google::protobuf::Descriptor* const message = file->message_type(m);
      if (!IsPart(*message, *file)) messages.insert(absl::StrCat(kind, " ", message->name()));
    }
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
    for (const char* file : {"cifar10.bin", "images.idx", "inputs.npy", "labels.idx", "labels.npy",
                             "targets.npy", "weights.npz"})
      EXPECT_TRUE(std::filesystem::exists(folder + "/" + file)) << file;
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

absl::Status AddAllTests() {
  // Sample files are put in a folder that Bazel removes if the process is killed.
  setenv("TMPDIR", testing::TempDir().c_str(), 1);
  DIDACT_RETURN_IF_ERROR(WriteConformanceFiles(testing::TempDir()));
  for (const PluginFactory* plugin : Builtins().List()) AddTests(*plugin);
  return absl::OkStatus();
}

}  // namespace
}  // namespace didact

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const absl::Status status = didact::AddAllTests();
  if (!status.ok()) {
    std::cerr << status.message() << std::endl;
    return 1;
  }
  return RUN_ALL_TESTS();
}
