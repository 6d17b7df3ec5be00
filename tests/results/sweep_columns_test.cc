#include "didact/framework/results/sweep_columns.h"

#include <string>
#include <vector>

#include "didact/framework/sweep/sweep_places.h"
#include "google/protobuf/text_format.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::ElementsAre;

Sweep Parse(const std::string& text) {
  Sweep sweep;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &sweep));
  return sweep;
}

std::vector<std::string> Names(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const SweepColumn& column : SweepColumns(sweep)) names.push_back(column.name);
  return names;
}

std::vector<std::string> Cells(const Sweep& sweep, int64_t i) {
  const absl::StatusOr<SweepGrid> grid = SweepGrid::Create(sweep, SweepPlaces());
  EXPECT_THAT(grid.status(), IsOk());
  return SweepCells(SweepColumns(sweep), sweep, *grid, i);
}

TEST(SweepColumns, AreAxesWithLabelsAndWhatMovesWithThemThenPoints) {
  const Sweep sweep = Parse(R"(
      axis { field: "student.width" value: ["1", "2"] label: ["narrow", "wide"]
             zipped { field: "optimizer.rate" value: ["0.1", "0.2"] } }
      axis { field: "teacher.exponent" value: ["0", "1"] name: "p" }
      point { set: "training.epochs=7" set: "student.width=9" })");
  EXPECT_THAT(Names(sweep), ElementsAre("width", "width.label", "rate", "p", "epochs"));
  EXPECT_THAT(Cells(sweep, 1), ElementsAre("1", "narrow", "0.1", "1", ""));
  EXPECT_THAT(Cells(sweep, 2), ElementsAre("2", "wide", "0.2", "0", ""));
  EXPECT_THAT(Cells(sweep, 4), ElementsAre("9", "", "", "", "7"));
}

TEST(SweepColumns, PathsStandWhereLastPartsWouldMeanTwo) {
  EXPECT_THAT(Names(Parse(R"(
      axis { field: "student.hidden[0].width" value: "1" }
      axis { field: "teacher.hidden[0].width" value: "1" }
      axis { field: "seed.first" value: "1" })")),
              ElementsAre("student.hidden[0].width", "teacher.hidden[0].width", "first"));
  // A given name takes precedence over a derived one.
  EXPECT_THAT(Names(Parse(R"(
      axis { field: "student.width" value: "1" }
      axis { field: "teacher.width_multiplier" value: "1" name: "width" })")),
              ElementsAre("student.width", "width"));
}

TEST(SweepColumns, NamesOfTheTableItselfAreNotTaken) {
  EXPECT_THAT(Names(Parse(R"(
      axis { field: "seed" value: "{}" }
      axis { field: "a.status" value: "1" }
      axis { field: "a.b" value: "1" name: "eval.loss" }
      axis { field: "a.c" value: "1" name: "epoch" label: "x" })")),
              ElementsAre("axis.seed", "a.status", "b", "c", "c.label"));
}

TEST(SweepColumns, AreDistinctWhateverTheNames) {
  EXPECT_THAT(Names(Parse(R"(
      axis { field: "a.x" value: "1" label: "l" name: "w" }
      axis { field: "b.y" value: "1" name: "w.label" }
      axis { field: "step" value: "1" name: "axis.step" }
      axis { field: "c.step" value: "1" }
      axis { field: "epoch" value: "1" name: "step" })")),
              ElementsAre("w", "axis.w.label", "w.label", "axis.step", "c.step", "axis.epoch"));
}

}  // namespace
}  // namespace didact
