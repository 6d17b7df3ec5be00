// Loads plugin libraries that are valid, and libraries with one fault each. Tests check the code
// and the reason of a refusal, so that a missing file does not satisfy them.

#include "didact/framework/plugin/library/loader.h"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/plugin/activation.h"
#include "didact/protos/field_rules.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tests/plugin/library/bend.h"
#include "tests/plugin/library/loading.h"

namespace didact {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A test that loads the valid library comes first: it shows that later refusals are not due to a
// loader that can load nothing.
TEST(Loader, LoadsAPluginThatTheRegistryThenBuilds) {
  PluginRegistry registry;
  const absl::Status status = LoadPluginLibrary(Library("good"), registry);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_STREQ(std::getenv("DIDACT_GOOD_PLUGIN_RAN"), "1");

  google::protobuf::Any config;
  config.set_type_url("type.googleapis.com/didact.loader_test.Bend");
  const auto activation = registry.Create<Activation<double>>(config, FieldPath("test"));
  ASSERT_TRUE(activation.ok()) << activation.status();
  const std::vector<double> x = {-2, 3};
  std::vector<double> y(2);
  (*activation)->Apply(x, absl::MakeSpan(y));
  EXPECT_THAT(y, ElementsAre(-0.5, 3));

  const auto narrow = registry.Create<Activation<float>>(config, FieldPath("test"));
  ASSERT_TRUE(narrow.ok()) << narrow.status();

  EXPECT_EQ(registry.Documentation("didact.loader_test.Bend"), "Bends at zero.");
  EXPECT_EQ(registry.Documentation("didact.loader_test.Bend.slope"), "The slope below zero.");
}

TEST(Loader, SaysWhichLibrariesARegistryHas) {
  PluginRegistry registry;
  ASSERT_TRUE(LoadPluginLibrary(Library("good"), registry).ok());
  ASSERT_EQ(registry.libraries().size(), 1u);
  EXPECT_EQ(registry.libraries()[0].path, std::filesystem::absolute(Library("good")).string());
  EXPECT_EQ(registry.libraries()[0].canonical_path,
            std::filesystem::canonical(Library("good")).string());
  EXPECT_EQ(registry.libraries()[0].name, "good");
  EXPECT_EQ(registry.libraries()[0].version, "1.0");
}

TEST(Loader, SharesOneDescriptorPoolWithThePlugin) {
  PluginRegistry registry;
  ASSERT_TRUE(LoadPluginLibrary(Library("good"), registry).ok());
  const google::protobuf::Descriptor* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
          "didact.loader_test.Bend");
  ASSERT_NE(descriptor, nullptr);
  ASSERT_EQ(registry.List().size(), 1u);
  EXPECT_EQ(&registry.List()[0]->config(), descriptor);
  // The plugin's field options were parsed as the host's type, and not as unknown fields.
  EXPECT_EQ(descriptor->FindFieldByName("slope")->options().GetExtension(rules).default_value(),
            "0.25");
}

TEST(Loader, ChangesNothingWhenALibraryIsLoadedAgain) {
  PluginRegistry registry;
  ASSERT_TRUE(LoadPluginLibrary(Library("good"), registry).ok());
  const absl::Status again = LoadPluginLibrary(Library("good"), registry);
  EXPECT_TRUE(again.ok()) << again;
  const std::string link = Scratch("link_to_good.so");
  std::filesystem::create_symlink(std::filesystem::absolute(Library("good")), link);
  const absl::Status through_link = LoadPluginLibrary(link, registry);
  EXPECT_TRUE(through_link.ok()) << through_link;
  const std::string copy = Scratch("second_good.so");
  MustWrite(copy, MustRead(Library("good")));
  const absl::Status of_copy = LoadPluginLibrary(copy, registry);
  EXPECT_TRUE(of_copy.ok()) << of_copy;
  EXPECT_EQ(registry.List().size(), 1u);
  EXPECT_EQ(registry.libraries().size(), 1u);
}

TEST(Loader, LoadsALibraryIntoAnyNumberOfRegistries) {
  PluginRegistry first, second;
  ASSERT_TRUE(LoadPluginLibrary(Library("good"), first).ok());
  const absl::Status status = LoadPluginLibrary(Library("good"), second);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(second.List().size(), 1u);
}

// --- Files that are no plugin -------------------------------------------------

TEST(Loader, RefusesAFileThatDoesNotExist) {
  const absl::Status status = Load("no/such/plugin.so");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "no/such/plugin.so: No such file or directory");
}

TEST(Loader, RefusesADirectory) {
  const absl::Status status = Load(testing::TempDir());
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is a directory, a file is wanted"));
}

TEST(Loader, RefusesAFileThatIsNotElf) {
  const std::string path = Scratch("text.so");
  MustWrite(path, "name: \"two_layer\"\n");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), path + ": is not an ELF file (a shared library)");

  MustWrite(path, "");
  EXPECT_EQ(Load(path).message(), path + ": is not an ELF file (a shared library)");
}

TEST(Loader, RefusesALibraryThatIsCutShort) {
  const std::string whole = MustRead(Library("good"));
  const std::string path = Scratch("cut.so");
  for (const size_t size : {whole.size() - 1, whole.size() / 2, size_t{100}, size_t{10}}) {
    MustWrite(path, absl::string_view(whole).substr(0, size));
    const absl::Status status = Load(path);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << size;
    EXPECT_THAT(std::string(status.message()), HasSubstr("is not a whole ELF file: ")) << size;
  }
}

TEST(Loader, RefusesALibraryForAnotherMachine) {
  std::string library = MustRead(Library("good"));
  library[18] = static_cast<char>(183);  // e_machine: AArch64
  const std::string path = Scratch("other_machine.so");
  MustWrite(path, library);
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), path + ": is an ELF file for another machine than 64-bit x86");
}

TEST(Loader, RefusesALibraryThatIsNoPluginWithoutRunningIt) {
  const std::string path = Library("not_a_plugin");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            path +
                ": is not a Didact plugin: it has no symbol didact_plugin_abi_tag; "
                "DIDACT_PLUGIN_LIBRARY (didact/framework/plugin/library/manifest.h) defines it");
}

TEST(Loader, RefusesALibraryWithoutAManifestWithoutRunningIt) {
  const std::string path = Library("no_manifest");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            path +
                ": is not a Didact plugin: it has no symbol didact_plugin_manifest; "
                "DIDACT_PLUGIN_LIBRARY (didact/framework/plugin/library/manifest.h) defines it");
}

TEST(Loader, RefusesAManifestWithoutARegistrationFunction) {
  const absl::Status status = Load(Library("null_manifest"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("its didact_plugin_manifest must have a name, a version, a registration "
                        "function and a multiply_add, got a null pointer"));
}

TEST(Loader, RefusesAPluginWithMalformedFieldRules) {
  const std::string path = Library("bad_rules");
  EXPECT_EQ(Load(path),
            absl::InvalidArgumentError(
                path + ": didact.loader_test.Crooked.slope: minimum 2 is above maximum 1"));
}

// --- Libraries that the linker or their own code fails --------------------------

TEST(Loader, RefusesALibraryWithAnUndefinedSymbol) {
  const absl::Status status = Load(Library("undefined_symbol"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot be loaded: undefined symbol: "));
  EXPECT_THAT(std::string(status.message()), HasSubstr("DefinedNowhere"));
}

TEST(Loader, HandsOnTheErrorOfARegistrationFunction) {
  const std::string path = Library("register_error");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), path + ": the table of bends is out of reach");
}

TEST(Loader, TurnsAnExceptionOfARegistrationFunctionIntoAnError) {
  const std::string path = Library("register_throws");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(status.message(),
            path + ": its registration function threw an exception: bent too far");
}

// CANCELLED would mean that the process was asked to stop.
TEST(Loader, TakesNoRegistrationFunctionsWordThatItWasCancelled) {
  const std::string path = Library("register_cancelled");
  EXPECT_EQ(Load(path), absl::InternalError(
                            path + ": returned CANCELLED from its registration function: no time"));
}

TEST(Loader, NamesTheRegistrationFunctionThatFailsWithoutAMessage) {
  const std::string path = Library("register_silent");
  EXPECT_EQ(Load(path),
            absl::InternalError(
                path + ": returned UNAVAILABLE from its registration function, without a message"));
}

TEST(Loader, RefusesALibraryThatRegistersNull) {
  const std::string path = Library("register_null");
  EXPECT_EQ(Load(path), absl::InvalidArgumentError(path + ": a plugin's factory must not be null"));
}

TEST(LoaderDeathTest, NamesALibraryWhoseStaticInitializerThrows) {
  const std::string path = std::filesystem::canonical(Library("throws_when_loaded")).string();
  EXPECT_DEATH(static_cast<void>(Load(Library("throws_when_loaded"))),
               "didact: " + path +
                   ": cannot be loaded: it ended the process in a static initializer: no table of "
                   "bends");
}

TEST(Loader, RefusesALibraryThatRegistersAPluginTwice) {
  const std::string path = Library("register_twice");
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(),
            path +
                ": a plugin of kind activation with config message google.protobuf.StringValue "
                "is registered already");
}

TEST(Loader, RefusesALibraryWithAPluginThatIsThereAndAddsNoneOfItsPlugins) {
  const std::string path = Library("register_duplicate");
  PluginRegistry registry;
  ASSERT_TRUE((registry.Add<google::protobuf::StringValue, loader_test::BendActivation>()).ok());
  const absl::Status status = LoadPluginLibrary(path, registry);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(),
            path +
                ": a plugin of kind activation with config message google.protobuf.StringValue "
                "is registered already");
  EXPECT_EQ(registry.List().size(), 1u);
  EXPECT_THAT(registry.libraries(), IsEmpty());

  // Without the conflicting message, the same library is loaded.
  const absl::Status alone = Load(path);
  EXPECT_TRUE(alone.ok()) << alone;
}

TEST(Loader, NamesTheLibraryWhosePluginIsThere) {
  PluginRegistry registry;
  const std::string first = Library("register_duplicate");
  ASSERT_TRUE(LoadPluginLibrary(first, registry).ok());
  // A file with other bytes is another library.
  const std::string path = Scratch("longer_duplicate.so");
  MustWrite(path, MustRead(first) + "x");
  EXPECT_EQ(LoadPluginLibrary(path, registry),
            absl::AlreadyExistsError(absl::StrCat(
                path,
                ": a plugin of kind activation with config message google.protobuf.BytesValue "
                "is registered already, by ",
                std::filesystem::absolute(first).lexically_normal().string())));
  EXPECT_EQ(registry.List().size(), 2u);
}

// Protocol Buffers would end the process in both cases below.

TEST(Loader, RefusesACopyOfALoadedLibrary) {
  ASSERT_TRUE(Load(Library("good")).ok());
  const std::string path = Scratch("copy_of_good.so");
  MustWrite(path, MustRead(Library("good")));
  const absl::Status status = Load(path);
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(),
            absl::StrCat(path, ": contains tests/plugin/library/bend.proto, which ",
                         std::filesystem::canonical(Library("good")).string(),
                         ", loaded before, contains, too; is it a copy of that? Otherwise give the "
                         ".proto file another name"));
}

TEST(Loader, RefusesALibraryThatDefinesAMessageThatIsThere) {
  ASSERT_TRUE(Load(Library("good")).ok());
  const absl::Status status = Load(Library("same_message"));
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat("defines the message didact.loader_test.Bend, which "
                                     "tests/plugin/library/bend.proto in ",
                                     std::filesystem::canonical(Library("good")).string(),
                                     ", loaded before, defines already; give the message a package "
                                     "of its own")));
}

}  // namespace
}  // namespace didact
