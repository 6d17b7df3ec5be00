#include "didact/framework/training/checkpoint.h"

#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/sha256.h"
#include "didact/framework/base/version.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/kernels/simd_level.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/run_trial.h"
#include "didact/plugins/builtin.h"
#include "didact/protos/plugins/dataset.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/same_bytes.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Returns all values that may differ between trainings: weights and the results of metrics.
std::string Bytes(Trial& trial) {
  std::string bytes;
  for (const NamedArray& array : CopyArrays(trial.Weights()))
    bytes += array.name + array.array.bytes;
  const Record record = *trial.Evaluate();
  for (const auto& [key, number] : record.numbers()) {
    std::visit(
        [&](auto value) {
          bytes += key;
          bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
        },
        number);
  }
  return bytes;
}

std::string Save(const Experiment& experiment, Trial& trial) {
  const absl::StatusOr<Checkpoint> checkpoint = MakeCheckpoint(experiment, trial);
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
  if (!checkpoint.ok()) return "";
  const absl::StatusOr<std::string> bytes = SerializeCheckpoint(*checkpoint);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.ok() ? *bytes : "";
}

// Returns a new trial in the state of the checkpoint.
std::unique_ptr<Trial> Restored(const Experiment& experiment, const std::string& bytes) {
  auto trial = MakeTrial(experiment);
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(bytes);
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
  if (!checkpoint.ok()) return trial;
  const absl::Status restored = RestoreTrial(*checkpoint, experiment, *trial);
  EXPECT_TRUE(restored.ok()) << restored;
  return trial;
}

// Trains from the present state to the end, with an evaluation before the first step and after each
// epoch.
void Train(Trial& trial) {
  if (trial.step() == 0) {
    ASSERT_TRUE(trial.Evaluate().ok());
  }
  while (!trial.finished()) {
    ASSERT_TRUE(trial.Step().ok());
    if (trial.step() % trial.steps_per_epoch() == 0) {
      ASSERT_TRUE(trial.Evaluate().ok());
    }
  }
}

constexpr char kMomentum[] = R"pb(
  optimizer {
    [type.googleapis.com/didact.Sgd] {
      learning_rate {
        [type.googleapis.com/didact.Constant] { value: 0.05 }
      }
      momentum: 0.9
    }
  })pb";
constexpr char kShuffle[] = "training { shuffle {} }";
constexpr char kFullBatch[] = "training { full_batch { steps_per_epoch: 7 } }";
constexpr char kAugmentation[] =
    "train_augmentation { [type.googleapis.com/didact.GaussianNoise] { stddev: 0.1 } }";
constexpr char kBatchNorm[] = R"pb(
  student {
    width_multiplier: 1
    hidden {
      width: 8
      batch_norm {}
      activation {
        [type.googleapis.com/didact.Relu] {}
      }
    }
    hidden {
      width: 5
      batch_norm { before_activation: true affine: false }
      activation {
        [type.googleapis.com/didact.Tanh] {}
      }
    }
  }
  optimizer {
    [type.googleapis.com/didact.Sgd] {
      learning_rate {
        [type.googleapis.com/didact.Constant] { value: 0.05 }
      }
      momentum: 0.9
    }
  })pb";
constexpr char kEverything[] = R"pb(
  training { shuffle {} }
  optimizer {
    [type.googleapis.com/didact.Sgd] {
      learning_rate {
        [type.googleapis.com/didact.StepDecay] { value: 0.05 every_epochs: 1 }
      }
      momentum: 0.9
      nesterov: true
      weight_decay: 0.001
    }
  }
  train_augmentation {
    [type.googleapis.com/didact.GaussianNoise] { stddev: 0.1 }
  }
  projection {
    [type.googleapis.com/didact.UnitFanIn] { layer: 0 }
  }
  metric {
    [type.googleapis.com/didact.WeightChange] {}
  }
  metric {
    [type.googleapis.com/didact.Specialization] {}
  })pb";

class ResumedTrial
    : public testing::TestWithParam<std::tuple<std::pair<const char*, const char*>, const char*>> {
 protected:
  static Experiment Config() {
    return TestExperiment(std::string("precision: ") + std::get<1>(GetParam()) + " " +
                          std::get<0>(GetParam()).second);
  }
};

TEST_P(ResumedTrial, EndsWithTheBitsOfAnUndisturbedOneWhereverItWasInterrupted) {
  const Experiment experiment = Config();
  // Records the undisturbed trial after each epoch, and its checkpoint after every step.
  const auto undisturbed = MakeTrial(experiment);
  ASSERT_TRUE(undisturbed->Evaluate().ok());
  std::map<int64_t, std::string> after_step;
  std::vector<std::string> checkpoints;
  while (!undisturbed->finished()) {
    ASSERT_TRUE(undisturbed->Step().ok());
    if (undisturbed->step() % undisturbed->steps_per_epoch() == 0) {
      after_step[undisturbed->step()] = Bytes(*undisturbed);
    }
    checkpoints.push_back(Save(experiment, *undisturbed));
  }
  const std::string expected = Bytes(*undisturbed);
  ASSERT_GE(checkpoints.size(), 21);
  for (size_t i = 0; i < checkpoints.size(); ++i) {
    const auto trial = Restored(experiment, checkpoints[i]);
    EXPECT_EQ(trial->step(), static_cast<int64_t>(i) + 1);
    while (!trial->finished()) {
      ASSERT_TRUE(trial->Step().ok());
      if (trial->step() % trial->steps_per_epoch() == 0) {
        EXPECT_TRUE(SameBytes(Bytes(*trial), after_step[trial->step()]))
            << "interrupted after step " << i + 1 << ", evaluated after step " << trial->step();
      }
    }
    EXPECT_EQ(trial->step_loss(), undisturbed->step_loss());
    EXPECT_TRUE(SameBytes(Bytes(*trial), expected)) << "interrupted after step " << i + 1;
  }
}

TEST_P(ResumedTrial, GoesOnFromItsEndWithTheBitsOfALongerOne) {
  const Experiment experiment = Config();
  const auto shorter = MakeTrial(experiment);
  Train(*shorter);
  Experiment more_epochs = experiment;
  more_epochs.mutable_training()->set_epochs(5);
  const auto longer = MakeTrial(more_epochs);
  Train(*longer);
  const auto extended = Restored(more_epochs, Save(experiment, *shorter));
  EXPECT_EQ(extended->step(), shorter->step());
  EXPECT_LT(extended->step(), longer->step());
  Train(*extended);
  EXPECT_TRUE(SameBytes(Save(more_epochs, *extended), Save(more_epochs, *longer)));
  EXPECT_TRUE(SameBytes(Bytes(*extended), Bytes(*longer)));
}

INSTANTIATE_TEST_SUITE_P(Configs, ResumedTrial,
                         testing::Combine(testing::Values(std::pair("PlainDescent", ""),
                                                          std::pair("Momentum", kMomentum),
                                                          std::pair("Shuffle", kShuffle),
                                                          std::pair("FullBatch", kFullBatch),
                                                          std::pair("Augmentation", kAugmentation),
                                                          std::pair("BatchNorm", kBatchNorm),
                                                          std::pair("Everything", kEverything)),
                                          testing::Values("DOUBLE", "FLOAT")),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param).first) +
                                  (std::string(std::get<1>(info.param)) == "FLOAT" ? "InFloat"
                                                                                   : "InDouble");
                         });

class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest() : experiment_(TestExperiment(kMomentum)), trial_(MakeTrial(experiment_)) {
    EXPECT_TRUE(trial_->Evaluate().ok());
    for (int step = 0; step < 13; ++step) EXPECT_TRUE(trial_->Step().ok());
    checkpoint_ = *MakeCheckpoint(experiment_, *trial_);
  }

  // Returns the error of restoring `checkpoint_` into a new trial, which must remain unchanged.
  std::string Refusal(const Experiment& experiment, uint64_t seed = 1) const {
    const auto trial = MakeTrial(experiment, seed);
    const std::string before = Save(experiment, *trial);
    const absl::Status status = RestoreTrial(checkpoint_, experiment, *trial);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(SameBytes(Save(experiment, *trial), before)) << "the trial was changed";
    return std::string(status.message());
  }
  std::string Refusal() const { return Refusal(experiment_); }

  Experiment experiment_;
  std::unique_ptr<Trial> trial_;
  Checkpoint checkpoint_;
};

TEST_F(CheckpointTest, SaysWhatItIsOf) {
  EXPECT_EQ(checkpoint_.version(), Version());
  // The name is the same for both levels that give the same bits.
  EXPECT_EQ(checkpoint_.simd(), ActiveSimdLevel() == "sse4.2" ? "sse4.2" : "avx2");
  EXPECT_FALSE(checkpoint_.uses_total_epochs());
  EXPECT_EQ(checkpoint_.seed(), 1);
  EXPECT_EQ(checkpoint_.step(), 13);
  EXPECT_EQ(checkpoint_.stage(), 0);
  std::vector<std::string> names;
  for (const StateArray& array : checkpoint_.state()) names.push_back(array.name());
  EXPECT_THAT(names,
              testing::IsSupersetOf(
                  {"step", "step_loss", "student.0.weight", "student.0.bias", "student.1.weight",
                   "student.1.bias", "stage.0.optimizer.momentum.0.weight",
                   "stage.0.optimizer.momentum.0.bias", "stage.0.optimizer.momentum.1.weight",
                   "stage.0.optimizer.momentum.1.bias"}));
}

TEST_F(CheckpointTest, TakingOneChangesNothing) {
  const auto undisturbed = MakeTrial(experiment_);
  ASSERT_TRUE(undisturbed->Evaluate().ok());
  while (!undisturbed->finished()) ASSERT_TRUE(undisturbed->Step().ok());
  while (!trial_->finished()) {
    ASSERT_TRUE(trial_->Step().ok());
    Save(experiment_, *trial_);
  }
  EXPECT_TRUE(SameBytes(Bytes(*trial_), Bytes(*undisturbed)));
}

TEST_F(CheckpointTest, FitsARunOfAnotherNameWithMoreSeedsAndOtherOutput) {
  Experiment renamed = experiment_;
  renamed.set_name("other");
  renamed.mutable_seed()->set_last(1000);
  renamed.mutable_output()->set_checkpoint_every_epochs(1);
  const auto trial = MakeTrial(renamed);
  const absl::Status restored = RestoreTrial(checkpoint_, renamed, *trial);
  EXPECT_TRUE(restored.ok()) << restored;
  EXPECT_EQ(trial->step(), 13);
}

TEST_F(CheckpointTest, RefusesAnotherExperimentAndSaysWhatDiffers) {
  Experiment other = experiment_;
  other.mutable_training()->set_batch_size(9);
  EXPECT_THAT(Refusal(other), HasSubstr("is of another experiment: modified: training.batch_size: "
                                        "8 -> 9"));
  EXPECT_THAT(Refusal(TestExperiment()), HasSubstr("momentum"));
}

TEST_F(CheckpointTest, FitsMoreEpochsUnlessTheirTotalNumberWasAskedFor) {
  Experiment longer = experiment_;
  longer.mutable_training()->set_epochs(4);
  EXPECT_EQ(RestoreTrial(checkpoint_, longer, *MakeTrial(longer)), absl::OkStatus());
  trial_->SetUsesTotalEpochs();
  checkpoint_ = *MakeCheckpoint(experiment_, *trial_);
  EXPECT_THAT(Refusal(longer), HasSubstr("is of another experiment: modified: training.epochs: "
                                         "3 -> 4"));
  // The restored trial retains that the total number was asked for.
  const auto restored = MakeTrial(experiment_);
  EXPECT_EQ(RestoreTrial(checkpoint_, experiment_, *restored), absl::OkStatus());
  EXPECT_TRUE(restored->uses_total_epochs());
  EXPECT_TRUE(MakeCheckpoint(experiment_, *restored)->uses_total_epochs());
}

TEST_F(CheckpointTest, FitsTheSameExperimentWhoseFilesHaveMoved) {
  const std::string path = testing::TempDir() + "/weights.npz";
  ASSERT_TRUE(WriteNpz(path, CopyArrays(trial_->Weights())).ok());
  const std::string moved = testing::TempDir() + "/moved.npz";
  ASSERT_TRUE(WriteNpz(moved, CopyArrays(trial_->Weights())).ok());
  const auto reading = [](const std::string& file) {
    return TestExperiment(
        "student { initializer { [type.googleapis.com/didact.NpzWeights] { path: '" + file +
        "' prefix: 'student.' } } }");
  };
  const auto trial = MakeTrial(reading(path));
  ASSERT_TRUE(trial->Step().ok());
  checkpoint_ = *MakeCheckpoint(reading(path), *trial);
  const auto restored = MakeTrial(reading(moved));
  const absl::Status status = RestoreTrial(checkpoint_, reading(moved), *restored);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(restored->step(), 1);
}

// Returns the built-in plugins as if they came from a plugin library.
PluginRegistry RegistryOf(const std::string& name, const std::string& version,
                          const std::string& sha256) {
  PluginRegistry registry;
  EXPECT_TRUE(RegisterBuiltinPlugins(registry).ok());
  registry.AddLibrary({"/x/" + name + ".so", "/x/" + name + ".so", name, version, sha256});
  return registry;
}

std::unique_ptr<Trial> TrialOf(const Experiment& experiment, const PluginRegistry& registry) {
  auto trial = CreateTrial(experiment, 1, registry, FieldPath("test"));
  EXPECT_TRUE(trial.ok()) << trial.status();
  return *std::move(trial);
}

TEST_F(CheckpointTest, RefusesOtherPluginLibrariesAndNamesBoth) {
  const auto with = TrialOf(experiment_, RegistryOf("mine", "1.0", "0a1b"));
  ASSERT_TRUE(with->Step().ok());
  checkpoint_ = *MakeCheckpoint(experiment_, *with);
  ASSERT_EQ(checkpoint_.plugin_library_size(), 1);
  EXPECT_EQ(checkpoint_.plugin_library(0).name(), "mine");
  EXPECT_EQ(checkpoint_.plugin_library(0).version(), "1.0");
  EXPECT_EQ(checkpoint_.plugin_library(0).sha256(), "0a1b");
  EXPECT_TRUE(RestoreTrial(checkpoint_, experiment_,
                           *TrialOf(experiment_, RegistryOf("mine", "1.0", "0a1b")))
                  .ok());

  const auto rebuilt = TrialOf(experiment_, RegistryOf("mine", "1.0", "2c3d"));
  EXPECT_EQ(RestoreTrial(checkpoint_, experiment_, *rebuilt),
            absl::FailedPreconditionError(
                "was computed with plugin library mine 1.0 (SHA-256 0a1b), now with plugin library "
                "mine 1.0 (/x/mine.so, SHA-256 2c3d)"));
  EXPECT_EQ(rebuilt->step(), 0);
  EXPECT_TRUE(RestoreTrial(checkpoint_, experiment_, *rebuilt, {.plugin_libraries = true}).ok());
  EXPECT_EQ(rebuilt->step(), 1);
  EXPECT_EQ(Refusal(), "was computed with plugin library mine 1.0 (SHA-256 0a1b), now without it");
}

// Writes the training inputs, numbers that begin with `first`, and returns the experiment that
// reads them.
Experiment ReadingExperiment(const std::string& path, double first) {
  std::vector<double> numbers(60 * 6);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = std::sin(static_cast<double>(i * i));
  numbers[0] = first;
  EXPECT_TRUE(WriteNpyFile(path, MakeNpyArray<double>({60, 6}, numbers)).ok());
  Experiment experiment = TestExperiment();
  NpyDataset data;
  data.set_inputs(path);
  experiment.mutable_train_data()->PackFrom(data);
  return experiment;
}

TEST_F(CheckpointTest, RefusesOtherBytesInFilesOfDataAndNamesBothHashes) {
  const std::string path = testing::TempDir() + "/inputs.npy";
  const Experiment experiment = ReadingExperiment(path, 1);
  const auto trial = TrialOf(experiment, BuiltinRegistry());
  ASSERT_TRUE(trial->Step().ok());
  const Checkpoint checkpoint = *MakeCheckpoint(experiment, *trial);
  ASSERT_EQ(checkpoint.file_size(), 1);
  EXPECT_EQ(checkpoint.file(0).field(), "train_data.inputs");
  const std::string before = checkpoint.file(0).sha256();
  EXPECT_EQ(before, *Sha256(*ReadFile(path)));
  EXPECT_TRUE(RestoreTrial(checkpoint, experiment, *TrialOf(experiment, BuiltinRegistry())).ok());
  // A file with the same bytes at another path is accepted.
  const Experiment elsewhere = ReadingExperiment(testing::TempDir() + "/copy.npy", 1);
  EXPECT_TRUE(RestoreTrial(checkpoint, elsewhere, *TrialOf(elsewhere, BuiltinRegistry())).ok());

  usleep(20000);  // so that the time of the file changes, too
  ReadingExperiment(path, 2);
  const auto other = TrialOf(experiment, BuiltinRegistry());
  EXPECT_EQ(RestoreTrial(checkpoint, experiment, *other),
            absl::FailedPreconditionError(absl::StrCat(
                "was computed from other bytes: train_data.inputs: ", path, " has SHA-256 ",
                Sha256(*ReadFile(path))->substr(0, 12), ", and had ", before.substr(0, 12))));
  EXPECT_EQ(other->step(), 0);
  EXPECT_TRUE(RestoreTrial(checkpoint, experiment, *other, {.files = true}).ok());
  EXPECT_EQ(other->step(), 1);
}

TEST_F(CheckpointTest, RefusesAnotherPrecision) {
  Experiment other = experiment_;
  other.set_precision(FLOAT);
  EXPECT_THAT(Refusal(other), HasSubstr("is of another experiment: added: precision: FLOAT"));
}

TEST_F(CheckpointTest, RefusesAnotherSeed) {
  EXPECT_EQ(Refusal(experiment_, 2), "is of seed 1, expected 2");
}

TEST_F(CheckpointTest, RefusesAnotherRelease) {
  checkpoint_.set_version("0.0.1");
  EXPECT_EQ(Refusal(), "is of Didact 0.0.1, expected " + Version());
}

TEST_F(CheckpointTest, RefusesAnotherBaseline) {
  checkpoint_.set_baseline("x86-64");
  EXPECT_THAT(Refusal(), StartsWith("is of a program for x86-64, expected x86-64-v"));
}

TEST_F(CheckpointTest, TakesOneOfAnInstructionSetWithTheSameBitsOnly) {
  const std::string active(ActiveSimdLevel());
  for (const std::string found : {"sse4.2", "avx2", "avx512"}) {
    checkpoint_.set_simd(found);
    if ((found == "sse4.2") == (active == "sse4.2")) {
      EXPECT_TRUE(RestoreTrial(checkpoint_, experiment_, *MakeTrial(experiment_)).ok());
    } else {
      EXPECT_EQ(Refusal(), "was computed with " + found + ", which gives other bits than " +
                               active + ", the instruction set in force");
    }
  }
}

TEST_F(CheckpointTest, RefusesAStepThatTheTrialDoesNotHave) {
  checkpoint_.set_step(31);
  EXPECT_EQ(Refusal(), "is of step 31, expected 0 to 30");
  checkpoint_.set_step(-1);
  EXPECT_EQ(Refusal(), "is of step -1, expected 0 to 30");
  checkpoint_.set_step(12);
  EXPECT_EQ(Refusal(), "array step: is 13, expected 12");
}

TEST_F(CheckpointTest, RefusesAStageThatItsStepDoesNotBelongTo) {
  checkpoint_.set_stage(1);
  EXPECT_EQ(Refusal(), "is of stage 1, expected 0 at step 13");
}

TEST_F(CheckpointTest, RefusesMissingSuperfluousAndWrongArrays) {
  StateArray& weights = *[this] {
    for (StateArray& array : *checkpoint_.mutable_state()) {
      if (array.name() == "student.0.weight") return &array;
    }
    return checkpoint_.mutable_state(0);
  }();
  ASSERT_EQ(weights.name(), "student.0.weight");
  const StateArray good = weights;

  weights.set_name("student.9.weight");
  EXPECT_EQ(Refusal(),
            "array student.0.weight: is missing, expected float64 [8, 6]\n"
            "array student.9.weight: is float64 [8, 6], expected none");
  weights = good;
  weights.set_shape(0, 9);
  EXPECT_EQ(Refusal(), "array student.0.weight: is float64 [9, 6], expected float64 [8, 6]");
  weights = good;
  weights.set_type(StateArray::FLOAT32);
  EXPECT_EQ(Refusal(), "array student.0.weight: is float32 [8, 6], expected float64 [8, 6]");
  weights = good;
  weights.mutable_elements()->pop_back();
  EXPECT_EQ(Refusal(), "array student.0.weight: has 383 bytes, expected 384");
  weights = good;
  *checkpoint_.add_state() = good;
  EXPECT_EQ(Refusal(), "array student.0.weight: is there twice");
}

TEST_F(CheckpointTest, EveryBitThatIsTurnedIsFound) {
  const std::string good = *SerializeCheckpoint(checkpoint_);
  ASSERT_TRUE(ParseCheckpoint(good).ok());
  std::string bytes = good;
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      bytes[i] = static_cast<char>(good[i] ^ (1 << bit));
      EXPECT_FALSE(ParseCheckpoint(bytes).ok()) << "byte " << i << " bit " << bit;
    }
    bytes[i] = good[i];
  }
  EXPECT_TRUE(ParseCheckpoint(bytes).ok());
}

TEST_F(CheckpointTest, EveryTruncationIsFound) {
  const std::string good = *SerializeCheckpoint(checkpoint_);
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(ParseCheckpoint(good.substr(0, size)).status().code(), absl::StatusCode::kDataLoss)
        << size;
  }
  EXPECT_EQ(ParseCheckpoint(good + '\0').status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ParseCheckpoint(good + good).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(CheckpointTest, SaysHowTheBytesAreDamaged) {
  std::string bytes = *SerializeCheckpoint(checkpoint_);
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_THAT(std::string(ParseCheckpoint(bytes).status().message()),
              testing::MatchesRegex("is damaged: has CRC-32 [0-9a-f]+, expected [0-9a-f]+"));
  EXPECT_EQ(ParseCheckpoint("").status().message(),
            "is damaged: expected a whole didact.CheckpointFile, got 0 bytes of something else");
}

TEST_F(CheckpointTest, RefusesAnotherFormat) {
  checkpoint_.set_format(5);
  EXPECT_EQ(ParseCheckpoint(*SerializeCheckpoint(checkpoint_)).status(),
            absl::FailedPreconditionError(
                "is of format 5, expected 6: an earlier release of Didact wrote it; finish the "
                "trial with that release, or train it anew"));
  checkpoint_.set_format(7);
  EXPECT_EQ(ParseCheckpoint(*SerializeCheckpoint(checkpoint_)).status(),
            absl::FailedPreconditionError(
                "is of format 7, expected 6: a later release of Didact wrote it; finish the trial "
                "with that release, or train it anew"));
}

// Records the steps at which checkpoints are due, and those after which the trial is evaluated.
class Recorder final : public TrialObserver {
 public:
  absl::Status OnEvaluation(const Trial& trial, int64_t, const Record&) override {
    evaluated_steps.push_back(trial.step());
    if (stop_at_evaluation) stop = true;
    return absl::OkStatus();
  }
  void OnStep(const Trial& trial) override {
    if (trial.step() == stop_at) stop = true;
  }
  absl::Status OnCheckpoint(const Trial& trial) override {
    steps.push_back(trial.step());
    return error;
  }

  std::vector<int64_t> steps;
  std::vector<int64_t> evaluated_steps;
  int64_t stop_at = -1;
  bool stop_at_evaluation = false;
  std::atomic<bool> stop = false;
  absl::Status error;
};

TEST(RunTrialCheckpoints, AreDueAfterEverySoManyEpochsButNotAtTheEnd) {
  for (const auto& [every, expected] : std::vector<std::pair<int64_t, std::vector<int64_t>>>{
           {0, {}}, {1, {10, 20}}, {2, {20}}, {3, {}}, {4, {}}}) {
    const auto trial = MakeTrial(TestExperiment());
    Recorder recorder;
    EXPECT_TRUE(*RunTrial(*trial, recorder, recorder.stop, {.every_epochs = every}));
    EXPECT_EQ(recorder.steps, expected) << every;
  }
}

TEST(RunTrialCheckpoints, AreDueOnInterruption) {
  const auto trial = MakeTrial(TestExperiment());
  Recorder recorder;
  recorder.stop_at = 14;
  EXPECT_FALSE(*RunTrial(*trial, recorder, recorder.stop));
  EXPECT_THAT(recorder.steps, testing::ElementsAre(14));
}

TEST(RunTrialCheckpoints, AreNotDueBeforeTheFirstStep) {
  const auto trial = MakeTrial(TestExperiment());
  Recorder recorder;
  recorder.stop_at_evaluation = true;
  EXPECT_FALSE(*RunTrial(*trial, recorder, recorder.stop));
  EXPECT_EQ(trial->step(), 0);
  EXPECT_TRUE(recorder.steps.empty());
}

TEST(RunTrialCheckpoints, AnEvaluationBeforeOneIsNotRepeatedAfterIt) {
  const Experiment experiment = TestExperiment();
  const auto trial = MakeTrial(experiment);
  ASSERT_TRUE(trial->Evaluate().ok());
  while (trial->step() < 10) ASSERT_TRUE(trial->Step().ok());
  const std::string before = Save(experiment, *trial);
  ASSERT_TRUE(trial->Evaluate().ok());
  const std::string after = Save(experiment, *trial);
  const auto evaluated_steps = [&experiment](const std::string& checkpoint) {
    Recorder recorder;
    EXPECT_TRUE(*RunTrial(*Restored(experiment, checkpoint), recorder, recorder.stop));
    return recorder.evaluated_steps;
  };
  EXPECT_THAT(evaluated_steps(before), testing::ElementsAre(10, 20, 30));
  EXPECT_THAT(evaluated_steps(after), testing::ElementsAre(20, 30));
}

TEST(RunTrialCheckpoints, OneThatFailsEndsTheTrialWithItsError) {
  const auto trial = MakeTrial(TestExperiment());
  Recorder recorder;
  recorder.error = absl::ResourceExhaustedError("the disk is full");
  EXPECT_EQ(RunTrial(*trial, recorder, recorder.stop, {.every_epochs = 1}).status(),
            recorder.error);
  EXPECT_EQ(trial->step(), 10);
}

}  // namespace
}  // namespace didact
