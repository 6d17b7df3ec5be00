// Whole training steps and evaluations as tasks of the bench.

#ifndef DIDACT_TOOLS_BENCH_STEP_TASKS_H_
#define DIDACT_TOOLS_BENCH_STEP_TASKS_H_

#include <vector>

#include "tools/bench/experiments.h"
#include "tools/bench/task.h"

namespace didact {

inline constexpr char kTwoLayerStepSection[] = "two-layer step, batch 16";
inline constexpr char kEvaluationSection[] = "evaluation of 10000 samples";
inline constexpr char kMultiLayerSection[] = "multi-layer step, batch 64";
inline constexpr char kMultiLayerLabel[] = "20-500-750-1000-1250-100";
inline constexpr char kOptimizerSection[] = "multi-layer step by optimizer, batch 64";

inline constexpr char kNormalizedSection[] = "multi-layer step with batch norm, batch 64";
inline constexpr char kConvolutionalSection[] = "convolutional step, batch 64";

// Returns "3x32x32, 4 x 64 channels", and whether they are normalized.
std::string ConvolutionalLabel(bool batch_norm);

// Returns the two-layer settings of the steps that are measured: 5, 20, 40, 100 and 200 student
// nodes.
const std::vector<TwoLayer>& StepSettings();

// The settings that are evaluated: 20 teacher nodes, 20 and 200 student nodes.
const std::vector<TwoLayer>& EvaluationSettings();

// Returns "20 student nodes", for instance.
std::string StudentNodes(const TwoLayer& setting);

// Returns, in both precisions, the two-layer step of each setting, the evaluation with Loss and
// Specialization (time per data set), and the multi-layer step. A trial is built when its task
// first runs, and kept as long as the tasks.
std::vector<Task> StepTasks();

// Returns, in both precisions, the multi-layer step by plain descent, momentum, Adam and AdamW, one
// after the other. The work that is counted is that of the products alone.
std::vector<Task> OptimizerTasks();

// Returns, in both precisions, the multi-layer step with batch normalization and the convolutional
// step with and without.
std::vector<Task> DeepStepTasks();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_STEP_TASKS_H_
