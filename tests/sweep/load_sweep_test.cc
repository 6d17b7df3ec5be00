#include "didact/framework/sweep/load_sweep.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "didact/framework/config/config_file.h"
#include "didact/framework/config/plugin_libraries.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/io/file.h"
#include "didact/protos/plugins/activation.pb.h"
#include "didact/protos/plugins/dataset.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/config/config_registry.h"
#include "tests/sweep/sweep_base.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class LoadSweepTest : public testing::Test {
 protected:
  // Loads a sweep whose axes and points begin in line 3 of the file.
  absl::StatusOr<SweepPlan> Load(absl::string_view varies,
                                 const std::vector<std::string>& overrides = {}) {
    path_ = ScratchFile("sweep.textproto",
                        absl::StrCat("name: \"s\"\n\n", varies, "\n", test::SweepBase()));
    const absl::StatusOr<ConfigFile> file = OpenConfigFile(path_);
    if (!file.ok()) return file.status();
    return LoadSweep(*file, overrides, registry_);
  }

  // Returns the problems, without the folder of the file.
  std::vector<std::string> Problems(absl::string_view varies,
                                    const std::vector<std::string>& overrides = {}) {
    const absl::Status status = Load(varies, overrides).status();
    std::vector<std::string> problems = absl::StrSplit(status.message(), '\n');
    const std::string folder = path_.substr(0, path_.rfind('/') + 1);
    for (std::string& problem : problems) {
      if (absl::StartsWith(problem, folder)) problem.erase(0, folder.size());
    }
    return problems;
  }

  static std::vector<std::string> Labels(const SweepPlan& plan) {
    std::vector<std::string> labels;
    for (int64_t i = 0; i < plan.grid().size(); ++i) labels.push_back(plan.grid().Label(i));
    return labels;
  }

  const PluginRegistry registry_ = test::ConfigRegistry();
  std::string path_;
};

TEST_F(LoadSweepTest, WhatATemporaryPlanReturnsOutlivesIt) {
  const char* const axis = R"(axis { field: "student.width_multiplier" value: ["1", "2"] })";
  int64_t trials = 0;
  for (const PlannedExperiment& experiment : Load(axis)->experiments()) trials += experiment.trials;
  for (const PlannedExperiment& experiment : (*Load(axis)).experiments()) {
    trials += experiment.trials;
  }
  EXPECT_EQ(trials, 16);
  std::vector<std::string> columns;
  for (const std::string& column : Load(axis)->grid().columns()) columns.push_back(column);
  EXPECT_THAT(columns, ElementsAre("width_multiplier"));
  for (const char character : Load(axis)->path().origin()) EXPECT_NE(character, '\0');
}

TEST_F(LoadSweepTest, TheFirstAxisIsTheSlowest) {
  const auto plan = Load(R"(axis { field: "student.width_multiplier" value: ["1", "2"] name: "x" }
      axis { field: "teacher.hidden[0].width" value: "5" value: "10" value: "20" })");
  ASSERT_THAT(plan.status(), IsOk());
  EXPECT_THAT(Labels(*plan),
              ElementsAre("000-x=1_width=5", "001-x=1_width=10", "002-x=1_width=20",
                          "003-x=2_width=5", "004-x=2_width=10", "005-x=2_width=20"));
  EXPECT_THAT(plan->grid().columns(), ElementsAre("x", "width"));
  EXPECT_THAT(plan->grid().Cells(4), ElementsAre("2", "10"));
  const absl::StatusOr<Experiment> experiment = plan->Make(4);
  ASSERT_THAT(experiment.status(), IsOk());
  EXPECT_EQ(experiment->student().width_multiplier(), 2);
  EXPECT_EQ(experiment->teacher().hidden(0).width(), 10);
}

TEST_F(LoadSweepTest, NumbersTrialsThroughAllExperiments) {
  const auto plan =
      Load(R"(axis { field: "seed" value: ["first: 1 last: 3", "first: 7", "first: 1 last: 2"] })");
  ASSERT_THAT(plan.status(), IsOk());
  EXPECT_EQ(plan->trials(), 6);
  std::vector<int64_t> experiments;
  for (int64_t t = 0; t < 6; ++t) experiments.push_back(plan->ExperimentOf(t));
  EXPECT_THAT(experiments, ElementsAre(0, 0, 0, 1, 2, 2));
  EXPECT_EQ(plan->experiments()[1].first_seed, 7);
}

TEST_F(LoadSweepTest, ZippedFieldsMoveTogether) {
  const auto plan = Load(R"(axis {
      field: "teacher.hidden[0].width" value: ["5", "10"]
      zipped { field: "teacher.initializer[1].exponent" value: ["0.5", "2"] }
      zipped { field: "seed.last" value: ["1", "3"] }
    })");
  ASSERT_THAT(plan.status(), IsOk());
  EXPECT_THAT(Labels(*plan), ElementsAre("000-width=5", "001-width=10"));
  const absl::StatusOr<Experiment> second = plan->Make(1);
  ASSERT_THAT(second.status(), IsOk());
  EXPECT_EQ(second->teacher().hidden(0).width(), 10);
  EXPECT_EQ(second->seed().last(), 3);
  EXPECT_THAT(PrintText(*second, registry_), HasSubstr("exponent: 2\n"));
  EXPECT_EQ(plan->trials(), 4);
}

TEST_F(LoadSweepTest, PointsComeAfterTheGrid) {
  const auto plan =
      Load(R"(point { label: "wide" set: "student.width_multiplier=9" set: "seed.last=1" }
      axis { field: "student.width_multiplier" value: ["1", "2"] }
      point { set: "training.epochs=0" }
      point {})");
  ASSERT_THAT(plan.status(), IsOk());
  EXPECT_THAT(Labels(*plan), ElementsAre("000-width_multiplier=1", "001-width_multiplier=2",
                                         "002-wide", "003-epochs=0", "004-base"));
  EXPECT_THAT(plan->grid().columns(), ElementsAre("width_multiplier", "last", "epochs"));
  EXPECT_THAT(plan->grid().Cells(2), ElementsAre("9", "1", ""));
  EXPECT_EQ((*plan->Make(2))->student().width_multiplier(), 9);
  EXPECT_EQ((*plan->Make(3))->training().epochs(), 0);
  EXPECT_EQ(plan->experiments()[2].trials, 1);
}

TEST_F(LoadSweepTest, PointsNeedNoAxes) {
  const auto plan = Load(R"(point { set: "training.epochs=3" })");
  ASSERT_THAT(plan.status(), IsOk());
  EXPECT_THAT(Labels(*plan), ElementsAre("000-epochs=3"));
}

TEST_F(LoadSweepTest, ValuesMayBeEnumsAndWholeMessages) {
  const auto plan = Load(R"(
      axis { field: "precision" value: ["DOUBLE", "FLOAT"] }
      axis { field: "teacher.hidden[0].activation" value: ["[didact/Relu] {}", "{ [didact/LeakyRelu] { negative_slope: 0.5 } }"]
             label: ["relu", "leaky"] }
      axis { field: "optimizer.learning_rate" value: "[didact/StepDecay] { value: 1 factor: 0.5 every_epochs: 2 }" })");
  ASSERT_THAT(plan.status(), IsOk());
  EXPECT_EQ(plan->grid().Label(3),
            "003-precision=FLOAT_leaky_learning_rate=didact_StepDecay_value_1_factor_0.5_ever");
  const absl::StatusOr<Experiment> experiment = plan->Make(3);
  ASSERT_THAT(experiment.status(), IsOk());
  EXPECT_EQ(experiment->precision(), FLOAT);
  LeakyRelu leaky;
  ASSERT_TRUE(experiment->teacher().hidden(0).activation().UnpackTo(&leaky));
  EXPECT_EQ(leaky.negative_slope(), 0.5);
}

TEST_F(LoadSweepTest, AxesMayGoThroughWhatEarlierAxesSet) {
  const auto plan = Load(R"(
      axis { field: "teacher.hidden[0].activation" value: "[didact/LeakyRelu] {}" }
      axis { field: "teacher.hidden[0].activation.negative_slope" value: ["0.1", "0.2"] })");
  ASSERT_THAT(plan.status(), IsOk());
  EXPECT_EQ(plan->grid().size(), 2);
}

TEST_F(LoadSweepTest, OverridesChangeTheBaseAndAxesComeAfter) {
  const auto plan = Load(R"(axis { field: "training.epochs" value: ["1", "2"] })",
                         {"training.epochs=7", "seed.last=9"});
  ASSERT_THAT(plan.status(), IsOk());
  EXPECT_EQ((*plan->Make(1))->training().epochs(), 2);
  EXPECT_EQ(plan->trials(), 18);
}

TEST_F(LoadSweepTest, TheBaseNeedNotBeCompleteByItself) {
  const auto plan =
      Load(R"(axis { field: "teacher.outputs" value: ["1", "2"] })", {"teacher.outputs=0"});
  EXPECT_THAT(plan.status(), IsOk());
}

TEST_F(LoadSweepTest, TheResolvedSweepIsTheSameSweepAnywhere) {
  ScratchFile("f.npy", "");
  const auto plan = Load(R"(
      axis { field: "train_data" value: ["[didact/NpyDataset] { inputs: 'f.npy' }",
                                         "[didact/GaussianInputs] { dimension: 7 size: 5 }"] }
      point { label: "p" set: "student.width_multiplier=3" })");
  ASSERT_THAT(plan.status(), IsOk());
  const std::string text = PrintText(plan->sweep(), registry_);
  EXPECT_THAT(text, testing::StartsWith("# proto-file: didact/protos/sweep.proto\n"
                                        "# proto-message: didact.Sweep\n"));
  const auto again =
      LoadSweep({"elsewhere/sweep.textproto", "/elsewhere", "elsewhere", text}, {}, registry_);
  ASSERT_THAT(again.status(), IsOk());
  EXPECT_EQ(PrintText(again->sweep(), registry_), text);
  EXPECT_EQ(Labels(*again), Labels(*plan));
  for (int64_t i = 0; i < plan->grid().size(); ++i) {
    EXPECT_EQ(PrintText(**again->Make(i), registry_), PrintText(**plan->Make(i), registry_));
  }
  NpyDataset data;
  ASSERT_TRUE((*again->Make(0))->train_data().UnpackTo(&data));
  EXPECT_EQ(data.inputs(), OpenConfigFile(path_)->folder + "/f.npy");
}

TEST_F(LoadSweepTest, TheBaseMayStandInAnotherFile) {
  std::string base = test::SweepBase();
  base = base.substr(base.find('{') + 1);
  base = base.substr(0, base.rfind('}'));
  ScratchFile("base.textproto", absl::StrCat("name: \"b\"\n", base));
  const std::string path = ScratchFile(
      "by_path.textproto",
      "name: 's' base_path: 'base.textproto' axis { field: 'training.epochs' value: ['1', '2'] }");
  const auto plan = LoadSweep(*OpenConfigFile(path), {}, registry_);
  ASSERT_THAT(plan.status(), IsOk());
  EXPECT_EQ((*plan->Make(1))->name(), "b");
  EXPECT_TRUE(plan->sweep().has_base());
}

TEST_F(LoadSweepTest, FilesOfTheBaseAreRelativeToItsOwnFolder) {
  std::string base = absl::StrReplaceAll(
      test::SweepBase(), {{"eval_data { [didact/GaussianInputs] { dimension: 100 size: 1000 } }",
                           "eval_data { [didact/NpyDataset] { inputs: 'f.npy' } }"}});
  base = base.substr(base.find('{') + 1);
  base = base.substr(0, base.rfind('}'));
  const std::string path = ScratchFile("sweep_of_a_folder.textproto",
                                       "name: 's' base_path: 'of_base/base.textproto' axis { "
                                       "field: 'seed.last' value: ['1', '2'] }");
  const std::string folder = OpenConfigFile(path)->folder;
  ASSERT_THAT(CreateDirectories(folder + "/of_base"), IsOk());
  ASSERT_THAT(
      WriteFileAtomically(folder + "/of_base/base.textproto", absl::StrCat("name: \"b\"\n", base)),
      IsOk());
  const auto plan = LoadSweep(*OpenConfigFile(path), {}, registry_);
  ASSERT_THAT(plan.status(), IsOk());
  NpyDataset data;
  ASSERT_TRUE((*plan->Make(1))->eval_data().UnpackTo(&data));
  EXPECT_EQ(data.inputs(), folder + "/of_base/f.npy");
}

TEST_F(LoadSweepTest, SaysWhichValueIsWrong) {
  EXPECT_THAT(
      Problems("axis { field: \"student.width_multiplier\" value: [\"1\", \"many\", \"-2\"] }\n"
               "axis { field: \"teacher.hidden[0].width\"\n  value: \"0\" value: \"5\" }"),
      ElementsAre("sweep.textproto:5:10: axis[1].value[0]: teacher.hidden[0].width: must be >= 1 "
                  "and <= 1000000, got 0",
                  "sweep.textproto:3:55: axis[0].value[1]: student.width_multiplier: must be a "
                  "value of type double, got many",
                  "sweep.textproto:3:63: axis[0].value[2]: student.width_multiplier: must be > 0, "
                  "got -2"));
}

TEST_F(LoadSweepTest, BlamesTheLastChangeOfAField) {
  EXPECT_THAT(
      Problems("point { label: \"p\"\n  set: \"student.width_multiplier=3\"\n"
               "  set: \"student.width_multiplier=-2\" }"),
      ElementsAre("sweep.textproto:5:8: point[0].set[1]: student.width_multiplier: must be > 0, "
                  "got -2"));
}

TEST_F(LoadSweepTest, SaysWhichFieldIsWrongOnce) {
  EXPECT_THAT(
      Problems("axis { field: \"student.width\" value: [\"1\", \"2\"] }\n"
               "axis { field: \"a..b\" value: [\"1\", \"2\"] }"),
      ElementsAre(
          "sweep.textproto:3:15: axis[0].field: student: Message type \"didact.Student\" has no "
          "field named \"width\"; it has: width_multiplier, "
          "hidden, initializer, stream_seed, outputs, bias",
          "sweep.textproto:4:15: axis[1].field: must be the path of a field, e.g. "
          "teacher.hidden[0].width, got \"a..b\""));
}

TEST_F(LoadSweepTest, WantsAsManyZippedValuesAndLabels) {
  EXPECT_THAT(Problems(R"(axis { field: "training.epochs" value: ["1", "2"] label: "a"
      zipped { field: "seed.last" value: ["1", "2", "3"] } })"),
              ElementsAre("sweep.textproto: axis[0].zipped[0].value: must be as many as axis[0] "
                          "has, 2, got 3",
                          "sweep.textproto: axis[0].label: must be as many as values, 2, or none, "
                          "got 1"));
}

TEST_F(LoadSweepTest, RefusesWhatIsThereTwice) {
  EXPECT_THAT(
      Problems("axis { field: \"training.epochs\" value: [\"1\", \"2\", \"1\"] label: [\"a\", "
               "\"b\", \"a\"] name: \"n\" }\n"
               "axis { field: \"training.epochs\" value: [\"1\"] name: \"n\" }"),
      ElementsAre("sweep.textproto:3:51: axis[0].value[2]: must not be there twice, got 1 as "
                  "value[0] already",
                  "sweep.textproto:3:74: axis[0].label[2]: must not be there twice on one axis, "
                  "got \"a\"",
                  "sweep.textproto:4:15: axis[1].field: must not be that of axis[0] too, got "
                  "training.epochs",
                  "sweep.textproto:4:52: axis[1].name: must not be that of axis[0] too, got n"));
}

TEST_F(LoadSweepTest, TakesTheNameOfItsBaseIfItHasNone) {
  const auto load = [this](const std::string& text) {
    path_ = ScratchFile("nameless.textproto", text);
    return LoadSweep(*OpenConfigFile(path_), {}, registry_);
  };
  const std::string base = test::SweepBase();
  const std::string named = absl::StrReplaceAll(base, {{"base {", "base { name: \"study\""}});
  EXPECT_EQ(load("point {}\n" + named)->sweep().name(), "study");
  EXPECT_EQ(load("name: \"other\" point {}\n" + named)->sweep().name(), "other");
  EXPECT_EQ(load("name: \"other\" point {}\n" + named)->sweep().base().name(), "study");
  EXPECT_EQ(load("point {}\n" + base).status().message(),
            path_ + ": name: must be given, or that of the base, such as name: \"my_sweep\"");
  EXPECT_THAT(std::string(load("name: \"a/b\" point {}\n" + named).status().message()),
              HasSubstr(": name: must be letters, "));
  // Values of axes are texts.
  EXPECT_THAT(Problems("axis { field: \"student.width_multiplier\" value: [0.5, 1] }"),
              ElementsAre(HasSubstr("sweep.textproto:3:50: axis[0].value[0]: Expected string, got: "
                                    "0.5; write it in quotes: \"0.5\"")));
}

TEST_F(LoadSweepTest, RefusesValuesThatMakeTheSameExperiment) {
  EXPECT_THAT(
      Problems("axis { field: \"training.epochs\" value: [\"1\", \"2\"] }\n"
               "axis { field: \"student.width_multiplier\" value: [\"0.5\", \"1\", \"0.50\"] }"),
      ElementsAre("sweep.textproto:4:62: axis[1].value[2]: must not be there twice, got 0.50, "
                  "which makes the same experiment as value[0], 0.5"));
  EXPECT_THAT(Problems("axis { field: \"training.epochs\" value: [\"100\", \"1e2\"] }"),
              ElementsAre(HasSubstr("got 1e2, which makes the same experiment as value[0], 100")));
  // Fields that an axis moves together may differ though its own values do not.
  EXPECT_THAT(Load("axis { field: \"training.epochs\" value: [\"1\", \"1.0\"] zipped { field: "
                   "\"seed.last\" value: [\"2\", \"3\"] } }")
                  .status(),
              IsOk());
}

TEST_F(LoadSweepTest, RefusesLabelsThatAreNoFolders) {
  EXPECT_THAT(Problems(R"(point { label: "a/b" set: "training.epochs=1" })"),
              ElementsAre(HasSubstr("sweep.textproto:3:16: point[0].label: must be letters, "
                                    "digits, '_', '-', '.' and '=', at most 180 of them, got "
                                    "\"a/b\"")));
}

TEST_F(LoadSweepTest, WantsAxesOrPoints) {
  EXPECT_THAT(Problems(""),
              ElementsAre("sweep.textproto: axis: must be given at least once, or point"));
}

TEST_F(LoadSweepTest, BlamesTheBaseForWhatIsTheBases) {
  EXPECT_THAT(Problems(R"(axis { field: "training.epochs" value: ["1", "2"] })",
                       {"student.width_multiplier=-1", "training.epochs=-5"}),
              ElementsAre("sweep.textproto: base.student.width_multiplier: must be > 0, got -1"));
}

TEST_F(LoadSweepTest, NamesTheExperimentWhereValuesDoNotGoTogether) {
  EXPECT_THAT(Problems(R"(axis { field: "teacher.hidden[0].width" value: ["10", "1"] }
      point { set: "student.width_multiplier=0.5" })",
                       {"student.width_multiplier=0.1"}),
              ElementsAre("sweep.textproto: experiment 001-width=1: student.width_multiplier: must "
                          "make every hidden layer 1 to 1000000 nodes wide, got 0.1 times the 1 "
                          "nodes of teacher.hidden[0]"));
}

TEST_F(LoadSweepTest, StopsTellingAfterFiftyProblems) {
  std::string values;
  for (int i = 0; i < 200; ++i) absl::StrAppend(&values, i == 0 ? "" : ", ", "\"x", i, "\"");
  const auto problems =
      Problems(absl::StrCat("axis { field: \"training.epochs\" value: [", values, "] }"));
  EXPECT_EQ(problems.size(), 51);
  EXPECT_EQ(problems.back(), "and perhaps more problems");
}

TEST_F(LoadSweepTest, SaysWhereTheTextIsWrong) {
  EXPECT_THAT(Problems("axes { }"), ElementsAre(HasSubstr("sweep.textproto:3:1: axes: ")));
}

TEST_F(LoadSweepTest, RefusesMoreExperimentsThanAnybodyRuns) {
  std::string values;
  for (int i = 0; i < 1001; ++i) absl::StrAppend(&values, i == 0 ? "" : ", ", "\"", i, "\"");
  EXPECT_THAT(
      Problems(absl::StrCat("axis { field: \"seed.first\" value: [", values,
                            "] }\naxis { field: \"seed.last\" value: [", values, "] }")),
      ElementsAre("sweep.textproto: axis: must make at most 1000000 experiments, got more"));
}

TEST_F(LoadSweepTest, EveryValueOfEveryAxisIsAmongTheSamples) {
  const auto plan = Load(R"(axis { field: "student.width_multiplier" value: ["1", "2", "3"] }
      axis { field: "teacher.hidden[0].width" value: ["5", "10"] }
      axis { field: "training.epochs" value: ["1", "2", "3"] }
      point {})");
  ASSERT_THAT(plan.status(), IsOk());
  EXPECT_THAT(plan->grid().Samples(100), ElementsAre(0, 1, 2, 3, 6, 12, 18));
  EXPECT_THAT(plan->grid().Samples(2), ElementsAre(0, 1));
}

TEST(IsSweep, GoesByTheCommentThenByTheFields) {
  const auto is_sweep = [](const std::string& text) { return IsSweep({"f", "/", "", text}); };
  EXPECT_TRUE(is_sweep("# proto-message: didact.Sweep\nname: 'a'"));
  EXPECT_FALSE(is_sweep("# proto-message: didact.Experiment\naxis {}"));
  EXPECT_TRUE(is_sweep("# mine\n\nname: 'a'\naxis { field: 'b' }"));
  EXPECT_TRUE(is_sweep("base_path: 'a'"));
  EXPECT_FALSE(is_sweep("name: 'a' student { base_path: 'b' }"));
  EXPECT_FALSE(is_sweep("name: 'axis'"));
}

TEST(SweepPluginLibraries, AreThoseOfTheSweepAndOfItsBase) {
  ScratchFile("with_plugin.textproto", "plugin_library: 'b.so'");
  const std::string path = ScratchFile(
      "s.textproto", "plugin_library: ['a.so', '/c.so'] base_path: 'with_' 'plugin.textproto'");
  const std::string folder = OpenConfigFile(path)->folder;
  const auto libraries = [](const ConfigFile& file) {
    std::vector<std::pair<std::string, std::string>> named;
    const auto found = SweepPluginLibraries(file);
    EXPECT_THAT(found.status(), IsOk());
    for (const NamedLibrary& library : found.value_or(std::vector<NamedLibrary>())) {
      named.emplace_back(library.file, library.field.ToString());
    }
    return named;
  };
  EXPECT_THAT(libraries(*OpenConfigFile(path)),
              ElementsAre(Pair(folder + "/a.so", path + ": plugin_library[0]"),
                          Pair("/c.so", path + ": plugin_library[1]"),
                          Pair(folder + "/b.so",
                               testing::EndsWith("/with_plugin.textproto: plugin_library[0]"))));
  EXPECT_THAT(libraries({"f", "/x", "", "base { plugin_library: 'd.so' }"}),
              ElementsAre(Pair("/x/d.so", "f: base.plugin_library[0]")));
}

}  // namespace
}  // namespace didact
