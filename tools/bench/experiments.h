// The experiments that the bench trains, and the number of operations of their steps and
// evaluations.

#ifndef DIDACT_TOOLS_BENCH_EXPERIMENTS_H_
#define DIDACT_TOOLS_BENCH_EXPERIMENTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/network/sample_shape.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// The published two-layer experiment (tools/configs/paper/two_layer.textproto) with another width:
// 100 inputs, 50 outputs, mini-batches of 16, training and evaluation sets of 10000 samples.
struct TwoLayer {
  int64_t teacher_nodes;
  int64_t multiplier;

  int64_t student_nodes() const { return teacher_nodes * multiplier; }
};

// `precision`: "double" or "float", here and below.
std::string TwoLayerConfig(const TwoLayer& setting, const std::string& precision);

// Returns the multiplications and additions of one step's products: forward, backward, update.
double TwoLayerStepFlop(const TwoLayer& setting);

// Returns the multiplications and additions of the student's forward pass and of the correlations
// with the teacher on one data set; the teacher's outputs are known.
double TwoLayerEvaluationFlop(const TwoLayer& setting);

// An optimizer with a constant rate; plain descent by default.
struct BenchOptimizer {
  std::string label = "plain descent";
  std::string plugin = "Sgd";
  double rate = 0.01;
  std::string fields = {};  // of its config, besides the rate
};

// 20 inputs, a teacher of 50, 75, 100 and 125 hidden nodes with 100 outputs, a student that is
// kMultiLayerMultiplier times as wide, mini-batches of 64, MeanSquaredError.
inline constexpr int64_t kMultiLayerMultiplier = 10;
std::string MultiLayerConfig(const std::string& precision, const BenchOptimizer& optimizer = {});

// The same, trained by plain descent, with batch normalization after each of the student's
// activations.
std::string NormalizedConfig(const std::string& precision);

// The operations of the products of either.
double MultiLayerStepFlop();

// A layer of the convolutional networks: 64 channels, square kernels of 3 pixels, no padding.
inline constexpr int64_t kConvolutionChannels = 64;
inline constexpr int64_t kConvolutionKernel = 3;

// The images that the four convolutions read: those of CIFAR-10's size, and the outputs of the
// convolution below.
const std::vector<SampleShape>& ConvolutionInputs();

// A teacher of four convolutions and 10 outputs, a student as wide, mini-batches of 64,
// MeanSquaredError, plain descent. `batch_norm`: normalizes the student after each activation.
// `images`: "FILE.npz:ARRAY", the inputs of both data sets.
std::string ConvolutionalConfig(const std::string& precision, bool batch_norm,
                                const std::string& images);

double ConvolutionalStepFlop();

// Returns the resolved experiment of a config, with the built-in plugins.
absl::StatusOr<Experiment> MakeExperiment(const std::string& config);

// Returns the trial of seed 1 of such a config.
absl::StatusOr<std::unique_ptr<Trial>> MakeTrial(const std::string& config);

// Returns the trial of a ConvolutionalConfig with images of random pixels.
absl::StatusOr<std::unique_ptr<Trial>> MakeConvolutionalTrial(const std::string& precision,
                                                              bool batch_norm);

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_EXPERIMENTS_H_
