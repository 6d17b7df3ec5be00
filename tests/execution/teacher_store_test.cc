// Tests that the trials of a run share the training of their teacher, whatever threads and
// interruptions there are.

#include "didact/framework/execution/teacher_store.h"

#include <atomic>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/config/teacher_preparation.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/execution/progress.h"
#include "didact/framework/execution/run_experiment.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/trial_status.h"
#include "didact/plugins/builtin.h"
#include "didact/protos/experiment.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tests/base/same_bytes.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr int64_t kSamples = 30;
constexpr int64_t kFeatures = 6;

// A learning rate given by the config. At step 15 it asks the run to stop, if there is a flag, and
// looks at its progress, if there is one.
class StoppingRate final : public Schedule {
 public:
  static absl::StatusOr<std::unique_ptr<Schedule>> Build(
      const google::protobuf::DoubleValue& config, const BuildContext&) {
    return std::make_unique<StoppingRate>(config.value());
  }

  explicit StoppingRate(double value) : value_(value) {}

  double Value(const TrainingTime& time) const override {
    if (time.step == 14 && stop != nullptr) *stop = true;
    if (time.step == 14 && progress != nullptr) seen = progress->View();
    return value_;
  }

  static inline std::atomic<bool>* stop = nullptr;
  static inline const Progress* progress = nullptr;
  static inline ProgressView seen;

 private:
  double value_;
};

const PluginRegistry& Plugins() {
  static const PluginRegistry* const plugins = [] {
    auto* const registry = new PluginRegistry();
    EXPECT_TRUE(RegisterBuiltinPlugins(*registry).ok());
    EXPECT_TRUE((registry->Add<google::protobuf::DoubleValue, StoppingRate>()).ok());
    return registry;
  }();
  return *plugins;
}

// Writes a data set with labels and returns its config.
std::string WriteData(const std::string& path, double shift = 0) {
  std::vector<double> inputs;
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t j = 0; j < kFeatures; ++j) {
      inputs.push_back(shift + std::sin(static_cast<double>(7 * i + 3 * j)));
    }
    labels.push_back(i % 3);
  }
  EXPECT_EQ(WriteNpz(path,
                     std::vector<NamedArray>{
                         {"inputs", MakeNpyArray<double>({kSamples, kFeatures}, inputs)},
                         {"labels", MakeNpyArray<int64_t>({kSamples}, labels)}}),
            absl::OkStatus());
  return absl::StrCat("{ [type.googleapis.com/didact.NpyDataset] { inputs: '", path,
                      ":inputs' labels: '", path, ":labels' } }");
}

// Returns an experiment of three trials whose teacher is trained on `data`, pruned, and trained
// again.
Experiment Prepared(const std::string& data) {
  const std::string train = absl::StrReplaceAll(
      R"pb(preparation {
             train {
               data DATA eval_data DATA
               loss {
                 [type.googleapis.com/didact.CrossEntropy] { labels {} }
               }
               optimizer {
                 [type.googleapis.com/didact.Sgd] {
                   learning_rate {
                     [type.googleapis.com/google.protobuf.DoubleValue] { value: 0.1 }
                   }
                   momentum: 0.9
                 }
               }
               training { epochs: 4 batch_size: 7 }
               metric {
                 [type.googleapis.com/didact.Accuracy] {}
               }
             }
           })pb",
      {{"DATA", data}});
  return TestExperiment(absl::StrCat("teacher { ", train, " preparation { prune { ratio: 0.5 } } ",
                                     train, " stream_seed: 3 }"));
}

// Returns all files below a folder with their bytes, except provenance.json.
std::map<std::string, std::string> Files(const std::string& folder) {
  std::map<std::string, std::string> files;
  const std::vector<std::string> names = *ListDirectory(folder);
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    if (IsDirectory(path)) {
      for (auto& [inner, bytes] : Files(path)) files[name + "/" + inner] = bytes;
    } else if (name != "provenance.json") {
      files[name] = *ReadFile(path);
    }
  }
  return files;
}

class TeacherStoreTest : public testing::Test {
 protected:
  TeacherStoreTest() {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = testing::TempDir() + "/" + test->name();
    EXPECT_EQ(CreateDirectories(root_), absl::OkStatus());
    data_ = WriteData(root_ + "/data.npz");
  }

  std::vector<TrialResult> Run(Experiment experiment, const std::string& folder, int threads = 1,
                               bool resume = false) {
    RunOptions options;
    options.directory = root_ + "/" + folder;
    options.threads = threads;
    options.resume = resume;
    options.path = FieldPath("e.textproto");
    options.warn = [this](const std::string& warning) { warnings_.push_back(warning); };
    EXPECT_EQ(ResolveExperiment(experiment, Plugins(), options.path), absl::OkStatus());
    options.experiment_text = PrintText(experiment, Plugins());
    const auto trials = RunExperiment(experiment, Plugins(), options, stop_, progress_);
    EXPECT_TRUE(trials.ok()) << trials.status();
    return trials.ok() ? *trials : std::vector<TrialResult>();
  }

  std::vector<std::string> Teachers(const std::string& folder) const {
    return *ListDirectory(root_ + "/" + folder + "/teachers");
  }

  static std::vector<std::string> Statuses(const std::vector<TrialResult>& trials) {
    std::vector<std::string> statuses;
    for (const TrialResult& trial : trials) {
      statuses.emplace_back(TrialStatusName(trial.provenance.status));
    }
    return statuses;
  }

  // Returns an array of the weights of a trial before its first step.
  std::vector<double> FirstWeights(const std::string& folder, int seed, const std::string& array) {
    const auto file = NpzReader::Open(
        absl::StrCat(root_, "/", folder, "/trials/", seed, "/weights/epoch_-001.npz"));
    EXPECT_TRUE(file.ok()) << file.status();
    return *file->Read(array)->ReadAs<double>();
  }

  // Returns the key of the first training of the teacher of `experiment`.
  static std::string KeyOf(const Experiment& experiment, uint64_t seed = 3) {
    const auto resolved = ResolvedExperiment::Create(experiment, Plugins(), FieldPath());
    EXPECT_TRUE(resolved.ok()) << resolved.status();
    const auto training =
        ResolvedExperiment::Create(PreparationExperiment(**resolved, 0), Plugins(), FieldPath());
    EXPECT_TRUE(training.ok()) << training.status();
    const auto key =
        TeacherKey({*resolved, 0, *training, seed, FieldPath(), FieldPath()}, Plugins(),
                   /*stop=*/nullptr);
    EXPECT_TRUE(key.ok()) << key.status();
    return *key;
  }

  std::string root_;
  std::string data_;
  std::atomic<bool> stop_ = false;
  Progress progress_;
  std::vector<std::string> warnings_;
};

TEST_F(TeacherStoreTest, TrainsAPinnedTeacherOnceForAllTrials) {
  const Experiment experiment = Prepared(data_);
  EXPECT_THAT(Statuses(Run(experiment, "run", 2)), ElementsAre("finished", "finished", "finished"));
  const std::vector<std::string> teachers = Teachers("run");
  ASSERT_THAT(teachers, SizeIs(2));  // two trainings
  for (const std::string& key : teachers) {
    const std::string folder = root_ + "/run/teachers/" + key;
    EXPECT_THAT(*ListDirectory(folder),
                ElementsAre("metrics.jsonl", "outcome.json", "provenance.json", "teacher.textproto",
                            "weights"));
    EXPECT_THAT(*ReadFile(folder + "/outcome.json"), HasSubstr("\"eval.accuracy"));
    EXPECT_THAT(*ListDirectory(folder + "/weights"),
                ElementsAre("epoch_-001.npz", "epoch_0003.npz"));
  }
  // It is the teacher of a trial that is made in memory.
  const auto in_memory =
      CreateTrial(experiment, 2, Plugins(), FieldPath("e.textproto"), /*stop=*/nullptr);
  ASSERT_TRUE(in_memory.ok()) << in_memory.status();
  for (const char* const array : {"teacher.0.weight", "teacher.0.bias", "teacher.1.weight"}) {
    for (const int seed : {1, 2, 3}) {
      EXPECT_EQ(FirstWeights("run", seed, array), WeightOf(**in_memory, array));
    }
  }
}

TEST_F(TeacherStoreTest, TrainsATeacherForEachTrialWhereItIsNotPinned) {
  Experiment experiment = Prepared(data_);
  experiment.mutable_teacher()->clear_stream_seed();
  Run(experiment, "run");
  EXPECT_THAT(Teachers("run"), SizeIs(2 * 3));
  EXPECT_NE(FirstWeights("run", 1, "teacher.0.weight"), FirstWeights("run", 2, "teacher.0.weight"));
}

TEST_F(TeacherStoreTest, ThreadsChangeNoByte) {
  Run(Prepared(data_), "one", 1);
  Run(Prepared(data_), "three", 3);
  EXPECT_TRUE(SameFiles(Files(root_ + "/three"), Files(root_ + "/one")));
}

TEST_F(TeacherStoreTest, GoesOnAfterAnInterruptionWithTheSameBytes) {
  Run(Prepared(data_), "whole");
  StoppingRate::stop = &stop_;
  const std::vector<TrialResult> stopped = Run(Prepared(data_), "resumed");
  StoppingRate::stop = nullptr;
  stop_ = false;
  EXPECT_THAT(Statuses(stopped), ElementsAre("interrupted", "interrupted", "interrupted"));
  ASSERT_THAT(Teachers("resumed"), SizeIs(1));
  const std::string folder = root_ + "/resumed/teachers/" + Teachers("resumed")[0];
  EXPECT_TRUE(PathExists(folder + "/checkpoint.pb"));
  EXPECT_FALSE(PathExists(root_ + "/resumed/trials/1/metrics.jsonl"));
  EXPECT_THAT(Statuses(Run(Prepared(data_), "resumed", 2, /*resume=*/true)),
              ElementsAre("finished", "finished", "finished"));
  EXPECT_TRUE(SameFiles(Files(root_ + "/resumed"), Files(root_ + "/whole")));
}

TEST_F(TeacherStoreTest, RecordsWhichTeachersATrialHas) {
  const Experiment experiment = Prepared(data_);
  const std::vector<TrialResult> trials = Run(experiment, "run");
  ASSERT_THAT(trials, SizeIs(3));
  const std::vector<std::string> keys = trials[0].provenance.teachers;
  EXPECT_THAT(keys, testing::UnorderedElementsAreArray(Teachers("run")));
  ASSERT_THAT(keys, SizeIs(2));
  EXPECT_EQ(keys[0], KeyOf(experiment));
  // Also of trials that had ended when the run went on.
  ASSERT_EQ(RemoveFile(root_ + "/run/trials/2/outcome.json"), absl::OkStatus());
  for (const TrialResult& trial : Run(experiment, "run", 1, /*resume=*/true)) {
    EXPECT_EQ(trial.provenance.teachers, keys);
  }
  const EarlierProvenance recorded = ReadProvenance(root_ + "/run/provenance.json");
  ASSERT_THAT(recorded.trials, SizeIs(3));
  for (const TrialProvenance& trial : recorded.trials) EXPECT_EQ(trial.teachers, keys);
}

TEST_F(TeacherStoreTest, RecordsHowTeachersWereTrained) {
  StoppingRate::stop = &stop_;
  Run(Prepared(data_), "run");
  StoppingRate::stop = nullptr;
  stop_ = false;
  const std::string folder = root_ + "/run/teachers/" + KeyOf(Prepared(data_));
  EarlierProvenance recorded = ReadProvenance(folder + "/provenance.json");
  ASSERT_THAT(recorded.trials, SizeIs(1));
  EXPECT_EQ(recorded.trials[0].status, TrialStatus::kInterrupted);
  EXPECT_EQ(recorded.trials[0].seed, 3u);

  Run(Prepared(data_), "run", 2, /*resume=*/true);
  recorded = ReadProvenance(folder + "/provenance.json");
  ASSERT_THAT(recorded.trials, SizeIs(1));
  EXPECT_EQ(recorded.trials[0].status, TrialStatus::kFinished);
  EXPECT_EQ(recorded.trials[0].resumed_at, 15);
  EXPECT_EQ(recorded.trials[0].steps, 20);
  ASSERT_TRUE(recorded.data_files.has_value());
  EXPECT_FALSE(recorded.data_files->empty());
  EXPECT_THAT(recorded.earlier, HasSubstr("interrupted"));
}

TEST_F(TeacherStoreTest, WarnsOfMistakesInTrainingsOnce) {
  Experiment experiment = Prepared(data_);
  TeacherTraining& last = *experiment.mutable_teacher()->mutable_preparation(2)->mutable_train();
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb([type.googleapis.com/didact.Sgd] {
             learning_rate {
               [type.googleapis.com/google.protobuf.DoubleValue] { value: 0 }
             }
           })pb",
      last.mutable_optimizer()));
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "[type.googleapis.com/didact.Normalize] { mean: 1 stddev: 2 }", last.add_augmentation()));
  last.clear_eval_data();
  *experiment.mutable_eval_data() = last.data();
  *experiment.mutable_train_data() = last.data();
  Run(experiment, "run");
  const std::string train = "e.textproto: teacher.preparation[2].train.";
  EXPECT_THAT(
      warnings_,
      ElementsAre(train + "augmentation[0]: is not random, and there is none like it in "
                          "eval_augmentation, so that the teacher is evaluated on inputs that "
                          "are changed in another way than those it is trained on; give it "
                          "there, too (seed 1)",
                  train + "optimizer: changes no weight in any epoch, whatever the gradient, as "
                          "with a learning rate of 0; give a learning rate above 0 (seed 1)"));
}

TEST_F(TeacherStoreTest, ShowsTrainingsInTheProgressOfTheRun) {
  StoppingRate::progress = &progress_;
  Run(Prepared(data_), "run");
  StoppingRate::progress = nullptr;
  // The 15th step is the last of the third epoch, and two have been evaluated.
  EXPECT_EQ(StoppingRate::seen.teacher_trainings, 1);
  EXPECT_EQ(StoppingRate::seen.teacher_epoch, 1);
  EXPECT_EQ(StoppingRate::seen.teacher_epochs, 4);
  EXPECT_GT(StoppingRate::seen.teacher_step_loss, 0);
  EXPECT_EQ(StoppingRate::seen.epoch, -1) << "no student has been evaluated";
  EXPECT_EQ(progress_.View().teacher_trainings, 0);
  EXPECT_GT(progress_.View().teacher_seconds, 0);
}

TEST_F(TeacherStoreTest, RemovesTheLockOfAKilledProcess) {
  const Experiment experiment = Prepared(data_);
  Run(experiment, "run");
  const std::vector<std::string> keys = Teachers("run");
  const std::string lock = root_ + "/run/teachers/" + keys[0] + ".lock";
  ASSERT_EQ(WriteFileAtomically(lock, "process 1 on another host\n"), absl::OkStatus());
  ASSERT_EQ(RemoveFile(root_ + "/run/trials/2/outcome.json"), absl::OkStatus());
  EXPECT_THAT(Statuses(Run(experiment, "run", 1, /*resume=*/true)),
              ElementsAre("finished", "finished", "finished"));
  EXPECT_EQ(Teachers("run"), keys);
}

TEST_F(TeacherStoreTest, RefusesDamagedWeightsOfATeacher) {
  Experiment experiment = Prepared(data_);
  experiment.mutable_seed()->set_last(1);
  Run(experiment, "run");
  for (const std::string& key : Teachers("run")) {
    const std::string file = root_ + "/run/teachers/" + key + "/weights/epoch_0003.npz";
    const std::string bytes = *ReadFile(file);
    ASSERT_EQ(WriteFileAtomically(file, bytes.substr(0, bytes.size() / 2)), absl::OkStatus());
  }
  ASSERT_EQ(RemoveFile(root_ + "/run/trials/1/outcome.json"), absl::OkStatus());
  const std::vector<TrialResult> trials = Run(experiment, "run", 1, /*resume=*/true);
  EXPECT_THAT(Statuses(trials), ElementsAre("failed"));
  EXPECT_THAT(trials[0].provenance.message,
              testing::AllOf(HasSubstr("teacher.preparation[0].train: "),
                             HasSubstr("to train the teacher again")));
}

TEST_F(TeacherStoreTest, TakesTheStudentOfAFinishedRunAsTeacher) {
  Experiment first = Prepared(data_);
  Run(first, "run");
  Experiment second = TestExperiment();
  second.mutable_teacher()->Clear();
  second.mutable_teacher()->set_run(root_ + "/run");
  const auto error = [&] {
    Experiment copy = second;
    return std::string(ResolveExperiment(copy, Plugins(), FieldPath("e.textproto")).message());
  };
  EXPECT_EQ(error(),
            "e.textproto: teacher.run_seed: must be given, since the run has the trials of seeds 1 "
            "to 3");
  second.mutable_teacher()->set_run_seed(4);
  EXPECT_EQ(error(), "e.textproto: teacher.run_seed: must be a seed of the run, 1 to 3, got 4");
  second.mutable_teacher()->set_run_seed(2);

  const auto trial = CreateTrial(second, 1, Plugins(), FieldPath("e.textproto"));
  ASSERT_TRUE(trial.ok()) << trial.status();
  const auto file = NpzReader::Open(root_ + "/run/trials/2/weights/epoch_0002.npz");
  ASSERT_TRUE(file.ok()) << file.status();
  for (const char* const array : {"0.weight", "0.bias", "1.weight", "1.bias"}) {
    EXPECT_EQ(WeightOf(**trial, absl::StrCat("teacher.", array)),
              *file->Read(absl::StrCat("student.", array))->ReadAs<double>());
  }
  // The pruned teacher had 2 nodes, its student 4, and the student of that has 8.
  EXPECT_THAT(WeightOf(**trial, "teacher.0.bias"), SizeIs(4));
  EXPECT_THAT(WeightOf(**trial, "student.0.bias"), SizeIs(8));

  // The resolved config is the same experiment, without the run.
  Experiment resolved = second;
  ASSERT_EQ(ResolveExperiment(resolved, Plugins(), FieldPath()), absl::OkStatus());
  EXPECT_TRUE(resolved.teacher().run().empty());
  Experiment again = resolved;
  ASSERT_EQ(ResolveExperiment(again, Plugins(), FieldPath()), absl::OkStatus());
  EXPECT_EQ(again.SerializeAsString(), resolved.SerializeAsString());

  second.mutable_teacher()->set_outputs(3);
  EXPECT_EQ(error(),
            "e.textproto: teacher.outputs: must be left out where teacher.run is given, which "
            "determines it");
}

TEST_F(TeacherStoreTest, RefusesARunThatHasNoTeacherToGive) {
  Experiment first = TestExperiment("seed { last: 1 }");
  Run(first, "run");
  Experiment second = TestExperiment();
  second.mutable_teacher()->Clear();
  const auto error = [&](const std::string& run) {
    second.mutable_teacher()->set_run(root_ + "/" + run);
    const auto trial = CreateTrial(second, 1, Plugins(), FieldPath("e.textproto"));
    return std::string(trial.status().message());
  };
  EXPECT_EQ(error("run"), "");
  EXPECT_EQ(error("none"),
            absl::StrCat("e.textproto: teacher.run: must be the directory of a finished run, got ",
                         root_, "/none, where there is nothing"));
  // A run with inputs of another dimension.
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "[type.googleapis.com/didact.GaussianInputs] { dimension: 5 size: 9 }",
      second.mutable_train_data()));
  *second.mutable_eval_data() = second.train_data();
  EXPECT_THAT(error("run"), HasSubstr("teacher.initializer[0].path: "));
  EXPECT_THAT(error("run"), HasSubstr("must have shape [8, 5], got [8, 6]"));
  const std::string weights = root_ + "/run/trials/1/weights/epoch_0002.npz";
  ASSERT_EQ(RemoveFile(weights), absl::OkStatus());
  EXPECT_THAT(error("run"), HasSubstr("a run that has kept its last weights, " + weights));
  ASSERT_EQ(RemoveFile(root_ + "/run/trials/1/outcome.json"), absl::OkStatus());
  EXPECT_THAT(error("run"), HasSubstr("a run whose trial of seed 1 has finished, got "));
}

TEST_F(TeacherStoreTest, HasAKeyForEverythingThatChangesTheTeacher) {
  const Experiment experiment = Prepared(data_);
  const std::string key = KeyOf(experiment);
  EXPECT_EQ(key.size(), 32u);
  EXPECT_NE(KeyOf(experiment, 4), key);
  const auto changed = [&](auto change) {
    Experiment other = experiment;
    change(other);
    return KeyOf(other);
  };
  EXPECT_NE(changed([](Experiment& e) { e.set_precision(FLOAT); }), key);
  EXPECT_NE(changed([](Experiment& e) { e.mutable_teacher()->set_outputs(4); }), key);
  EXPECT_NE(changed([](Experiment& e) { e.mutable_teacher()->mutable_hidden(0)->set_width(5); }),
            key);
  EXPECT_NE(changed([](Experiment& e) {
              e.mutable_teacher()
                  ->mutable_preparation(0)
                  ->mutable_train()
                  ->mutable_training()
                  ->set_epochs(5);
            }),
            key);
  // Students and later preparations do not matter.
  EXPECT_EQ(changed([](Experiment& e) { e.mutable_student()->set_width_multiplier(3); }), key);
  EXPECT_EQ(changed([](Experiment& e) {
              e.mutable_teacher()->mutable_preparation(1)->mutable_prune()->set_ratio(0, 0.25);
            }),
            key);
  EXPECT_EQ(changed([](Experiment& e) { e.set_name("other"); }), key);
  // The bytes of files matter, and not their paths.
  EXPECT_EQ(KeyOf(Prepared(WriteData(root_ + "/copy.npz"))), key);
  EXPECT_NE(KeyOf(Prepared(WriteData(root_ + "/other.npz", 0.5))), key);
}

}  // namespace
}  // namespace didact
