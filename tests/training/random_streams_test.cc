// Tests the random streams of a whole trial: every part draws from its own, and no random numbers
// are used twice.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/experiment.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/base/golden_streams.h"
#include "tests/training/recording_plugins.h"

namespace didact {
namespace {

constexpr char kNetworksAndLoss[] = R"pb(
  name: "streams"
  teacher {
    hidden {
      width: 2
      activation {
        [type.googleapis.com/didact.Relu] {}
      }
    }
    outputs: 1
  }
  student {}
  loss {
    [type.googleapis.com/didact.HalfSquaredError] {}
  }
  optimizer {
    [type.googleapis.com/didact.Sgd] {
      learning_rate {
        [type.googleapis.com/didact.Constant] { value: 0 }
      }
    }
  }
)pb";

constexpr char kRecord[] = "{ [type.googleapis.com/google.protobuf.BoolValue] {} }";
constexpr char kNoise[] = "{ [type.googleapis.com/didact.GaussianNoise] { stddev: 1 } }";
constexpr char kGaussianWeights[] =
    "{ [type.googleapis.com/didact.GaussianWeights] { stddev: 1 } }";

std::string RecordingData(const std::string& config) {
  return absl::StrCat("{ [type.googleapis.com/google.protobuf.StringValue] { value: \"", config,
                      "\" } }");
}

// Trains the trial of `seed` to its end and evaluates it. Afterwards TheRecording() has all that
// the plugins were given.
void Train(const std::string& fields, uint64_t seed) {
  Experiment experiment;
  ASSERT_TRUE(google::protobuf::TextFormat::MergeFromString(absl::StrCat(kNetworksAndLoss, fields),
                                                            &experiment))
      << fields;
  TheRecording().Clear();
  const auto trial = CreateTrial(experiment, seed, RecordingRegistry(), FieldPath());
  ASSERT_TRUE(trial.ok()) << trial.status();
  while (!(*trial)->finished()) ASSERT_TRUE((*trial)->Step().ok());
  ASSERT_TRUE((*trial)->Evaluate().ok());
}

// Returns fields with two of each part that may be repeated, and two epochs of 3 steps.
std::string TwoOfEach(const std::string& train_data = "10,3", const std::string& eval_data = "9,3",
                      const std::string& pinned = "") {
  return absl::StrCat("train_data ", RecordingData(train_data), "eval_data ",
                      RecordingData(eval_data),                                         //
                      "train_augmentation ", kRecord, "train_augmentation ", kRecord,   //
                      "eval_augmentation ", kRecord, "eval_augmentation ", kRecord,     //
                      "teacher { initializer ", kRecord, "initializer ", kRecord, "}",  //
                      "student { initializer ", kRecord, "initializer ", kRecord, "}",  //
                      "training { epochs: 2 batch_size: 4 shuffle {} }", pinned);
}

// Returns the parts of a trial that use random numbers, with the stream of each use.
std::map<std::string, std::vector<std::string>> NamesOfStreams() {
  std::map<std::string, std::vector<std::string>> names = {
      {"train_data", {"train_data"}},
      {"eval_data", {"eval_data"}},
      {"teacher.initializer[0]", {"teacher/0"}},
      {"teacher.initializer[1]", {"teacher/1"}},
      {"student.initializer[0]", {"student/0"}},
      {"student.initializer[1]", {"student/1"}},
      {"eval_augmentation[0]", {"eval_data/augmentation/0"}},
      {"eval_augmentation[1]", {"eval_data/augmentation/1"}}};
  for (int step = 0; step < 6; ++step) {
    for (int i = 0; i < 2; ++i) {
      names[absl::StrCat("train_augmentation[", i, "]")].push_back(
          absl::StrCat("augmentation/", step, "/", i));
    }
  }
  return names;
}

// Compares the recorded streams with the golden words. `seed_of`: the seeds of the streams of parts
// that do not use `seed`.
void ExpectGoldenStreams(uint64_t seed, const std::map<std::string, uint64_t>& seed_of = {}) {
  const auto names = NamesOfStreams();
  EXPECT_EQ(TheRecording().streams.size(), names.size());
  for (const auto& [place, streams_of_place] : names) {
    const std::vector<RandomStream>& recorded = TheRecording().streams[place];
    ASSERT_EQ(recorded.size(), streams_of_place.size()) << place;
    const auto other = seed_of.find(place);
    const uint64_t expected_seed = other == seed_of.end() ? seed : other->second;
    for (size_t call = 0; call < recorded.size(); ++call) {
      EXPECT_EQ(WordsOf(recorded[call]), GoldenWords(expected_seed, streams_of_place[call]))
          << place << " must draw from " << streams_of_place[call] << " of seed " << expected_seed
          << " at call " << call;
    }
  }
}

TEST(RandomStreamsOfATrial, BelongToThePartsThatTheyAreNamedAfter) {
  for (const uint64_t seed : {1, 2}) {
    Train(TwoOfEach(), seed);
    ExpectGoldenStreams(seed);
  }
}

TEST(RandomStreamsOfATrial, AreMovedByAPinnedSeedOneAtATime) {
  Train(TwoOfEach("10,3,2"), 1);
  ExpectGoldenStreams(1, {{"train_data", 2}});
  Train(TwoOfEach("10,3", "9,3,2"), 1);
  ExpectGoldenStreams(1,
                      {{"eval_data", 2}, {"eval_augmentation[0]", 2}, {"eval_augmentation[1]", 2}});
  Train(TwoOfEach("10,3", "9,3", "teacher { stream_seed: 2 }"), 1);
  ExpectGoldenStreams(1, {{"teacher.initializer[0]", 2}, {"teacher.initializer[1]", 2}});
  Train(TwoOfEach("10,3", "9,3", "student { stream_seed: 2 }"), 1);
  ExpectGoldenStreams(1, {{"student.initializer[0]", 2}, {"student.initializer[1]", 2}});
  Train(TwoOfEach("10,3", "9,3", "training { stream_seed: 2 }"), 1);
  ExpectGoldenStreams(1);
}

// Returns the mini-batches of mini_batches.txt, which random_reference.py computes. An intended
// change of samplers must also be made in that program.
std::vector<std::vector<double>> GoldenBatches(const std::string& sampler, uint64_t seed) {
  std::ifstream file("tests/training/mini_batches.txt");
  std::vector<std::vector<double>> batches;
  const std::string prefix = absl::StrCat(sampler, " ", seed, " 10 4 ");
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, prefix.size(), prefix) != 0) continue;
    std::istringstream numbers(line.substr(prefix.size()));
    int64_t step = -1;
    numbers >> step;
    EXPECT_EQ(step, static_cast<int64_t>(batches.size()));
    std::vector<double>& batch = batches.emplace_back();
    for (double row = 0; numbers >> row;) batch.push_back(row);
  }
  return batches;
}

// Returns the rows of the training set that each step used.
std::vector<std::vector<double>> TrainedBatches() {
  std::vector<std::vector<double>> batches;
  for (const InputRows& inputs : TheRecording().augmented["train_augmentation[0]"]) {
    std::vector<double>& batch = batches.emplace_back();
    for (const std::vector<double>& row : inputs) batch.push_back(row[0]);
  }
  return batches;
}

std::string Sampled(const std::string& training) {
  return absl::StrCat("train_data ", RecordingData("10,3"), "eval_data ", RecordingData("9,3"),
                      "train_augmentation ", kRecord, "teacher { initializer ", kRecord,
                      "} student { initializer ", kRecord, "} training {", training, "}");
}

TEST(RandomStreamsOfATrial, GiveTheGoldenMiniBatches) {
  Train(Sampled("epochs: 3 batch_size: 4 shuffle {}"), 1);
  EXPECT_EQ(TrainedBatches(), GoldenBatches("shuffle", 1));
  Train(Sampled("epochs: 3 batch_size: 4 shuffle {} stream_seed: 2"), 1);
  EXPECT_EQ(TrainedBatches(), GoldenBatches("shuffle", 2));
  Train(Sampled("epochs: 2 batch_size: 4 with_replacement { steps_per_epoch: 3 }"), 1);
  EXPECT_EQ(TrainedBatches(), GoldenBatches("with_replacement", 1));
  Train(Sampled("epochs: 2 batch_size: 4 with_replacement { steps_per_epoch: 3 } stream_seed: 2"),
        1);
  EXPECT_EQ(TrainedBatches(), GoldenBatches("with_replacement", 2));
}

// The correlation of the first components of both lists, up to the length of the shorter. For n
// independent components it has a standard deviation of 1 / sqrt(n).
struct CorrelationOfInputs {
  double value = 0;
  double standard_deviation = 0;
};

CorrelationOfInputs Correlate(const std::vector<double>& a, const std::vector<double>& b) {
  const size_t count = std::min(a.size(), b.size());
  double sum_aa = 0, sum_bb = 0, sum_ab = 0;
  for (size_t i = 0; i < count; ++i) {
    sum_aa += a[i] * a[i];
    sum_bb += b[i] * b[i];
    sum_ab += a[i] * b[i];
  }
  return {sum_ab / std::sqrt(sum_aa * sum_bb), 1 / std::sqrt(static_cast<double>(count))};
}

std::vector<double> ComponentsOf(const InputRows& rows) {
  std::vector<double> components;
  for (const std::vector<double>& row : rows) {
    components.insert(components.end(), row.begin(), row.end());
  }
  return components;
}

std::string Evaluated(const std::string& train_data, const std::string& eval_data) {
  return absl::StrCat("train_data { [type.googleapis.com/didact.", train_data, "} eval_data { ",
                      "[type.googleapis.com/didact.", eval_data, "} metric ", kRecord,
                      "teacher { initializer ", kGaussianWeights, "} student { initializer ",
                      kGaussianWeights, "} training { epochs: 0 batch_size: 4 }");
}

// For 600 components of mean 0, a bound of six standard deviations is a false alarm of 2e-9 for a
// data set and a seed, and the seeds are fixed. In some cases the evaluation set is larger, and
// differs in scale.
TEST(RandomStreamsOfATrial, EvaluateOnInputsThatDoNotDependOnThoseTrainedOn) {
  for (const std::string data : {"GaussianInputs] { dimension: 10 size: 60 stddev: 2 }",
                                 "UniformInputs] { dimension: 10 size: 60 low: -2 high: 2 }",
                                 "SphereInputs] { dimension: 10 size: 60 radius: 2 }"}) {
    for (const uint64_t seed : {1, 2, 3}) {
      const std::string name = data.substr(0, data.find(']'));
      Train(Evaluated(data, absl::StrCat(name, "] { dimension: 10 size: 70 }")), seed);
      const auto correlation = Correlate(ComponentsOf(TheRecording().evaluated[60]),
                                         ComponentsOf(TheRecording().evaluated[70]));
      EXPECT_NEAR(correlation.value, 0, 6 * correlation.standard_deviation) << data;
    }
  }
}

// The probability of two equal inputs of random numbers is below 1e-15.
TEST(RandomStreamsOfATrial, EvaluateOnNoInputThatIsTrainedOn) {
  for (const std::string data :
       {"GaussianInputs", "UniformInputs", "SphereInputs", "BoundaryInputs"}) {
    Train(Evaluated(absl::StrCat(data, "] { dimension: 10 size: 60 }"),
                    absl::StrCat(data, "] { dimension: 10 size: 72 }")),
          1);
    const InputRows& train = TheRecording().evaluated[60];
    const InputRows& eval = TheRecording().evaluated[72];
    ASSERT_EQ(train.size(), 60) << data;
    ASSERT_EQ(eval.size(), 72) << data;
    std::set<std::vector<double>> inputs(train.begin(), train.end());
    inputs.insert(eval.begin(), eval.end());
    EXPECT_EQ(inputs.size(), 132) << data << " has inputs that are there twice";
  }
}

// Returns the noise added to inputs of the recording data set, in which the value of row i is its
// number.
std::vector<double> NoiseOf(const InputRows& before, const InputRows& after) {
  std::vector<double> noise = ComponentsOf(after);
  const std::vector<double> inputs = ComponentsOf(before);
  for (size_t i = 0; i < noise.size(); ++i) noise[i] -= inputs[i];
  return noise;
}

// There are 14 noises of at least 300 components, made by 2 augmentations in the 6 steps of 3
// epochs and by 2 on the evaluation data. For each of 91 pairs a bound of six standard deviations
// is a false alarm of 2e-9, and the seed is fixed.
TEST(RandomStreamsOfATrial, MakeNoiseThatDiffersBetweenStepsAndAugmentations) {
  const std::string record_noise =
      absl::StrCat(" _augmentation ", kRecord, " _augmentation ", kNoise, " _augmentation ",
                   kRecord, " _augmentation ", kNoise, " _augmentation ", kRecord);
  const auto augmented = [&](const std::string& prefix) {
    return absl::StrReplaceAll(record_noise, {{" _", absl::StrCat(" ", prefix, "_")}});
  };
  Train(absl::StrCat("train_data ", RecordingData("30,10"), "eval_data ", RecordingData("60,10"),
                     augmented("train"), augmented("eval"), "teacher { initializer ", kRecord,
                     "} student { initializer ", kRecord,
                     "} training { epochs: 3 full_batch { steps_per_epoch: 2 } }"),
        1);
  auto& inputs = TheRecording().augmented;
  std::vector<std::pair<std::string, std::vector<double>>> noises;
  for (const std::string prefix : {"train", "eval"}) {
    for (const int after : {2, 4}) {
      const auto& from = inputs[absl::StrCat(prefix, "_augmentation[", after - 2, "]")];
      const auto& to = inputs[absl::StrCat(prefix, "_augmentation[", after, "]")];
      ASSERT_EQ(to.size(), prefix == "train" ? 6 : 1);
      for (size_t call = 0; call < to.size(); ++call) {
        noises.emplace_back(absl::StrCat(prefix, "_augmentation[", after - 1, "], call ", call),
                            NoiseOf(from[call], to[call]));
      }
    }
  }
  ASSERT_EQ(noises.size(), 14);
  for (size_t a = 0; a < noises.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      const auto correlation = Correlate(noises[a].second, noises[b].second);
      EXPECT_NEAR(correlation.value, 0, 6 * correlation.standard_deviation)
          << "the noise of " << noises[a].first << " repeats that of " << noises[b].first;
    }
  }
}

}  // namespace
}  // namespace didact
