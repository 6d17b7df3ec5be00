// Tables, exports and the manual show a metric of a plugin library, and thresholds other than the
// default.

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr absl::string_view kSweep = R"(name: "small_sweep"
base_path: "e.textproto"
axis { field: "student.width_multiplier" value: ["1", "2"] name: "multiplier" }
)";

class ForeignMetricTest : public ToolTest {
 protected:
  // Writes kSmallExperiment, which has Loss and Specialization, with one more metric.
  void WriteFiles(absl::string_view metric) const {
    Write("e.textproto", absl::StrCat(SmallExperiment(), metric, "\n"));
    Write("s.textproto", kSweep);
  }

  ToolResult Sweep(std::vector<std::string> flags = {}) const {
    flags.insert(flags.begin(), {"sweep", "s.textproto", "--out=out"});
    ToolResult result = Run(flags);
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
    return result;
  }

  // Returns the headings of the table at the end of a sweep's output.
  static std::vector<std::string> Headings(const ToolResult& result) {
    std::istringstream text(result.standard_output.substr(result.standard_output.find("\n\n") + 2));
    std::vector<std::string> words;
    std::string line;
    std::getline(text, line);
    std::istringstream stream(line);
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
  }

  // Returns the keys of the numbers in the index, over all trials.
  std::set<std::string> IndexedKeys() const {
    std::set<std::string> keys;
    for (const absl::string_view text :
         absl::StrSplit(Read("out/index.jsonl"), '\n', absl::SkipEmpty())) {
      const json line = json::parse(text.begin(), text.end());
      if (!line.contains("numbers")) continue;
      for (const auto& [key, number] : line["numbers"].items()) keys.insert(key);
    }
    return keys;
  }

  // Returns the manifest of an export. The library is not loaded, since it may no longer exist when
  // results are read.
  json Manifest(const std::string& directory) const {
    EXPECT_EQ(Run({"export", directory, "--format=npz", "--out=arrays", "--force"}).exit_code, 0);
    return json::parse(Read("arrays/manifest.json"));
  }

  const std::string library_ = "--plugin=" + DataPath("tests/cli/libforeign_metric.so");
};

TEST_F(ForeignMetricTest, StandsInTheTableOfASweep) {
  WriteFiles("metric { [acme/Overlap] { level: 0.25 } }");
  const ToolResult result = Sweep({library_});
  // Keys with layers are printed in full, since they belong to two metrics.
  EXPECT_THAT(Headings(result), ElementsAre("experiment", "multiplier", "finished", "eval.loss",
                                            "eval.overlap.layer0.above_0.25",
                                            "eval.specialization.layer0.found_0.95"));
  EXPECT_THAT(IndexedKeys(), UnorderedElementsAre("eval.loss", "eval.overlap.layer0.above_0.25",
                                                  "eval.specialization.layer0.found_0.95"));
  // Resuming the sweep prints the same table.
  const ToolResult resumed = Run({"resume", "out"});
  EXPECT_EQ(Headings(resumed), Headings(result))
      << resumed.standard_output << resumed.standard_error;
}

TEST_F(ForeignMetricTest, IsDescribedInExportsWithoutItsLibrary) {
  WriteFiles("metric { [acme/Overlap] { level: 0.25 } }");
  Sweep({library_});
  const json manifest = Manifest("out");
  ASSERT_EQ(manifest["experiments"].size(), 2);
  for (const json& experiment : manifest["experiments"]) {
    const json& arrays = experiment["arrays"];
    EXPECT_EQ(arrays["eval.overlap.layer0.products"]["axes"],
              json({"seed", "array_epoch", "teacher", "student"}));
    EXPECT_EQ(arrays["eval.overlap.layer0.products"]["unit"], "weights^2");
    EXPECT_FALSE(arrays["eval.overlap.layer0.products"].contains("headline"));
    EXPECT_EQ(arrays["eval.overlap.layer0.above_0.25"]["axes"], json({"seed", "epoch"}));
    EXPECT_EQ(arrays["eval.overlap.layer0.above_0.25"]["unit"], "teacher nodes");
    EXPECT_EQ(arrays["eval.overlap.layer0.above_0.25"]["headline"], true);
    // Arrays of built-in metrics are described in the same way.
    EXPECT_EQ(arrays["train.specialization.layer0.count"]["axes"],
              json({"seed", "array_epoch", "threshold", "teacher"}));
    EXPECT_EQ(arrays["train.loss"]["unit"], "objective");
    EXPECT_FALSE(arrays["train.loss"].contains("headline"));
    EXPECT_EQ(arrays["eval.loss"]["headline"], true);
    for (const auto& [name, array] : arrays.items()) {
      EXPECT_EQ(array["axes"].size(), array["shape"].size()) << name;
    }
  }
}

TEST_F(ForeignMetricTest, IsDescribedInExportsOfARun) {
  WriteFiles("metric { [acme/Overlap] { level: 2 } }");
  ASSERT_EQ(Run({"run", "e.textproto", "--out=out", "--quiet", library_}).exit_code, 0);
  const json arrays = Manifest("out")["experiments"][0]["arrays"];
  EXPECT_EQ(arrays["eval.overlap.layer0.products"]["axes"],
            json({"seed", "array_epoch", "teacher", "student"}));
  EXPECT_EQ(arrays["eval.overlap.layer0.above_2"]["headline"], true);
}

// The provenance of a run may be damaged, or come from an older release that does not describe
// metrics.
TEST_F(ForeignMetricTest, ExportsDoWithoutADescription) {
  WriteFiles("metric { [acme/Overlap] { level: 2 } }");
  ASSERT_EQ(Run({"run", "e.textproto", "--out=out", "--quiet", library_}).exit_code, 0);
  for (const char* provenance :
       {"{}", "{", R"({"metrics": 3})", R"({"metrics": [{"key": 7}, [], {"axes": ["x"]}]})"}) {
    Write("out/provenance.json", provenance);
    const json arrays = Manifest("out")["experiments"][0]["arrays"];
    EXPECT_EQ(arrays["eval.overlap.layer0.products"]["axes"], json({"seed", "array_epoch"}));
    EXPECT_FALSE(arrays["eval.overlap.layer0.products"].contains("unit"));
  }
}

TEST_F(ForeignMetricTest, IsDescribedInTheManual) {
  EXPECT_THAT(
      Run({"plugins", "acme.Overlap", library_}).standard_output,
      HasSubstr(
          "\nKeys that it writes with this config; * is a whole number, such as that of a layer\n\n"
          "  overlap.layer0.above_0.5  number, unit: teacher nodes, headline\n"
          "  overlap.layer0.products   array [teacher, student], unit: weights^2\n"));
}

TEST_F(ForeignMetricTest, PassesTheSelftest) {
  const ToolResult result = Run({"selftest", library_});
  EXPECT_EQ(result.exit_code, 0) << result.standard_output << result.standard_error;
}

// Each experiment has the headline of its own thresholds.
TEST_F(ForeignMetricTest, ThresholdsOtherThanTheDefaultStandInTheTable) {
  Write("e.textproto", SmallExperiment());
  Write("s.textproto", absl::StrCat(kSweep, R"(
point { label: "loose" set: "metric[1].threshold=[0.6, 0.3]" }
)"));
  ASSERT_THAT(SmallExperiment(), HasSubstr("metric { [didact/Specialization]"));
  const ToolResult result = Sweep();
  EXPECT_THAT(IndexedKeys(),
              UnorderedElementsAre("eval.loss", "eval.specialization.layer0.found_0.6",
                                   "eval.specialization.layer0.found_0.95"));
  EXPECT_THAT(result.standard_output, HasSubstr("eval.loss  found_0.6  found_0.95\n"));
}

}  // namespace
}  // namespace didact
