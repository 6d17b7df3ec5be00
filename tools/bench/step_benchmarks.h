// Benchmarks of whole training steps and evaluations of the published two-layer experiment.

#ifndef DIDACT_TOOLS_BENCH_STEP_BENCHMARKS_H_
#define DIDACT_TOOLS_BENCH_STEP_BENCHMARKS_H_

namespace didact {

// Registers, for 5 to 200 student nodes and both precisions, the training step (100 inputs, 50
// outputs, mini-batches of 16 drawn from 10000 samples) and the evaluation with Loss and
// Specialization on 2 x 10000 samples.
void RegisterStepBenchmarks();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_STEP_BENCHMARKS_H_
