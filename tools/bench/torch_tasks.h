// The steps and evaluations of step_tasks.h, and the operations of image_tasks.h, in PyTorch.

#ifndef DIDACT_TOOLS_BENCH_TORCH_TASKS_H_
#define DIDACT_TOOLS_BENCH_TORCH_TASKS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tools/bench/task.h"
#include "tools/bench/torch_process.h"

namespace didact {

// Descriptions of the baselines, which are the contenders of the tasks below; lines for people.
extern const char kTorchBaselines[];

// The number of tasks that were compared with Didact, and the largest relative difference, for each
// precision and number of steps.
class Agreements {
 public:
  void Add(const std::string& precision, int64_t steps, double difference);
  // Returns text for people; empty if nothing was compared.
  std::string Format() const;

 private:
  struct Comparisons {
    int count = 0;
    double largest_difference = 0.0;
  };
  std::map<std::pair<std::string, int64_t>, Comparisons> comparisons_;
};

// Returns tasks with the sections, labels and precisions of StepTasks, DeepStepTasks and ImageTasks
// for each baseline: the reference's operations, PyTorch as its manual recommends, and gradients by
// hand, over several seeds at once, whose times are per seed, or of a deep network. Before a step or an evaluation is timed, its task checks that the baseline
// computes the same as Didact (CheckAgreement), adds the difference to `agreements`, and fails if
// it does not. `torch` and `agreements` must outlive the tasks.
std::vector<Task> TorchTasks(TorchProcess& torch, Agreements& agreements);

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_TORCH_TASKS_H_
