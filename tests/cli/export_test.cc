// Tests the output of `didact export` for runs and sweeps that are finished, interrupted or
// damaged.

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "didact/framework/io/npz.h"
#include "nlohmann/json.hpp"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr absl::string_view kSweep = R"(name: "small_sweep"
base_path: "e.textproto"
axis { field: "student.width_multiplier" value: ["1", "2"] label: ["x1", "x2"] name: "multiplier" }
axis { field: "teacher.hidden[0].activation" value: ["[didact/Relu] {}", "[didact/LeakyRelu] { negative_slope: 0.1, }"] }
)";

// Number of seeds of kSmallExperiment, and number of its evaluations.
constexpr int kSeeds = 2;
constexpr int kEvaluations = 4;

using Row = std::map<std::string, std::string>;

// Returns the records of a CSV text, parsed by the rules of RFC 4180.
std::vector<std::vector<std::string>> ParseCsv(const std::string& text) {
  std::vector<std::vector<std::string>> records(1, {""});
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      records.back().back() += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      records.back().emplace_back();
    } else if (!quoted && c == '\n') {
      records.push_back({""});
    } else {
      records.back().back() += c;
    }
  }
  EXPECT_FALSE(quoted);
  EXPECT_EQ(records.back(), std::vector<std::string>{""}) << "the last line has no end";
  records.pop_back();
  return records;
}

class ExportTest : public ToolTest {
 protected:
  ExportTest() {
    WriteConfig();
    Write("s.textproto", kSweep);
  }

  void MakeRun(const std::string& out = "out", int exit_code = 0) const {
    ASSERT_EQ(Run({"run", "e.textproto", "--out=" + out, "--quiet"}).exit_code, exit_code);
  }
  void MakeSweep(const std::string& out, std::vector<std::string> flags = {}) const {
    flags.insert(flags.begin(), {"sweep", "s.textproto", "--out=" + out, "--quiet"});
    ASSERT_EQ(Run(flags).exit_code, 0);
  }

  ToolResult Export(const std::string& directory, std::vector<std::string> flags = {}) const {
    flags.insert(flags.begin(), {"export", directory});
    return Run(flags);
  }

  // Returns the rows of an exported table. Expects no messages.
  std::vector<Row> Table(const std::string& directory, std::vector<std::string> flags = {}) const {
    flags.emplace_back("--quiet");
    const ToolResult result = Export(directory, flags);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.standard_error, "");
    return Rows(result.standard_output);
  }

  static std::vector<Row> Rows(const std::string& csv) {
    const auto records = ParseCsv(csv);
    std::vector<Row> rows;
    for (size_t r = 1; r < records.size(); ++r) {
      EXPECT_EQ(records[r].size(), records[0].size());
      Row& row = rows.emplace_back();
      for (size_t c = 0; c < records[r].size(); ++c) row[records[0][c]] = records[r][c];
    }
    return rows;
  }

  std::vector<json> JsonLines(const std::string& text) const {
    std::vector<json> lines;
    for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      lines.push_back(json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false));
      EXPECT_TRUE(lines.back().is_object()) << line;
    }
    return lines;
  }

  NpzReader Archive(const std::string& name) const {
    absl::StatusOr<NpzReader> archive = NpzReader::Open(PathOf(name));
    EXPECT_TRUE(archive.ok()) << archive.status();
    return *std::move(archive);
  }

  // Returns the lines of a trial's metrics.jsonl.
  std::vector<json> Metrics(const std::string& trial) const {
    return JsonLines(Read(trial + "/metrics.jsonl"));
  }

  bool Exists(const std::string& name) const { return std::filesystem::exists(PathOf(name)); }
};

// Expects a cell to contain a number of metrics.jsonl.
void ExpectCell(const std::string& cell, const json& number, const std::string& key) {
  if (number.is_number_float()) {
    EXPECT_EQ(std::stod(cell), number.get<double>()) << key;
    EXPECT_NE(cell.find_first_of(".e"), std::string::npos) << key << " reads as an integer";
  } else {
    EXPECT_EQ(cell, number.dump()) << key;
  }
}

TEST_F(ExportTest, ARunHasARowPerTrialAndEvaluation) {
  MakeRun();
  const std::vector<Row> rows = Table("out");
  ASSERT_EQ(rows.size(), kSeeds * kEvaluations);
  for (int seed = 1; seed <= kSeeds; ++seed) {
    const std::vector<json> metrics = Metrics(absl::StrCat("out/trials/", seed));
    ASSERT_EQ(metrics.size(), kEvaluations);
    for (int e = 0; e < kEvaluations; ++e) {
      const Row& row = rows[(seed - 1) * kEvaluations + e];
      EXPECT_EQ(row.at("experiment"), "small");
      EXPECT_EQ(row.at("seed"), absl::StrCat(seed));
      EXPECT_EQ(row.at("status"), "finished");
      EXPECT_EQ(row.size(), metrics[e].size() + 3);
      for (const auto& [key, number] : metrics[e].items()) ExpectCell(row.at(key), number, key);
    }
  }
}

TEST_F(ExportTest, ColumnsHaveAnOrder) {
  MakeRun();
  const ToolResult result = Export("out");
  EXPECT_THAT(result.standard_output,
              StartsWith("experiment,seed,status,epoch,step,train.loss,train.mse,"
                         "train.specialization.layer0.mean_best,"));
  EXPECT_EQ(result.standard_error, "");
}

TEST_F(ExportTest, ASweepHasAColumnPerAxisAndAnotherForItsLabels) {
  MakeSweep("sweep");
  const std::string text = Export("sweep").standard_output;
  EXPECT_THAT(text, StartsWith("experiment,multiplier,multiplier.label,activation,seed,status,"));
  EXPECT_THAT(text, HasSubstr("\n003-x2_activation=didact_LeakyRelu_negative_slope_0.1,2,x2,"
                              "\"[didact/LeakyRelu] { negative_slope: 0.1, }\",2,finished,2,30,"));
  const std::vector<Row> rows = Rows(text);
  ASSERT_EQ(rows.size(), 4 * kSeeds * kEvaluations);
  for (size_t r = 0; r < rows.size(); ++r) {
    const size_t experiment = r / (kSeeds * kEvaluations);
    EXPECT_THAT(rows[r].at("experiment"), StartsWith(absl::StrCat("00", experiment, "-")));
    EXPECT_EQ(rows[r].at("multiplier"), experiment < 2 ? "1" : "2");
    EXPECT_EQ(rows[r].at("multiplier.label"), experiment < 2 ? "x1" : "x2");
    EXPECT_EQ(rows[r].at("seed"), absl::StrCat(1 + r / kEvaluations % kSeeds));
    EXPECT_EQ(rows[r].at("epoch"), absl::StrCat(static_cast<int>(r % kEvaluations) - 1));
  }
}

TEST_F(ExportTest, JsonLinesAreTheSameTable) {
  MakeSweep("sweep");
  const std::vector<Row> rows = Table("sweep");
  const std::vector<json> lines = JsonLines(Export("sweep", {"--format=jsonl"}).standard_output);
  ASSERT_EQ(lines.size(), rows.size());
  for (size_t r = 0; r < rows.size(); ++r) {
    EXPECT_EQ(lines[r].size(), rows[r].size());
    for (const auto& [key, value] : lines[r].items()) {
      if (value.is_string()) {
        EXPECT_EQ(rows[r].at(key), value.get<std::string>());
      } else {
        EXPECT_EQ(json::parse(rows[r].at(key)), value);
      }
    }
    EXPECT_TRUE(lines[r]["multiplier"].is_number_integer());
    EXPECT_TRUE(lines[r]["activation"].is_string());
  }
}

TEST_F(ExportTest, ThreadsAndShardsChangeNoByte) {
  MakeSweep("one", {"--threads=1"});
  MakeSweep("shards", {"--shard=1/2"});
  MakeSweep("shards", {"--shard=2/2"});
  for (const std::string format : {"csv", "jsonl"}) {
    const std::string table = Export("one", {"--format=" + format}).standard_output;
    EXPECT_EQ(Export("shards", {"--format=" + format}).standard_output, table);
    ASSERT_EQ(Export("one", {"--format=" + format, "--out=table"}).exit_code, 0);
    EXPECT_EQ(Read("table"), table);
    std::filesystem::remove(PathOf("table"));
  }
  ASSERT_EQ(Export("one", {"--format=npz", "--out=arrays"}).exit_code, 0);
  ASSERT_EQ(Export("shards", {"--format=npz", "--out=same"}).exit_code, 0);
  EXPECT_TRUE(Contents("same") == Contents("arrays"));
}

TEST_F(ExportTest, LastLeavesOneRowPerTrial) {
  MakeRun();
  const std::vector<Row> rows = Table("out", {"--last"});
  ASSERT_EQ(rows.size(), kSeeds);
  EXPECT_EQ(rows[1], Table("out").back());
}

TEST_F(ExportTest, MetricsCanBeChosen) {
  MakeRun();
  const std::string text =
      Export("out", {"--metric=eval.loss", "--metric=*.found_0.9*", "--last"}).standard_output;
  EXPECT_THAT(text, StartsWith("experiment,seed,status,epoch,step,"
                               "train.specialization.layer0.found_0.9,"
                               "train.specialization.layer0.found_0.95,eval.loss,"
                               "eval.specialization.layer0.found_0.9,"
                               "eval.specialization.layer0.found_0.95\n"));
  ExpectRefusal(
      {"export", "out", "--metric=los"},
      StartsWith("didact: no metric is called \"los\"; there are: eval.loss, eval.mse, "));
  ExpectRefusal({"export", "out", "--metric=los", "--format=npz", "--out=arrays"},
                StartsWith("didact: no metric is called \"los\"; there are: "
                           "eval.fan_out_norm.layer0, eval.loss, "));
}

TEST_F(ExportTest, ArraysAreStackedOverSeeds) {
  MakeSweep("sweep");
  const ToolResult result = Export("sweep", {"--format=npz", "--out=arrays"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_output + result.standard_error, "");
  const json manifest = json::parse(Read("arrays/manifest.json"));
  EXPECT_EQ(manifest["name"], "small_sweep");
  ASSERT_EQ(manifest["experiments"].size(), 4);
  EXPECT_EQ(Contents("arrays").size(), 5);
  const json& entry = manifest["experiments"][3];
  EXPECT_EQ(entry["axes"]["multiplier"], 2);
  EXPECT_EQ(entry["seeds"], json({{"first", 1}, {"last", 2}, {"count", 2}}));
  EXPECT_EQ(entry["epochs"], json({-1, 0, 1, 2}));
  const std::string file = entry["file"];
  const NpzReader archive = Archive("arrays/" + file);
  EXPECT_EQ(archive.names().size(), entry["arrays"].size());
  for (const auto& [name, description] : entry["arrays"].items()) {
    if (name == "status") continue;  // text, which the reader refuses
    const absl::StatusOr<NpyArray> array = archive.Read(name);
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_EQ(json(array->shape), description["shape"]) << name;
    EXPECT_EQ(std::string(NpyElementName(array->element)), description["dtype"].get<std::string>())
        << name;
  }
  EXPECT_THAT(*archive.Read("seed")->ReadAs<int64_t>(), ElementsAre(1, 2));
  EXPECT_THAT(*archive.Read("evaluations")->ReadAs<int64_t>(), ElementsAre(4, 4));
  EXPECT_THAT(*archive.Read("epoch")->ReadAs<int64_t>(), ElementsAre(-1, 0, 1, 2));
  EXPECT_THAT(*archive.Read("array_epoch")->ReadAs<int64_t>(), ElementsAre(-1, 2));
  const std::vector<double> loss = *archive.Read("eval.loss")->ReadAs<double>();
  const NpyArray correlation = *archive.Read("eval.specialization.layer0.correlation");
  EXPECT_THAT(correlation.shape, ElementsAre(2, 2, 4, 8));
  std::string trials;
  for (const char* seed : {"1", "2"}) {
    const std::string trial =
        absl::StrCat("sweep/experiments/", entry["label"].get<std::string>(), "/trials/", seed);
    const std::vector<json> metrics = Metrics(trial);
    for (int e = 0; e < kEvaluations; ++e) {
      EXPECT_EQ(loss[(*seed - '1') * kEvaluations + e], metrics[e]["eval.loss"].get<double>());
    }
    for (const char* epoch : {"-001", "0002"}) {
      trials += Archive(absl::StrCat(trial, "/arrays/epoch_", epoch, ".npz"))
                    .Read("eval.specialization.layer0.correlation")
                    ->bytes;
    }
  }
  EXPECT_TRUE(correlation.bytes == trials);
}

TEST_F(ExportTest, DivergedTrialsAreThereAsFarAsTheyGot) {
  WriteConfig({{"value: 0.05", "value: 1e30"}});
  MakeRun("out", 1);
  const std::vector<Row> rows = Table("out");
  ASSERT_EQ(rows.size(), kSeeds);
  for (const Row& row : rows) EXPECT_EQ(row.at("status"), "diverged");
  EXPECT_EQ(Export("out").standard_error,
            "didact: note: 2 of 2 trials have not finished: 2 diverged\n");
}

TEST_F(ExportTest, ShorterTrialsAreFilledUp) {
  MakeRun();
  // The files are left as if the second seed had been killed in its second epoch.
  const std::string text = Read("out/trials/2/metrics.jsonl");
  const size_t second_line = text.find('\n', text.find('\n') + 1) + 1;
  Write("out/trials/2/metrics.jsonl", text.substr(0, second_line + 20));
  std::filesystem::remove(PathOf("out/trials/2/outcome.json"));
  std::filesystem::remove(PathOf("out/trials/2/arrays/epoch_0002.npz"));

  const std::vector<Row> rows = Table("out");
  ASSERT_EQ(rows.size(), kEvaluations + 2);
  EXPECT_EQ(rows.back().at("status"), "unfinished");
  EXPECT_EQ(rows.back().at("epoch"), "0");

  ASSERT_EQ(Export("out", {"--format=npz", "--out=arrays"}).exit_code, 0);
  const NpzReader archive = Archive("arrays/small.npz");
  EXPECT_THAT(*archive.Read("evaluations")->ReadAs<int64_t>(), ElementsAre(4, 2));
  EXPECT_THAT(*archive.Read("step")->ReadAs<int64_t>(), ElementsAre(0, 10, 20, 30, 0, 10, -1, -1));
  const std::vector<double> loss = *archive.Read("eval.loss")->ReadAs<double>();
  EXPECT_FALSE(std::isnan(loss[5]));
  EXPECT_TRUE(std::isnan(loss[6]) && std::isnan(loss[7]));
  const std::vector<int64_t> found =
      *archive.Read("eval.specialization.layer0.found_0.5")->ReadAs<int64_t>();
  EXPECT_GE(found[5], 0);
  EXPECT_EQ(found[6], -1);
  const std::vector<double> norms =
      *archive.Read("eval.fan_out_norm.layer0")->ReadAs<double>();  // [2, 2, 8]
  ASSERT_EQ(norms.size(), 32);
  EXPECT_FALSE(std::isnan(norms[16]));
  EXPECT_TRUE(std::isnan(norms[24]) && std::isnan(norms[31]));
}

TEST_F(ExportTest, WhatHasNotBegunIsCountedAndLeftOut) {
  MakeSweep("sweep", {"--shard=1/3"});  // 3 of 8 trials
  std::filesystem::remove_all(PathOf("sweep/experiments/000-x1_activation=didact_Relu"));
  const ToolResult result = Export("sweep", {"--last"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.standard_error, HasSubstr(" have left no files\n"));
  EXPECT_THAT(result.standard_error, HasSubstr(" not begun"));
  for (const Row& row : Rows(result.standard_output)) EXPECT_EQ(row.at("status"), "finished");
}

TEST_F(ExportTest, ATrialThatFailedBeforeItsFirstEvaluationHasARow) {
  MakeRun();
  std::filesystem::remove_all(PathOf("out/trials/1"));
  json provenance = json::parse(Read("out/provenance.json"));
  ASSERT_EQ(provenance["trials"][0]["seed"], 1);
  provenance["trials"][0]["status"] = "failed";
  Write("out/provenance.json", provenance.dump());
  const std::vector<Row> rows = Table("out");
  ASSERT_EQ(rows.size(), 1 + kEvaluations);
  EXPECT_EQ(rows[0].at("status"), "failed");
  EXPECT_EQ(rows[0].at("epoch"), "");
  EXPECT_EQ(rows[0].at("eval.loss"), "");
  const std::vector<json> lines = JsonLines(Export("out", {"--format=jsonl"}).standard_output);
  EXPECT_EQ(lines[0], json({{"experiment", "small"}, {"seed", 1}, {"status", "failed"}}));
}

TEST_F(ExportTest, DamageIsNamedAndCostsNoOtherTrial) {
  MakeRun();
  const std::vector<Row> whole = Table("out");
  std::string text = Read("out/trials/1/metrics.jsonl");
  const size_t third_line = text.find('\n', text.find('\n') + 1) + 1;
  text[third_line + 1] = '\'';
  Write("out/trials/1/metrics.jsonl", text);
  const ToolResult result = Export("out");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.standard_error,
            "didact: out/trials/1/metrics.jsonl:3: is no JSON from byte 2 on\n"
            "didact: note: 1 of 2 trials have not finished: 1 damaged\n");
  std::vector<Row> rows = Rows(result.standard_output);
  ASSERT_EQ(rows.size(), 2 + kEvaluations);
  for (size_t r = 0; r < 2; ++r) EXPECT_EQ(rows[r].at("status"), "damaged");
  EXPECT_EQ(rows[0].at("eval.loss"), whole[0].at("eval.loss"));
  EXPECT_TRUE(std::equal(rows.begin() + 2, rows.end(), whole.begin() + kEvaluations));
  // The same holds for arrays, of which only the second seed's are complete.
  EXPECT_EQ(Export("out", {"--format=npz", "--out=arrays"}).exit_code, 1);
  EXPECT_THAT(*Archive("arrays/small.npz").Read("evaluations")->ReadAs<int64_t>(),
              ElementsAre(2, 4));
}

TEST_F(ExportTest, NoticesWhatIsMissingOfATrialThatHasEnded) {
  MakeRun();
  const std::string text = Read("out/trials/1/metrics.jsonl");
  const auto message = [this](const std::string& bytes) {
    Write("out/trials/1/metrics.jsonl", bytes);
    return Export("out", {"--quiet"}).standard_error;
  };
  const std::string file = "didact: out/trials/1/metrics.jsonl: ";
  EXPECT_EQ(message(text.substr(0, text.size() - 9)), file + "ends in the middle of a line\n");
  EXPECT_EQ(message(text.substr(0, text.find('\n') + 1)),
            file + "ends at step 0, but the trial at step 30\n");
  EXPECT_EQ(message(""), file + "has no evaluations\n");
  std::filesystem::remove(PathOf("out/trials/1/metrics.jsonl"));
  EXPECT_EQ(Export("out", {"--quiet"}).standard_error,
            "didact: out/trials/1/metrics.jsonl: cannot be opened: No such file or directory\n");
  Write("out/trials/1/metrics.jsonl", text);
  Write("out/trials/1/outcome.json", "{}");
  EXPECT_EQ(Export("out", {"--quiet"}).standard_error,
            "didact: out/trials/1/outcome.json: is damaged\n");
}

TEST_F(ExportTest, NoticesDamagedArrays) {
  MakeRun();
  std::string bytes = Read("out/trials/1/arrays/epoch_0002.npz");
  // The first element of the first array is damaged: headers of NumPy files end at a multiple of 64
  // bytes.
  const size_t array = bytes.find("\x93NUMPY");
  ASSERT_NE(array, std::string::npos);
  bytes[array + 128] ^= 1;
  Write("out/trials/1/arrays/epoch_0002.npz", bytes);
  const ToolResult result = Export("out", {"--format=npz", "--out=arrays"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.standard_error, StartsWith("didact: out/trials/1/arrays/epoch_0002.npz: "));
  EXPECT_THAT(result.standard_error, HasSubstr("their checksum is wrong\n"));
  EXPECT_TRUE(Exists("arrays/manifest.json"));
  // A table does not need the arrays.
  EXPECT_EQ(Export("out").exit_code, 0);
}

TEST_F(ExportTest, RefusesWhatIsThereUnlessForced) {
  MakeRun();
  Write("table.csv", "mine");
  ExpectRefused({"export", "out", "--out=table.csv"},
                {"table.csv: is there already; choose another with --out=FILE, or replace it with "
                 "--force"});
  EXPECT_EQ(Export("out", {"--out=table.csv", "--force"}).exit_code, 0);
  EXPECT_EQ(Read("table.csv"), Export("out").standard_output);

  ASSERT_EQ(Export("out", {"--format=npz", "--out=arrays"}).exit_code, 0);
  const auto arrays = Contents("arrays");
  ExpectRefused({"export", "out", "--format=npz", "--out=arrays"},
                {"arrays: holds an export; choose another with --out=DIR, or replace it with "
                 "--force"});
  Write("arrays/older.npz", "");
  EXPECT_EQ(Export("out", {"--format=npz", "--out=arrays/", "--force"}).exit_code, 0);
  EXPECT_TRUE(Contents("arrays") == arrays);
  // A folder that is not an export must not be replaced.
  ExpectRefused({"export", "out", "--format=npz", "--out=out", "--force"},
                {"out: is not empty and no export; choose another with --out=DIR"});
}

TEST_F(ExportTest, RefusesWrongRequests) {
  MakeRun();
  ExpectRefused({"export", "nowhere"}, {"nowhere: does not exist"});
  ExpectRefused({"export", "e.textproto"},
                {"e.textproto: is a file, the folder of a run or sweep is wanted"});
  ExpectRefused({"export", "out/trials"},
                {"out/trials: is not the directory of a run or a sweep: there is neither "
                 "experiment.textproto nor sweep.textproto in it"});
  ExpectRefused({"export", "out", "--format=xml"},
                {"--format: must be csv, jsonl or npz, got \"xml\""});
  ExpectRefused({"export", "out", "--format=npz"}, {"--out: must be a folder for --format=npz"});
  ExpectRefusal({"export", "out", "--format=npz", "--out=arrays", "--last"},
                StartsWith("didact: --last: must not be given with --format=npz"));
  ExpectRefused({"export", "out", "--format=npz", "--out=no/arrays"},
                {"no: is no folder; no/arrays is to be in it"});
  ExpectRefused({"export", "out", "--out=no/table.csv"},
                {"no/table.csv: cannot be created: No such file or directory"});
  ExpectRefusal({"export"}, StartsWith("didact: DIR is required\n"));
  ExpectRefusal({"export", "out", "--out", ""},
                StartsWith("didact: --out: must be a file or folder, got nothing\n"));
}

TEST_F(ExportTest, RefusesDamagedConfigs) {
  MakeRun();
  MakeSweep("sweep");
  Write("out/experiment.textproto", "name: 5");
  ExpectRefusal({"export", "out"},
                StartsWith("didact: out/experiment.textproto:1:7: Expected string, got: 5"));
  Write("out/experiment.textproto", "seed { first: 2 last: 1 }");
  ExpectRefused({"export", "out"},
                {"out/experiment.textproto: seed.last: must be >= first, which is 2, "
                 "got 1"});
  // The other experiments of a sweep are exported.
  Write("sweep/experiments/000-x1_activation=didact_Relu/experiment.textproto", "{");
  const ToolResult result = Export("sweep", {"--last"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.standard_error,
              StartsWith("didact: sweep/experiments/000-x1_activation=didact_Relu/"
                         "experiment.textproto:1:1: "));
  EXPECT_EQ(Rows(result.standard_output).size(), 3 * kSeeds);
  Write("sweep/sweep.textproto", "axis { }");
  ExpectRefused({"export", "sweep"},
                {"sweep/sweep.textproto: axis[0]: must have a field and values"});
  Write("sweep/sweep.textproto", "axis { field: \"a\" value: \"1\" value: \"1\" }");
  ExpectRefusal({"export", "sweep"},
                StartsWith("didact: sweep/sweep.textproto:1:37: axis[0].value[1]: must not be "));
}

TEST_F(ExportTest, NeedsNoPlugin) {
  MakeRun();
  std::string text = Read("out/experiment.textproto");
  const size_t place = text.find("didact.Sgd");
  ASSERT_NE(place, std::string::npos);
  Write("out/experiment.textproto", text.replace(place, 10, "mine.Sgd"));
  EXPECT_EQ(Table("out").size(), kSeeds * kEvaluations);
}

// A limit on the size of files simulates a full disk.
class FullDiskTest : public ExportTest {
 protected:
  ToolResult ExportLimited(std::vector<std::string> flags, rlim_t bytes) const {
    rlimit limit;
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    rlimit lower = limit;
    lower.rlim_cur = bytes;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &lower), 0);
    flags.insert(flags.begin(), {"export", "out"});
    RunningTool tool(flags, folder());
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    return tool.Wait();
  }
};

TEST_F(FullDiskTest, LeavesNothingHalfDone) {
  MakeRun();
  ASSERT_EQ(Export("out", {"--out=old.csv"}).exit_code, 0);
  ASSERT_EQ(Export("out", {"--format=npz", "--out=old"}).exit_code, 0);
  const auto before = Contents();
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--out=new.csv"}, "new.csv: cannot be written: File too large"},
      {{"--out=old.csv", "--force"}, "old.csv: cannot be written: File too large"},
      {{"--format=npz", "--out=new"}, "small.npz: cannot be written: File too large"},
      {{"--format=npz", "--out=old", "--force"}, "small.npz: cannot be written: File too large"},
      {{}, "standard output: cannot be written: File too large"}};
  for (const auto& [flags, problem] : cases) {
    const ToolResult result = ExportLimited(flags, 1000);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.standard_error, HasSubstr(problem));
    EXPECT_TRUE(Contents() == before);
  }
}

}  // namespace
}  // namespace didact
