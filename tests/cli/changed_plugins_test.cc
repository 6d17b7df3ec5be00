// Tests plugin libraries that are given by a flag, moved, rebuilt or exchanged: a run records the
// libraries that it was computed with, can be repeated without flags, and continues only with the
// same ones.

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/sha256.h"
#include "nlohmann/json.hpp"
#include "tests/cli/mpirun.h"
#include "tests/cli/tool_test.h"
#include "tests/cli/wait_until.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

namespace fs = std::filesystem;

// Libraries of BUILD.bazel: the objective google.protobuf.DoubleValue of a library called "scaled".
constexpr char kOld[] = "scaled";       // version 1.0
constexpr char kRebuilt[] = "rebuilt";  // version 1.0 too, but with another result
constexpr char kNewer[] = "newer";      // version 2.0
constexpr char kOther[] = "other";      // google.protobuf.FloatValue, of a library called "other"

class ChangedPluginsTest : public ToolTest {
 protected:
  ChangedPluginsTest() {
    WriteConfig({{"[didact/HalfSquaredError]", "[google.protobuf/DoubleValue]"}});
    Install(kOld, "my.so");
  }

  // Copies a library into the working folder, as a build would.
  void Install(const std::string& library, const std::string& name) const {
    fs::create_directories(fs::path(PathOf(name)).parent_path());
    fs::remove(PathOf(name));
    fs::copy_file(DataPath(absl::StrCat("tests/cli/lib", library, ".so")), PathOf(name));
  }

  std::string HashOf(const std::string& name) const { return *Sha256(Read(name)); }

  // Returns the description of a library in messages.
  std::string Described(const std::string& name_and_version, const std::string& file,
                        const std::string& hash) const {
    return absl::StrCat("plugin library ", name_and_version, " (", PathOf(file), ", SHA-256 ", hash,
                        ")");
  }

  static std::string Refusal(const std::string& directory, const std::string& change) {
    return absl::StrCat(directory, ": was computed ", change,
                        ": results would mix; load what it was computed with by --plugin=FILE, or "
                        "go on all the same with --allow-changed-plugins");
  }

  json Provenance(const std::string& directory) const {
    return json::parse(Read(directory + "/provenance.json"), nullptr, false);
  }

  // Makes a run in `out` with my.so, without its second trial.
  void MakeUnfinishedRun() const {
    ASSERT_EQ(Run({"run", "e.textproto", "--plugin=my.so", "--out=out"}).exit_code, 0);
    fs::remove_all(PathOf("out/trials/2"));
  }

  void WriteSweep() const {
    Write("s.textproto",
          "name: 'two' base_path: 'e.textproto' axis { field: 'teacher.hidden[0].width' value: "
          "['3', '4'] }");
  }

  // Makes a sweep with my.so, without one trial of the second experiment.
  void MakeUnfinishedSweep() const {
    WriteSweep();
    ASSERT_EQ(Run({"sweep", "s.textproto", "--plugin=my.so", "--out=out"}).exit_code, 0);
    Forget("\"label\":\"001-width=4\",\"seed\":2", "out/index.jsonl");
    fs::remove_all(PathOf("out/experiments/001-width=4/trials/2"));
  }

  // Removes the lines with `text` from a file.
  void Forget(const std::string& text, const std::string& name) const {
    std::string rest;
    bool found = false;
    for (const absl::string_view line : absl::StrSplit(Read(name), '\n', absl::SkipEmpty())) {
      if (absl::StrContains(line, text)) {
        found = true;
      } else {
        absl::StrAppend(&rest, line, "\n");
      }
    }
    ASSERT_TRUE(found) << text;
    Write(name, rest);
  }

  // Returns all files of a sweep's experiments except those that contain times.
  std::map<std::string, std::string> Experiments(const std::string& out) const {
    std::map<std::string, std::string> files = Contents(out + "/experiments");
    std::erase_if(files,
                  [](const auto& file) { return absl::EndsWith(file.first, "provenance.json"); });
    return files;
  }
};

TEST_F(ChangedPluginsTest, ProvenanceHoldsPathNameVersionAndHashOfEachLibrary) {
  Install(kOther, "other.so");
  ASSERT_EQ(
      Run({"run", "e.textproto", "--plugin=my.so", "--plugin=other.so", "--out=out"}).exit_code, 0);
  EXPECT_EQ(Provenance("out")["plugin_libraries"], json({{{"path", PathOf("my.so")},
                                                          {"name", "scaled"},
                                                          {"version", "1.0"},
                                                          {"sha256", HashOf("my.so")},
                                                          {"used", true}},
                                                         {{"path", PathOf("other.so")},
                                                          {"name", "other"},
                                                          {"version", "1.0"},
                                                          {"sha256", HashOf("other.so")},
                                                          {"used", false}}}));
  WriteSweep();
  ASSERT_EQ(Run({"sweep", "s.textproto", "--plugin=my.so", "--out=sweep"}).exit_code, 0);
  EXPECT_EQ(Provenance("sweep")["plugin_libraries"][0]["sha256"], HashOf("my.so"));
  EXPECT_EQ(Provenance("sweep/experiments/000-width=3")["plugin_libraries"],
            Provenance("sweep")["plugin_libraries"]);
}

TEST_F(ChangedPluginsTest, ARunNamesTheLibrariesItUsesAndRunsAlone) {
  Install(kOther, "other.so");
  ASSERT_EQ(
      Run({"run", "e.textproto", "--plugin=./my.so", "--plugin=other.so", "--out=flag"}).exit_code,
      0);
  const std::string recorded = Read("flag/experiment.textproto");
  EXPECT_THAT(recorded, HasSubstr(absl::StrCat("plugin_library: \"", PathOf("my.so"), "\"")));
  EXPECT_THAT(recorded, testing::Not(HasSubstr("other.so")));

  EXPECT_EQ(RunTool({"run", PathOf("flag/experiment.textproto"), "--out=" + PathOf("alone")}, "/")
                .exit_code,
            0);
  EXPECT_TRUE(SameFiles(Results("alone"), Results("flag")));

  const ToolResult result =
      RunTool({"run", "e.textproto", "--out=environment"}, folder(), {"DIDACT_PLUGIN_PATH=my.so"});
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_TRUE(SameFiles(Results("environment"), Results("flag")));

  Write("named.textproto", Read("e.textproto") + "plugin_library: \"my.so\"\n");
  EXPECT_EQ(Run({"run", "named.textproto", "--out=named"}).exit_code, 0);
  EXPECT_TRUE(SameFiles(Results("named"), Results("flag")));
  // A library that is named by two paths is recorded once.
  fs::create_symlink(PathOf("my.so"), PathOf("link.so"));
  EXPECT_EQ(Run({"run", "named.textproto", "--plugin=link.so", "--out=both"}).exit_code, 0);
  EXPECT_TRUE(SameFiles(Results("both"), Results("flag")));
}

TEST_F(ChangedPluginsTest, ASweepNamesTheLibrariesItUsesAndRunsAlone) {
  WriteSweep();
  ASSERT_EQ(Run({"sweep", "s.textproto", "--plugin=my.so", "--out=flag"}).exit_code, 0);
  EXPECT_EQ(Run({"sweep", "flag/sweep.textproto", "--out=alone"}).exit_code, 0);
  EXPECT_EQ(Read("alone/sweep.textproto"), Read("flag/sweep.textproto"));
  EXPECT_TRUE(SameFiles(Experiments("alone"), Experiments("flag")));
  EXPECT_EQ(
      Run({"run", "flag/experiments/000-width=3/experiment.textproto", "--out=one"}).exit_code, 0);
  EXPECT_TRUE(SameFiles(Results("one"), Results("flag/experiments/000-width=3")));
  Write("named.textproto", Read("s.textproto") + "plugin_library: \"my.so\"\n");
  EXPECT_EQ(Run({"sweep", "named.textproto", "--out=named"}).exit_code, 0);
  EXPECT_TRUE(SameFiles(Experiments("named"), Experiments("flag")));
}

TEST_F(ChangedPluginsTest, AnUnknownPluginIsFollowedByHowLibrariesAreLoaded) {
  ExpectRefusal(
      {"run", "e.textproto"},
      testing::AllOf(StartsWith("didact: e.textproto:14:8: loss: no plugin "
                                "google.protobuf.DoubleValue of kind loss; there are: "),
                     testing::EndsWith("; a plugin library is loaded with --plugin=FILE, "
                                       "plugin_library in the config, or "
                                       "DIDACT_PLUGIN_PATH; a plugin that a program registers is "
                                       "known to that program alone\n")));
}

// Such an override would be recorded and have no effect.
TEST_F(ChangedPluginsTest, ALibraryCannotBeSetByAnOverride) {
  const std::string reason =
      "plugin_library: cannot be changed here, since plugin libraries are loaded before; name them "
      "in the config or the sweep itself, plugin_library: \"FILE\", or give --plugin=FILE";
  for (const char* command : {"run", "validate"}) {
    for (const char* assignment :
         {"plugin_library[0]=\"my.so\"", "plugin_library=my.so", "plugin_library=['my.so']"}) {
      ExpectRefused({command, "e.textproto", "--plugin=my.so", absl::StrCat("--set=", assignment)},
                    {"--set: " + reason});
    }
  }
  const auto sweep = [this](const std::string& what) {
    Write("s.textproto", "name: 'two' base_path: 'e.textproto'\n" + what);
  };
  sweep("axis { field: 'teacher.hidden[0].width' value: ['3', '4'] }");
  ExpectRefused({"sweep", "s.textproto", "--plugin=my.so", "--set=plugin_library[0]=my.so"},
                {"--set: " + reason});
  sweep("axis { field: 'plugin_library[0]' value: ['my.so', 'other.so'] }");
  ExpectRefused({"sweep", "s.textproto", "--plugin=my.so"},
                {"s.textproto:2:15: axis[0].field: " + reason});
  sweep(
      "axis { field: 'seed.first' value: ['1', '2'] zipped { field: 'plugin_library' value: "
      "['my.so', 'other.so'] } }");
  ExpectRefused({"sweep", "s.textproto", "--plugin=my.so"},
                {"s.textproto:2:62: axis[0].zipped[0].field: " + reason});
  sweep("point { set: 'plugin_library=my.so' }");
  ExpectRefused({"sweep", "s.textproto", "--plugin=my.so"},
                {"s.textproto:2:14: point[0].set[0]: " + reason});
}

TEST_F(ChangedPluginsTest, ResumeRefusesARebuiltLibraryAndNamesBoth) {
  MakeUnfinishedRun();
  const std::string hash = HashOf("my.so");
  Install(kRebuilt, "my.so");
  ExpectRefused(
      {"resume", "out"},
      {Refusal("out", absl::StrCat("with ", Described("scaled 1.0", "my.so", hash), ", now with ",
                                   Described("scaled 1.0", "my.so", HashOf("my.so"))))});
  Install(kNewer, "my.so");
  ExpectRefused(
      {"resume", "out"},
      {Refusal("out", absl::StrCat("with ", Described("scaled 1.0", "my.so", hash), ", now with ",
                                   Described("scaled 2.0", "my.so", HashOf("my.so"))))});
  // The old library is accepted at any path.
  Install(kOld, "below/scaled.so");
  EXPECT_EQ(Run({"resume", "out", "--plugin=below/scaled.so"}).exit_code, 0);
  ASSERT_EQ(Run({"run", "e.textproto", "--plugin=below/scaled.so", "--out=fresh"}).exit_code, 0);
  EXPECT_TRUE(SameFiles(Results("out"), Results("fresh")));
}

TEST_F(ChangedPluginsTest, ResumeGoesOnWithARebuiltLibraryWhenItIsAllowedAndSaysSo) {
  MakeUnfinishedRun();
  const std::string hash = HashOf("my.so");
  Install(kRebuilt, "my.so");
  const ToolResult result = Run({"resume", "out", "--allow-changed-plugins"});
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  const json provenance = Provenance("out");
  EXPECT_EQ(provenance["plugin_libraries"][0]["sha256"], HashOf("my.so"));
  EXPECT_EQ(provenance["earlier"][0]["plugin_libraries"][0]["sha256"], hash);
  EXPECT_EQ(provenance["notes"],
            json({absl::StrCat("--allow-changed-plugins: what was there was computed with ",
                               Described("scaled 1.0", "my.so", hash), ", now with ",
                               Described("scaled 1.0", "my.so", HashOf("my.so")))}));
  // The second trial is computed with the new library.
  ASSERT_EQ(Run({"run", "e.textproto", "--plugin=my.so", "--out=fresh"}).exit_code, 0);
  EXPECT_EQ(Read("out/trials/2/metrics.jsonl"), Read("fresh/trials/2/metrics.jsonl"));
  EXPECT_NE(Read("out/trials/1/metrics.jsonl"), Read("fresh/trials/1/metrics.jsonl"));
}

TEST_F(ChangedPluginsTest, LibrariesThatAreNotUsedMayChange) {
  Install(kOther, "other.so");
  ASSERT_EQ(
      Run({"run", "e.textproto", "--plugin=my.so", "--plugin=other.so", "--out=out"}).exit_code, 0);
  fs::remove_all(PathOf("out/trials/2"));
  fs::remove(PathOf("other.so"));
  EXPECT_EQ(Run({"resume", "out"}).exit_code, 0);
  fs::remove_all(PathOf("out/trials/2"));
  Install(kOther, "another.so");
  EXPECT_EQ(RunTool({"resume", "out"}, folder(), {"DIDACT_PLUGIN_PATH=another.so"}).exit_code, 0);
}

TEST_F(ChangedPluginsTest, OrderAndPlacesOfLibrariesMeanNothing) {
  Install(kOther, "other.so");
  WriteSweep();
  Write("s.textproto",
        Read("s.textproto") +
            "point { set: 'loss={ [google.protobuf/FloatValue] {} }' set: 'seed.last=1' }");
  ASSERT_EQ(
      Run({"sweep", "s.textproto", "--plugin=my.so", "--plugin=other.so", "--out=out"}).exit_code,
      0);
  const auto before = Experiments("out");
  const std::string label = "002-loss=google.protobuf_FloatValue_last=1";
  Forget("\"label\":\"" + label, "out/index.jsonl");
  fs::remove_all(PathOf(absl::StrCat("out/experiments/", label, "/trials")));
  const ToolResult result =
      Run({"sweep", "s.textproto", "--plugin=other.so", "--plugin=my.so", "--out=out"});
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  // Only the order in which the libraries are named has changed.
  auto after = Experiments("out");
  const std::string text = label + "/experiment.textproto";
  EXPECT_NE(after[text], before.at(text));
  after[text] = before.at(text);
  EXPECT_TRUE(SameFiles(after, before));
}

TEST_F(ChangedPluginsTest, ALibraryThatWasMovedIsSaidToBeMissingAndHowToNameItsNewPlace) {
  MakeUnfinishedRun();
  fs::rename(PathOf("my.so"), PathOf("moved.so"));
  ExpectRefused({"resume", "out"},
                {absl::StrCat("out/experiment.textproto: plugin_library[0]: ", PathOf("my.so"),
                              ": No such file or directory; if it was moved, say where it is now: "
                              "didact resume out --plugin=FILE")});
  EXPECT_EQ(Run({"resume", "out", "--plugin=moved.so"}).exit_code, 0);
  // The run names its library and from now on needs no flag.
  EXPECT_EQ(Run({"run", "out/experiment.textproto", "--out=again"}).exit_code, 0);
  EXPECT_TRUE(SameFiles(Results("again"), Results("out")));
}

TEST_F(ChangedPluginsTest, ASweepGoesOnWithALibraryThatWasMoved) {
  MakeUnfinishedSweep();
  const auto expected = [this] {
    EXPECT_EQ(Run({"sweep", "s.textproto", "--plugin=moved.so", "--out=fresh"}).exit_code, 0);
    return Experiments("fresh");
  };
  fs::rename(PathOf("my.so"), PathOf("moved.so"));
  ExpectRefused(
      {"resume", "out"},
      {absl::StrCat("out/sweep.textproto: base.plugin_library[0]: ", PathOf("my.so"),
                    ": No such file or directory; if it was moved, say where it is now: didact "
                    "resume out --plugin=FILE")});
  // The same command with the new path of the library continues too.
  const ToolResult result = Run({"sweep", "s.textproto", "--plugin=moved.so", "--out=out"});
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_THAT(Read("out/sweep.textproto"), HasSubstr(PathOf("moved.so")));
  auto files = Experiments("out");
  // The first experiment was already complete.
  const std::string first = "000-width=3/experiment.textproto";
  EXPECT_THAT(files[first], HasSubstr(PathOf("my.so")));
  auto fresh = expected();
  files.erase(first);
  fresh.erase(first);
  EXPECT_TRUE(SameFiles(files, fresh));
}

TEST_F(ChangedPluginsTest, ASweepRefusesARebuiltLibraryThoughFinishedTrialsAloneMadeUseOfIt) {
  MakeUnfinishedSweep();
  const std::string hash = HashOf("my.so");
  Install(kRebuilt, "my.so");
  const std::string refusal =
      Refusal("out", absl::StrCat("with ", Described("scaled 1.0", "my.so", hash), ", now with ",
                                  Described("scaled 1.0", "my.so", HashOf("my.so"))));
  ExpectRefused({"resume", "out"}, {refusal});
  ExpectRefused({"sweep", "s.textproto", "--plugin=my.so", "--out=out"}, {refusal});
  ExpectRefused({"sweep", "s.textproto", "--plugin=my.so", "--out=out", "--shard=1/2"}, {refusal});
  // An experiment of the sweep may not continue by itself either.
  fs::remove(PathOf("out/experiments/001-width=4/provenance.json"));
  const std::string alone = "out/experiments/001-width=4";
  ExpectRefused(
      {"resume", alone},
      {Refusal(alone, absl::StrCat("with ", Described("scaled 1.0", "my.so", hash), ", now with ",
                                   Described("scaled 1.0", "my.so", HashOf("my.so"))))});

  EXPECT_EQ(Run({"resume", "out", "--allow-changed-plugins"}).exit_code, 0);
  const json provenance = Provenance("out");
  EXPECT_THAT(std::string(provenance["notes"][0]),
              StartsWith("--allow-changed-plugins: what was there was computed with plugin library "
                         "scaled 1.0 ("));
  EXPECT_EQ(provenance["earlier"][0]["plugin_libraries"][0]["sha256"], hash);
  // A change that was allowed once becomes the recorded state.
  Forget("\"label\":\"001-width=4\",\"seed\":2", "out/index.jsonl");
  fs::remove_all(PathOf("out/experiments/001-width=4/trials/2"));
  EXPECT_EQ(Run({"resume", "out"}).exit_code, 0);
}

TEST_F(ChangedPluginsTest, ShardsOfOneSweepUseTheSameLibrary) {
  WriteSweep();
  ASSERT_EQ(Run({"sweep", "s.textproto", "--plugin=my.so", "--out=out", "--shard=0/2"}).exit_code,
            0);
  Install(kNewer, "my.so");
  ExpectRefusal({"sweep", "s.textproto", "--plugin=my.so", "--out=out", "--shard=1/2"},
                StartsWith("didact: out: was computed with plugin library scaled 1.0 ("));
  // The same library is accepted at another path.
  Install(kOld, "copy.so");
  EXPECT_EQ(Run({"sweep", "s.textproto", "--plugin=copy.so", "--out=out", "--shard=1/2"}).exit_code,
            0);
}

TEST_F(ChangedPluginsTest, ProcessesOfOneSweepUseTheSameLibrary) {
  WriteSweep();
  Install(kNewer, "newer.so");
  const ToolResult result =
      RunTool({"sweep", "s.textproto", "--out=out"}, folder(), MpirunEnvironment(),
              MpirunOfTwo("--plugin=my.so", "--plugin=newer.so"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(
      result.standard_error,
      HasSubstr(absl::StrCat("didact: out: all processes must have the same plugin "
                             "libraries, scaled 1.0 with SHA-256 ",
                             HashOf("my.so"), "; process rank-1 has scaled 2.0 with SHA-256 ",
                             HashOf("newer.so"))));
  EXPECT_FALSE(fs::exists(PathOf("out")));
}

// Checkpoints record the libraries too, independently of provenance.
class ChangedPluginsInterruptedTest : public ChangedPluginsTest {
 protected:
  void MakeInterruptedRun() const {
    WriteConfig({{"[didact/HalfSquaredError]", "[google.protobuf/DoubleValue]"},
                 {"epochs: 3", "epochs: 400"},
                 {"steps_per_epoch: 10 ", "steps_per_epoch: 2000 "},
                 {"metric { [didact/Specialization] {} }", ""},
                 {"first: 1 last: 2", "first: 1"}});
    RunningTool tool({"run", "e.textproto", "--plugin=my.so", "--out=out", "--quiet"}, folder());
    const auto begun = [this] {
      const std::string name = PathOf("out/trials/1/metrics.jsonl");
      return access(name.c_str(), R_OK) == 0 && Read("out/trials/1/metrics.jsonl").size() > 500;
    };
    ASSERT_TRUE(WaitUntil(begun));
    tool.Signal(SIGTERM);
    ASSERT_EQ(tool.Wait().exit_code, 3);
  }
};

TEST_F(ChangedPluginsInterruptedTest, GoesOnFromACheckpointOfAnotherLibraryOnlyWhenAllowed) {
  MakeInterruptedRun();
  const std::string hash = HashOf("my.so");
  Install(kRebuilt, "my.so");
  fs::copy(PathOf("out"), PathOf("unknown"), fs::copy_options::recursive);
  EXPECT_EQ(Run({"resume", "out", "--allow-changed-plugins", "--quiet"}).exit_code, 0);
  EXPECT_GT(Provenance("out")["trials"][0]["resumed_at"], 0);

  fs::remove(PathOf("unknown/provenance.json"));
  const std::string refusal = absl::StrCat(
      "unknown: provenance.json does not say with which plugin libraries it was computed, now with "
      "scaled 1.0 (",
      PathOf("my.so"),
      "): results could mix; if it is still the same, go on with --allow-changed-plugins");
  ExpectRefused({"resume", "unknown"}, {refusal});
  ExpectRefused({"extend", "unknown", "--set=seed.last=2"}, {refusal});
  Write("unknown/provenance.json", "{}");
  ExpectRefused({"resume", "unknown"}, {refusal});
  EXPECT_EQ(Run({"resume", "unknown", "--allow-changed-plugins", "--quiet"}).exit_code, 0);
  EXPECT_EQ(
      Provenance("unknown")["notes"],
      json({"--allow-changed-plugins: provenance.json does not say with which plugin libraries "
            "it was computed"}));
  // From now on it is recorded.
  EXPECT_EQ(Run({"extend", "unknown", "--set=name=other", "--quiet"}).exit_code, 0);
}

TEST_F(ChangedPluginsTest, ExtendSaysHowToNameTheNewPlaceOfALibraryInItsOwnWords) {
  ASSERT_EQ(Run({"run", "e.textproto", "--plugin=my.so", "--out=out"}).exit_code, 0);
  fs::rename(PathOf("my.so"), PathOf("moved.so"));
  ExpectRefused({"extend", "out", "--set=seed.last=3", "--set=name=it's"},
                {absl::StrCat("out/experiment.textproto: plugin_library[0]: ", PathOf("my.so"),
                              ": No such file or directory; if it was moved, say where it is now: "
                              "didact extend out --set=seed.last=3 '--set=name=it'\\''s' "
                              "--plugin=FILE")});
  EXPECT_EQ(Run({"extend", "out", "--set=seed.last=3", "--plugin=moved.so"}).exit_code, 0);
}

TEST_F(ChangedPluginsTest, ASweepWhoseLibraryIsUnknownIsRefused) {
  MakeUnfinishedSweep();
  fs::remove(PathOf("out/provenance.json"));
  ExpectRefusal({"resume", "out"},
                StartsWith("didact: out: provenance.json does not say with which plugin "
                           "libraries it was computed, now with scaled 1.0 ("));
  EXPECT_EQ(Run({"resume", "out", "--allow-changed-plugins"}).exit_code, 0);
}

}  // namespace
}  // namespace didact
