// Values that an evaluation lacks are empty in tables and archives, even if the previous evaluation
// had them; and a metric that is an integer in some evaluations and a float in others keeps its
// values.

#include <atomic>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/export/export.h"
#include "didact/framework/export/metric_filter.h"
#include "didact/framework/export/survey.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npz.h"
#include "nlohmann/json.hpp"
#include "tests/base/test_files.h"
#include "tests/export/result_tree.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::IsNan;

// A sweep of two experiments with three seeds each, whose evaluations have different metrics.
class MissingCellsTest : public testing::Test {
 protected:
  MissingCellsTest()
      : folder_(ScratchPath(testing::UnitTest::GetInstance()->current_test_info()->name())) {
    WriteTreeFile(folder_ + "/sweep.textproto",
                  "name: \"tree\" base { } axis { field: \"student.width\" value: \"1\" value: "
                  "\"2\" }\n");
    for (const char* experiment : {"000-width=1", "001-width=2"}) {
      WriteTreeFile(absl::StrCat(folder_, "/experiments/", experiment, "/experiment.textproto"),
                    "name: \"tree\" seed { first: 1 last: 3 }\n");
    }
    WriteTrial("000-width=1", 1, 20,
               R"({"epoch":-1,"step":0,"train.loss":1.5,"train.mse":2.5,"eval.found":3}
{"epoch":0,"step":10,"eval.found":4}
{"epoch":1,"step":20,"eval.late":7,"train.mse":null}
)");
    WriteTrial("000-width=1", 2, 10, R"({"epoch":-1,"step":0}
{"epoch":0,"step":10,"train.mse":0.25}
)");
    // This trial was interrupted before its first evaluation.
    WriteTreeFile(folder_ + "/experiments/000-width=1/trials/3/metrics.jsonl", "");
    WriteTrial("001-width=2", 1, 10, R"({"epoch":-1,"step":0,"eval.found":3.5,"eval.late":8}
{"epoch":0,"step":10,"eval.late":0.125}
)");
    WriteTrial("001-width=2", 2, 10, R"({"epoch":-1,"step":0,"eval.found":5}
{"epoch":0,"step":10,"eval.found":6.0,"train.loss":1e-3}
)");
    WriteTrial("001-width=2", 3, 0, R"({"epoch":-1,"step":0}
)");
  }

  // Writes a trial that finished after `steps` steps.
  void WriteTrial(const std::string& experiment, int seed, int steps, const std::string& metrics) {
    const std::string trial = absl::StrCat(folder_, "/experiments/", experiment, "/trials/", seed);
    WriteTreeFile(trial + "/metrics.jsonl", metrics);
    WriteTreeFile(
        trial + "/outcome.json",
        absl::StrCat("{\"status\":\"finished\",\"steps\":", steps, ",\"evaluation\":{}}\n"));
  }

  // Returns the exported text; for arrays, the path of the folder.
  std::string Exported(ExportFormat format, bool last = false) {
    ExportOptions options;
    options.directory = folder_;
    options.format = format;
    options.last = last;
    options.out = folder_ + "-exported";
    options.force = true;
    const std::atomic<bool> stop = false;
    const absl::StatusOr<ExportReport> report = Export(options, stop);
    EXPECT_THAT(report.status(), IsOk());
    return format == ExportFormat::kNpz ? options.out : ReadFile(options.out).value();
  }

  std::string folder_;
};

TEST_F(MissingCellsTest, AreEmptyInCsv) {
  EXPECT_EQ(Exported(ExportFormat::kCsv),
            R"(experiment,width,seed,status,epoch,step,train.loss,train.mse,eval.found,eval.late
000-width=1,1,1,finished,-1,0,1.5,2.5,3,
000-width=1,1,1,finished,0,10,,,4,
000-width=1,1,1,finished,1,20,,nan,,7
000-width=1,1,2,finished,-1,0,,,,
000-width=1,1,2,finished,0,10,,0.25,,
000-width=1,1,3,unfinished,,,,,,
001-width=2,2,1,finished,-1,0,,,3.5,8
001-width=2,2,1,finished,0,10,,,,0.125
001-width=2,2,2,finished,-1,0,,,5,
001-width=2,2,2,finished,0,10,1e-3,,6.0,
001-width=2,2,3,finished,-1,0,,,,
)");
}

TEST_F(MissingCellsTest, AreNoMembersInJsonLines) {
  EXPECT_EQ(
      Exported(ExportFormat::kJsonLines),
      R"({"experiment":"000-width=1","width":1,"seed":1,"status":"finished","epoch":-1,"step":0,"train.loss":1.5,"train.mse":2.5,"eval.found":3}
{"experiment":"000-width=1","width":1,"seed":1,"status":"finished","epoch":0,"step":10,"eval.found":4}
{"experiment":"000-width=1","width":1,"seed":1,"status":"finished","epoch":1,"step":20,"train.mse":null,"eval.late":7}
{"experiment":"000-width=1","width":1,"seed":2,"status":"finished","epoch":-1,"step":0}
{"experiment":"000-width=1","width":1,"seed":2,"status":"finished","epoch":0,"step":10,"train.mse":0.25}
{"experiment":"000-width=1","width":1,"seed":3,"status":"unfinished"}
{"experiment":"001-width=2","width":2,"seed":1,"status":"finished","epoch":-1,"step":0,"eval.found":3.5,"eval.late":8}
{"experiment":"001-width=2","width":2,"seed":1,"status":"finished","epoch":0,"step":10,"eval.late":0.125}
{"experiment":"001-width=2","width":2,"seed":2,"status":"finished","epoch":-1,"step":0,"eval.found":5}
{"experiment":"001-width=2","width":2,"seed":2,"status":"finished","epoch":0,"step":10,"train.loss":1e-3,"eval.found":6.0}
{"experiment":"001-width=2","width":2,"seed":3,"status":"finished","epoch":-1,"step":0}
)");
}

// Metrics that no last evaluation has get no column.
TEST_F(MissingCellsTest, AreEmptyInATableOfLastEvaluations) {
  EXPECT_EQ(Exported(ExportFormat::kCsv, /*last=*/true),
            R"(experiment,width,seed,status,epoch,step,eval.late,train.mse,eval.found,train.loss
000-width=1,1,1,finished,1,20,7,nan,,
000-width=1,1,2,finished,0,10,,0.25,,
000-width=1,1,3,unfinished,,,,,,
001-width=2,2,1,finished,0,10,0.125,,,
001-width=2,2,2,finished,0,10,,,6.0,1e-3
001-width=2,2,3,finished,-1,0,,,,
)");
}

TEST_F(MissingCellsTest, AreNanOrMinusOneInArchives) {
  const std::string folder = Exported(ExportFormat::kNpz);
  const NpzReader first = NpzReader::Open(folder + "/000-width=1.npz").value();
  // Arrays are [seed, epoch], with three seeds and the epochs -1, 0 and 1.
  const auto integers = [](const NpzReader& archive, const std::string& name) {
    const NpyArray array = archive.Read(name).value();
    EXPECT_EQ(array.element, NpyElement::kInt64) << name;
    return array.ReadAs<int64_t>().value();
  };
  const auto floats = [](const NpzReader& archive, const std::string& name) {
    const NpyArray array = archive.Read(name).value();
    EXPECT_EQ(array.element, NpyElement::kFloat64) << name;
    return array.ReadAs<double>().value();
  };
  EXPECT_THAT(integers(first, "evaluations"), ElementsAre(3, 2, 0));
  EXPECT_THAT(integers(first, "step"), ElementsAre(0, 10, 20, 0, 10, -1, -1, -1, -1));
  EXPECT_THAT(integers(first, "eval.found"), ElementsAre(3, 4, -1, -1, -1, -1, -1, -1, -1));
  EXPECT_THAT(integers(first, "eval.late"), ElementsAre(-1, -1, 7, -1, -1, -1, -1, -1, -1));
  EXPECT_THAT(floats(first, "train.loss"), ElementsAre(1.5, IsNan(), IsNan(), IsNan(), IsNan(),
                                                       IsNan(), IsNan(), IsNan(), IsNan()));
  EXPECT_THAT(floats(first, "train.mse"), ElementsAre(2.5, IsNan(), IsNan(), IsNan(), 0.25, IsNan(),
                                                      IsNan(), IsNan(), IsNan()));

  // Each metric has one number here that is not an integer, so that none is stored as integers.
  const NpzReader second = NpzReader::Open(folder + "/001-width=2.npz").value();
  EXPECT_THAT(integers(second, "step"), ElementsAre(0, 10, 0, 10, 0, -1));
  EXPECT_THAT(floats(second, "eval.found"), ElementsAre(3.5, IsNan(), 5, 6, IsNan(), IsNan()));
  EXPECT_THAT(floats(second, "eval.late"),
              ElementsAre(8, 0.125, IsNan(), IsNan(), IsNan(), IsNan()));
  EXPECT_THAT(floats(second, "train.loss"),
              ElementsAre(IsNan(), IsNan(), IsNan(), 1e-3, IsNan(), IsNan()));
  EXPECT_FALSE(second.Has("train.mse"));

  const nlohmann::json manifest =
      nlohmann::json::parse(ReadFile(folder + "/manifest.json").value());
  const auto type = [&](int experiment, const char* metric) {
    return manifest["experiments"][experiment]["arrays"][metric]["dtype"].get<std::string>();
  };
  EXPECT_EQ(type(0, "eval.found"), "int64");
  EXPECT_EQ(type(1, "eval.found"), "float64");
  EXPECT_EQ(type(0, "eval.late"), "int64");
  EXPECT_EQ(type(1, "eval.late"), "float64");
}

// A column of several experiments has integers only if all numbers of all experiments are integers.
TEST(MetricColumns, AreIntegersWhereAllNumbersOfAllExperimentsAre) {
  MetricFilter filter({});
  const auto columns = [&](bool a, bool b) {
    MetricColumns of_experiment;
    of_experiment.Add("a", a, filter);
    of_experiment.Add("b", b, filter);
    return of_experiment;
  };
  MetricColumns all;
  all.Add(columns(true, true));
  all.Add(columns(true, false));
  all.Add(columns(true, true));
  ASSERT_EQ(all.list().size(), 2);
  EXPECT_TRUE(all.list()[0].is_integer);
  EXPECT_FALSE(all.list()[1].is_integer);
  // The same rule applies within one experiment, in any order of the numbers.
  MetricColumns mixed;
  for (const bool is_integer : {true, false, true}) mixed.Add("c", is_integer, filter);
  for (const bool is_integer : {false, true}) mixed.Add("d", is_integer, filter);
  EXPECT_FALSE(mixed.list()[0].is_integer);
  EXPECT_FALSE(mixed.list()[1].is_integer);
}

}  // namespace
}  // namespace didact
