// Changes recorded networks with initializers as functions of the reference did, in runs without
// training.

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/io/npy.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/parity/array.h"
#include "tests/parity/config_text.h"
#include "tests/parity/construction.h"
#include "tests/parity/finished_trial.h"
#include "tests/parity/recorded_case.h"
#include "xtensor/xbuilder.hpp"
#include "xtensor/xmath.hpp"

namespace didact {
namespace {

double Setting(const Recording& recording, const std::string& name) {
  return ToArray(recording.at("hp_" + name)).flat(0);
}

// Fails the test unless the network of `results` whose keys begin with `prefix` is `expected`.
void ExpectNetwork(const EvaluationResults& results, const std::string& prefix,
                   const NetworkArrays& expected, double tolerance) {
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

// Returns the pre-activations [samples, nodes] of each layer, with rectified hidden layers.
std::vector<Array> PreActivationsOf(const NetworkArrays& network, Array inputs) {
  std::vector<Array> all;
  for (const LayerArrays& layer : network) {
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
  }

  // Begins with recorded networks.
  void Begin(const std::string& teacher, const std::string& student) {
    construction_ = {};
    construction_.single_precision = recording_.at(teacher + "w0").element == NpyElement::kFloat32;
    construction_.teacher = NetworkOf(recording_, teacher);
    construction_.student = NetworkOf(recording_, student);
    construction_.samples = OneSampleFor(construction_.teacher);
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

  void ExpectStudent(const std::string& initializers, const NetworkArrays& expected) {
    construction_.student_initializers = initializers;
    const auto results = Construct(construction_);
    ASSERT_THAT(results.status(), IsOk());
    ExpectNetwork(*results, "student.", expected, tolerance_);
    ExpectNetwork(*results, "teacher.", construction_.teacher, 0);
  }

  void ExpectStudent(const std::string& initializers, const std::string& prefix) {
    SCOPED_TRACE(prefix);
    ExpectStudent(initializers, NetworkOf(recording_, prefix));
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
  NetworkArrays made_;
};

using TunedTeacher = RecordedFunctionTest;

TEST_P(TunedTeacher, IsMadeByBalanceActivationsAndStandardizeOutput) {
  Begin("before_", "before_");
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
  Begin("before_", "before_");
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

using CopiedStudent = RecordedFunctionTest;

TEST_P(CopiedStudent, IsMadeByCopyTeacher) {
  const std::string direction = InitializerField("CopyTeacher", "part: DIRECTION");
  const std::string sign = InitializerField("CopyTeacher", "part: SIGN");
  Begin("teacher_", "student_");
  ExpectStudent(direction, "dir_");
  ExpectStudent(sign, "sign_");
  Begin("teacher_", "draw_");
  const std::string perturbed =
      InitializerField("ScaleWeights", "factor: " + Exact(Setting(recording_, "perturb"))) +
      InitializerField("CopyTeacher", "add: true");
  ExpectStudent(perturbed, "perturb_");
  ExpectStudent(perturbed + direction + sign, "all_");
}

INSTANTIATE_TEST_SUITE_P(Recorded, CopiedStudent, testing::ValuesIn(FunctionCases("perturb_w0")),
                         [](const auto& info) { return info.param; });

// The parameter is a recording with a fully connected network, `w0`, and a convolutional one,
// `conv_w0`.
class PrunedStudent : public RecordedFunctionTest {
 protected:
  // Compares with the recorded masks, of which the last may have a name of its own.
  void ExpectPruned(const std::string& prefix, const std::string& last_mask) {
    SCOPED_TRACE(prefix);
    Begin(prefix, prefix);
    NetworkArrays expected = construction_.student;
    for (size_t l = 1; l < expected.size(); ++l) {
      const std::string mask =
          l + 1 == expected.size() ? last_mask : absl::StrCat(prefix, "mask", l - 1);
      ASSERT_EQ(recording_.count(mask), 1) << mask;
      expected[l].weight *= ToArray(recording_.at(mask));
    }
    ASSERT_EQ(recording_.count("hp_ratio"), 1);
    const Array ratios = ToArray(recording_.at("hp_ratio"));
    ASSERT_GE(ratios.size() + 1, expected.size());
    std::vector<std::string> ratio;
    for (size_t l = 0; l + 1 < expected.size(); ++l) ratio.push_back(Exact(ratios(l)));
    ExpectStudent(
        InitializerField("Prune", absl::StrCat("ratio: [", absl::StrJoin(ratio, ", "), "]")),
        expected);
  }
};

TEST_P(PrunedStudent, IsMadeByPrune) {
  ExpectPruned("", "mask" + std::to_string(NetworkOf(recording_, "").size() - 2));
  // The reference mixes up channels and positions of the last layer; the recording also has the
  // mask that was intended.
  ExpectPruned("conv_", "intended_conv_mask_last");
}

INSTANTIATE_TEST_SUITE_P(Recorded, PrunedStudent, testing::ValuesIn(FunctionCases("mask0")),
                         [](const auto& info) { return info.param; });

TEST(FunctionCasesTest, AreAllUsed) {
  std::vector<std::string> used;
  for (const std::string array : {"tuned_w0", "prioritized_w0", "perturb_w0", "mask0"}) {
    const std::vector<std::string> cases = FunctionCases(array);
    EXPECT_FALSE(cases.empty()) << array;
    used.insert(used.end(), cases.begin(), cases.end());
  }
  EXPECT_THAT(used, testing::UnorderedElementsAreArray(FunctionCases("hp_kind")));
}

}  // namespace
}  // namespace didact
