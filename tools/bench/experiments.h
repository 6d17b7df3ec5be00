// The experiments that the bench trains, and the number of operations of their steps and
// evaluations.

#ifndef DIDACT_TOOLS_BENCH_EXPERIMENTS_H_
#define DIDACT_TOOLS_BENCH_EXPERIMENTS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
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

double MultiLayerStepFlop();

// Returns the resolved experiment of a config, with the built-in plugins.
absl::StatusOr<Experiment> MakeExperiment(const std::string& config);

// Returns the trial of seed 1 of such a config.
absl::StatusOr<std::unique_ptr<Trial>> MakeTrial(const std::string& config);

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_EXPERIMENTS_H_
