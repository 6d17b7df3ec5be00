// Changes recorded networks with initializers as functions of the reference did, in runs without
// training: networks that the reference recorded, and networks computed here by the definitions.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/cli/run_tool.h"
#include "tests/parity/array.h"
#include "tests/parity/config_text.h"
#include "tests/parity/finished_trial.h"
#include "tests/parity/recorded_case.h"
#include "xtensor/xbuilder.hpp"
#include "xtensor/xmath.hpp"
#include "xtensor/xnorm.hpp"
#include "xtensor/xview.hpp"

namespace didact {
namespace {

// Weights and biases, layer by layer.
struct Layer {
  Array weight;
  Array bias;
};
using Layers = std::vector<Layer>;

// Returns the network whose arrays are PREFIXw0, PREFIXb0, PREFIXw1, ...
Layers NetworkOf(const Recording& recording, const std::string& prefix) {
  Layers layers;
  for (int l = 0;; ++l) {
    const auto weight = recording.find(absl::StrCat(prefix, "w", l));
    if (weight == recording.end()) return layers;
    layers.push_back(
        {ToArray(weight->second), ToArray(recording.at(absl::StrCat(prefix, "b", l)))});
  }
}

bool IsSinglePrecision(const Recording& recording) {
  return recording.at("before_w0").element == NpyElement::kFloat32;
}

double Setting(const Recording& recording, const std::string& name) {
  return ToArray(recording.at("hp_" + name)).flat(0);
}

void AddWeights(const Layers& layers, const std::string& prefix, std::vector<NamedArray>& arrays) {
  for (size_t l = 0; l < layers.size(); ++l) {
    arrays.push_back({absl::StrCat(prefix, l, ".weight"), ToNpy(layers[l].weight)});
    arrays.push_back({absl::StrCat(prefix, l, ".bias"), ToNpy(layers[l].bias)});
  }
}

// A run without training: teacher and student with their first weights, and the initializers that
// change them. The student may be that of `samples` alone.
struct Construction {
  bool single_precision = false;
  Layers teacher;
  Layers student;
  std::string teacher_initializers;
  std::string student_initializers;
  NpyArray samples;  // the array "x" of data.npz
};

// Returns the initial weights: of the teacher with prefix "teacher.", of the student with prefix
// "student.".
absl::StatusOr<EvaluationResults> Construct(const Construction& construction) {
  const std::string folder = NewFolder();
  std::vector<NamedArray> weights;
  AddWeights(construction.teacher, "teacher.", weights);
  AddWeights(construction.student, "student.", weights);
  DIDACT_RETURN_IF_ERROR(WriteNpz(JoinPath(folder, "weights.npz"), weights));
  const std::vector<NamedArray> data = {{"x", construction.samples}};
  DIDACT_RETURN_IF_ERROR(WriteNpz(JoinPath(folder, "data.npz"), data));

  std::string hidden;
  for (size_t l = 0; l + 1 < construction.teacher.size(); ++l) {
    absl::StrAppend(&hidden, "  hidden { width: ", construction.teacher[l].bias.size(),
                    " activation { [didact/Relu] {} } }\n");
  }
  DIDACT_ASSIGN_OR_RETURN(
      const std::string config,
      WriteConfig(folder,
                  absl::Substitute(
                      R"(name: "construction"
precision: $0
train_data { [didact/NpyDataset] { inputs: "data.npz:x" } }
eval_data { [didact/NpyDataset] { inputs: "data.npz:x" } }
teacher {
$1  outputs: $2
  initializer { [didact/NpzWeights] { path: "weights.npz" prefix: "teacher." } }
$3}
student {
  initializer { [didact/NpzWeights] { path: "weights.npz" prefix: "student." } }
$4}
loss { [didact/HalfSquaredError] {} }
optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.1 } } } }
training { epochs: 0 full_batch {} }
)",
                      construction.single_precision ? "FLOAT" : "DOUBLE", hidden,
                      construction.teacher.back().bias.size(), construction.teacher_initializers,
                      construction.student_initializers)));
  DIDACT_ASSIGN_OR_RETURN(const std::string trial, RunTrialOf(config, "run"));
  return ReadEvaluation(trial, -1);
}

// Fails the test unless the network of `results` whose keys begin with `prefix` is `expected`.
void ExpectNetwork(const EvaluationResults& results, const std::string& prefix,
                   const Layers& expected, double tolerance) {
  ASSERT_FALSE(expected.empty());
  for (size_t l = 0; l < expected.size(); ++l) {
    for (const auto& [name, array] :
         std::map<std::string, Array>{{"weight", expected[l].weight}, {"bias", expected[l].bias}}) {
      const auto found = results.find(absl::StrCat(prefix, l, ".", name));
      ASSERT_NE(found, results.end()) << l << "." << name;
      EXPECT_LE(RelativeError(found->second, array), tolerance) << l << "." << name;
    }
  }
}

Layers NetworkOf(const EvaluationResults& results, const std::string& prefix, size_t layers) {
  Layers network;
  for (size_t l = 0; l < layers; ++l) {
    network.push_back({results.at(absl::StrCat(prefix, l, ".weight")),
                       results.at(absl::StrCat(prefix, l, ".bias"))});
  }
  return network;
}

// Returns the pre-activations [samples, nodes] of each layer, with rectified hidden layers.
std::vector<Array> PreActivationsOf(const Layers& network, Array inputs) {
  std::vector<Array> all;
  for (const Layer& layer : network) {
    const size_t samples = inputs.shape(0);
    const size_t nodes = layer.weight.shape(0);
    Array z = xt::zeros<double>({samples, nodes});
    for (size_t i = 0; i < samples; ++i) {
      for (size_t k = 0; k < nodes; ++k) {
        z(i, k) = layer.bias(k);
        for (size_t j = 0; j < layer.weight.shape(1); ++j) {
          z(i, k) += layer.weight(k, j) * inputs(i, j);
        }
      }
    }
    inputs = xt::maximum(z, 0.0);
    all.push_back(std::move(z));
  }
  return all;
}

class RecordedFunctionTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto recording = ReadRecording(RecordedCasePath(GetParam()));
    ASSERT_THAT(recording.status(), IsOk());
    recording_ = *std::move(recording);
    construction_.single_precision = IsSinglePrecision(recording_);
    construction_.teacher = construction_.student = NetworkOf(recording_, "before_");
    const int64_t inputs = recording_.at("before_w0").shape[1];
    construction_.samples = MakeNpyArray<double>({1, inputs}, std::vector<double>(inputs, 1));
    tolerance_ = construction_.single_precision ? 1e-4 : 1e-9;
  }

  // Applies the teacher's initializers so far, and compares with the recorded network.
  void ExpectTeacher(const std::string& prefix) {
    SCOPED_TRACE(prefix);
    const auto results = Construct(construction_);
    ASSERT_THAT(results.status(), IsOk());
    ExpectNetwork(*results, "teacher.", NetworkOf(recording_, prefix), tolerance_);
    made_ = NetworkOf(*results, "teacher.", construction_.teacher.size());
  }

  // Compares the moments of the outputs, over the samples, with the recorded ones.
  void ExpectOutputs(const std::string& prefix, double mean_tolerance) {
    const Array outputs = PreActivationsOf(made_, ToArray(recording_.at("x_eval"))).back();
    const Array mean = xt::mean(outputs, {0});
    const Array squares = xt::sum(xt::square(outputs - mean), {0});
    const Array stddev = xt::sqrt(squares / (static_cast<double>(outputs.shape(0)) - 1));
    EXPECT_LE(RelativeError(stddev, ToArray(recording_.at(prefix + "y_std"))), tolerance_);
    EXPECT_LE(xt::amax(xt::abs(mean - ToArray(recording_.at(prefix + "y_mean"))))(),
              mean_tolerance);
  }

  Recording recording_;
  Construction construction_;
  double tolerance_ = 0;
  Layers made_;
};

using TunedTeacher = RecordedFunctionTest;

TEST_P(TunedTeacher, IsMadeByBalanceActivationsAndStandardizeOutput) {
  construction_.samples = recording_.at("x_eval");
  const std::string data = "data { [didact/NpyDataset] { inputs: \"data.npz:x\" } }";
  construction_.teacher_initializers = InitializerField("BalanceActivations", data);
  ExpectTeacher("tuned_");
  const std::vector<Array> pre_activations =
      PreActivationsOf(made_, ToArray(recording_.at("x_eval")));
  for (size_t l = 0; l + 1 < pre_activations.size(); ++l) {
    const Array ratio = xt::mean(xt::cast<double>(pre_activations[l] > 0), {0});
    const Array recorded = ToArray(recording_.at(absl::StrCat("active_ratio", l)));
    // Rounding decides on which side of 0 the median itself is.
    EXPECT_LE(xt::amax(xt::abs(ratio - recorded))(),
              1.001 / static_cast<double>(pre_activations[l].shape(0)));
  }
  ExpectOutputs("tuned_", tolerance_ * xt::amax(xt::abs(ToArray(recording_.at("tuned_y_mean"))))());

  construction_.teacher_initializers += InitializerField("StandardizeOutput", data);
  ExpectTeacher("final_");
  ExpectOutputs("final_", construction_.single_precision ? 1e-5 : 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Recorded, TunedTeacher, testing::ValuesIn(FunctionCases("tuned_w0")),
                         [](const auto& info) { return info.param; });

using PrioritizedTeacher = RecordedFunctionTest;

TEST_P(PrioritizedTeacher, IsMadeByDecayFanOutNormalizeFanInAndScaleWeights) {
  construction_.teacher_initializers = InitializerField(
      "DecayFanOut", "exponent: " + Exact(Setting(recording_, "teacher_strength_decay")));
  ExpectTeacher("prioritized_");
  construction_.teacher_initializers +=
      InitializerField("NormalizeFanIn", "epsilon: 1e-5 rescale_bias: true");
  ExpectTeacher("normalized_");
  construction_.teacher_initializers +=
      InitializerField("ScaleWeights", "factor: " + Exact(Setting(recording_, "scale")));
  ExpectTeacher("scaled_");
}

INSTANTIATE_TEST_SUITE_P(Recorded, PrioritizedTeacher,
                         testing::ValuesIn(FunctionCases("prioritized_w0")),
                         [](const auto& info) { return info.param; });

// The functions of the reference that have no recording here, applied to recorded networks.
class ComputedFunctionTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    const std::string suffix = GetParam() ? "_f32" : "_f64";
    const auto teacher = ReadRecording(RecordedCasePath("m9" + suffix));
    const auto student = ReadRecording(RecordedCasePath("m12" + suffix));
    ASSERT_THAT(teacher.status(), IsOk());
    ASSERT_THAT(student.status(), IsOk());
    construction_.single_precision = GetParam();
    construction_.teacher = NetworkOf(*teacher, "tuned_");
    construction_.student = NetworkOf(*student, "before_");
    construction_.samples = teacher->at("x_eval");
    tolerance_ = GetParam() ? 1e-6 : 1e-14;
  }

  void ExpectStudent(const std::string& initializers, const Layers& expected) {
    construction_.student_initializers = initializers;
    const auto results = Construct(construction_);
    ASSERT_THAT(results.status(), IsOk());
    ExpectNetwork(*results, "student.", expected, tolerance_);
    ExpectNetwork(*results, "teacher.", construction_.teacher, 0);
  }

  // Returns the teacher with the norms of the weights of `norms`.
  Layers InDirectionOfTeacher(const Layers& norms) const {
    Layers expected = construction_.teacher;
    for (size_t l = 0; l < expected.size(); ++l) {
      const double ratio =
          xt::norm_l2(norms[l].weight)() / xt::norm_l2(construction_.teacher[l].weight)();
      expected[l].weight *= ratio;
      expected[l].bias *= ratio;
    }
    return expected;
  }

  Construction construction_;
  double tolerance_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Precisions, ComputedFunctionTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Float" : "Double"; });

// teacher + perturbation * draw, with given draws.
TEST_P(ComputedFunctionTest, PerturbsTheTeacher) {
  Layers expected = construction_.teacher;
  for (size_t l = 0; l < expected.size(); ++l) {
    expected[l].weight += 0.3 * construction_.student[l].weight;
    expected[l].bias += 0.3 * construction_.student[l].bias;
  }
  ExpectStudent(InitializerField("ScaleWeights", "factor: 0.3") +
                    InitializerField("CopyTeacher", "add: true"),
                expected);
  // The teacher's direction with the norm of the perturbed weights has the teacher's signs already.
  ExpectStudent(InitializerField("ScaleWeights", "factor: 0.3") +
                    InitializerField("CopyTeacher", "add: true") +
                    InitializerField("CopyTeacher", "part: DIRECTION") +
                    InitializerField("CopyTeacher", "part: SIGN"),
                InDirectionOfTeacher(expected));
}

TEST_P(ComputedFunctionTest, CopiesTheTeachersDirection) {
  ExpectStudent(InitializerField("CopyTeacher", "part: DIRECTION"),
                InDirectionOfTeacher(construction_.student));
}

TEST_P(ComputedFunctionTest, CopiesTheTeachersSigns) {
  Layers expected = construction_.student;
  for (size_t l = 0; l < expected.size(); ++l) {
    const Layer& teacher = construction_.teacher[l];
    for (const auto& [array, signs] : {std::pair{&expected[l].weight, &teacher.weight},
                                       std::pair{&expected[l].bias, &teacher.bias}}) {
      *array = xt::where(*array * *signs < 0, -*array, *array);
    }
  }
  ExpectStudent(InitializerField("CopyTeacher", "part: SIGN"), expected);
}

TEST_P(ComputedFunctionTest, PrunesTheWeakestNodes) {
  const std::vector<double> ratios = {0.5, 0.3, 0.29, 0.99};
  const std::vector<size_t> pruned = {3, 2, 2, 11};  // of 6, 8, 10 and 12 nodes
  Layers expected = construction_.student;
  ASSERT_EQ(expected.size(), ratios.size() + 1);
  for (size_t l = 0; l < ratios.size(); ++l) {
    Array& weight = expected[l + 1].weight;
    const Array strength = xt::mean(xt::abs(weight), {0});
    std::vector<double> sorted(strength.begin(), strength.end());
    std::sort(sorted.begin(), sorted.end());
    for (size_t j = 0; j < strength.size(); ++j) {
      if (strength(j) <= sorted[pruned[l] - 1]) xt::view(weight, xt::all(), j) = 0;
    }
  }
  ExpectStudent(
      InitializerField("Prune", absl::StrCat("ratio: [", absl::StrJoin(ratios, ", "), "]")),
      expected);
}

TEST(FunctionCasesTest, AreThere) {
  EXPECT_FALSE(FunctionCases("tuned_w0").empty());
  EXPECT_FALSE(FunctionCases("prioritized_w0").empty());
}

}  // namespace
}  // namespace didact
