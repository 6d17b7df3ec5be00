// Augmentations of the training set: those that are not random also change the inputs on which the
// training set is evaluated, at any place of the list.

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/training/test_experiment.h"

namespace didact {
namespace {

constexpr int64_t kSamples = 30;
constexpr int64_t kFeatures = 12;

constexpr char kNormalize[] =
    "{ [type.googleapis.com/didact.Normalize] { mean: [0.5, -1, 0] stddev: [2, 4, 0.5] } } ";
constexpr char kNoFlip[] =
    "{ [type.googleapis.com/didact.RandomHorizontalFlip] { probability: 0 } } ";

// Writes images [30, 3, 2, 2] of which each pixel is a multiple of 1 / 8, as they are and normalized
// as by kNormalize, which is exact, and returns the name of the file.
std::string WriteImages(bool normalized) {
  constexpr double kMean[] = {0.5, -1, 0};
  constexpr double kStddev[] = {2, 4, 0.5};
  const RandomStream random(1, "images");
  std::vector<double> pixels;
  for (int64_t i = 0; i < kSamples * kFeatures; ++i) {
    const int64_t channel = i % kFeatures / 4;
    const double pixel = static_cast<double>(random.UniformInteger(i, 17)) / 8 - 1;
    pixels.push_back(normalized ? (pixel - kMean[channel]) / kStddev[channel] : pixel);
  }
  const std::string path = ScratchPath(normalized ? "normalized.npy" : "images.npy");
  EXPECT_EQ(WriteNpyFile(path, MakeNpyArray<double>({kSamples, 3, 2, 2}, pixels)),
            absl::OkStatus());
  return path;
}

Experiment ImageExperiment(const std::string& file, const std::string& changes) {
  const std::string data =
      absl::StrCat("{ [type.googleapis.com/didact.NpyDataset] { inputs: '", file, "' } } ");
  Experiment experiment = TestExperiment(
      absl::StrCat("train_data ", data, "eval_data ", data,
                   "metric { [type.googleapis.com/didact.Specialization] {} } ",
                   "metric { [type.googleapis.com/didact.GradientNorm] {} } ", changes));
  experiment.mutable_training()->set_evaluation_batch_size(7);
  return experiment;
}

// All numbers of the evaluations before and after training, and the student's weights.
struct Outcome {
  std::vector<std::string> keys;
  std::vector<double> numbers;
};

Outcome Train(const Experiment& experiment) {
  Outcome outcome;
  const std::unique_ptr<Trial> trial = MakeTrial(experiment);
  if (trial == nullptr) return outcome;
  for (const bool is_trained : {false, true}) {
    while (is_trained && !trial->finished()) EXPECT_TRUE(trial->Step().ok());
    const Record record = *trial->Evaluate();
    for (const auto& [key, number] : record.numbers()) {
      outcome.keys.push_back(absl::StrCat(is_trained ? "after: " : "before: ", key));
      outcome.numbers.push_back(
          std::visit([](auto value) { return static_cast<double>(value); }, number));
    }
  }
  for (const double weight : WeightOf(*trial, "student.0.weight")) {
    outcome.keys.push_back("student.0.weight");
    outcome.numbers.push_back(weight);
  }
  return outcome;
}

void ExpectNear(const Outcome& outcome, const Outcome& expected, const std::string& changes) {
  ASSERT_GT(expected.keys.size(), 0u);
  ASSERT_EQ(outcome.keys, expected.keys);
  for (size_t i = 0; i < expected.numbers.size(); ++i) {
    EXPECT_NEAR(outcome.numbers[i], expected.numbers[i], 1e-9) << expected.keys[i] << changes;
  }
}

// The teacher's activations are kept, or computed again in each evaluation.
TEST(TrialAugmentation, NormalizationAtAnyPlaceIsThatOfNormalizedImages) {
  for (const std::string memory : {"", "training { teacher_activation_memory: 0 } "}) {
    const Outcome expected = Train(ImageExperiment(WriteImages(/*normalized=*/true), memory));
    const std::string normalize = absl::StrCat("train_augmentation ", kNormalize);
    const std::string no_flip = absl::StrCat("train_augmentation ", kNoFlip);
    for (const std::string& list :
         {normalize, absl::StrCat(normalize, no_flip), absl::StrCat(no_flip, normalize),
          absl::StrCat(no_flip, normalize, no_flip)}) {
      const std::string changes = absl::StrCat(memory, list, "eval_augmentation ", kNormalize);
      ExpectNear(Train(ImageExperiment(WriteImages(/*normalized=*/false), changes)), expected,
                 changes);
    }
  }
}

TEST(TrialAugmentation, NormalizationAloneGivesTheBitsOfNormalizedImages) {
  const Outcome expected = Train(ImageExperiment(WriteImages(/*normalized=*/true), ""));
  const Outcome outcome = Train(ImageExperiment(
      WriteImages(/*normalized=*/false),
      absl::StrCat("train_augmentation ", kNormalize, "eval_augmentation ", kNormalize)));
  EXPECT_EQ(outcome.numbers, expected.numbers);
}

TEST(TrialAugmentation, RandomOnesDoNotChangeTheInputsOfEvaluations) {
  const std::string images = WriteImages(/*normalized=*/false);
  const auto loss_before = [&](const std::string& changes) {
    const Outcome outcome =
        Train(ImageExperiment(images, absl::StrCat("training { epochs: 0 } ", changes)));
    EXPECT_FALSE(outcome.numbers.empty());
    return outcome.numbers;
  };
  EXPECT_EQ(loss_before("train_augmentation { [type.googleapis.com/didact.RandomCrop] { padding: "
                        "1 } }"),
            loss_before(""));
}

TEST(TrialAugmentation, ReportsEachThatDoesNotFitTheImages) {
  const Experiment experiment =
      ImageExperiment(WriteImages(/*normalized=*/false),
                      R"pb(
                        train_augmentation {
                          [type.googleapis.com/didact.RandomCrop] { padding: 2 }
                        }
                        train_augmentation {
                          [type.googleapis.com/didact.Normalize] {
                            mean: [ 0, 1 ]
                            stddev: 1
                          }
                        }
                      )pb");
  EXPECT_EQ(
      CreateTrial(experiment, 1, BuiltinRegistry(), FieldPath("e.textproto")).status().message(),
      "e.textproto: train_augmentation[0].padding: must be < 2, since a crop of an image of 2 x 2 "
      "pixels could otherwise lie outside of it, got 2\n"
      "e.textproto: train_augmentation[1].mean: must have one number for all channels or one for "
      "each, 3, got 2");
}

}  // namespace
}  // namespace didact
