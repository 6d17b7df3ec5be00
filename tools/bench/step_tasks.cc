#include "tools/bench/step_tasks.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/training/trial.h"

namespace didact {
namespace {

// A trial that is created when it is first used. Copies share it.
class LateTrial {
 public:
  explicit LateTrial(std::string config) : state_(new State{std::move(config), nullptr}) {}

  absl::StatusOr<Trial*> Get() const {
    if (state_->trial == nullptr) {
      DIDACT_ASSIGN_OR_RETURN(state_->trial, MakeTrial(state_->config));
    }
    return state_->trial.get();
  }

 private:
  struct State {
    std::string config;
    std::unique_ptr<Trial> trial;
  };
  std::shared_ptr<State> state_;
};

absl::StatusOr<double> Step(const LateTrial& late, int64_t iterations) {
  DIDACT_ASSIGN_OR_RETURN(Trial* const trial, late.Get());
  // The first step allocates buffers.
  if (trial->step() == 0) DIDACT_RETURN_IF_ERROR(trial->Step());
  const double start = ThreadSeconds();
  for (int64_t i = 0; i < iterations; ++i) DIDACT_RETURN_IF_ERROR(trial->Step());
  return ThreadSeconds() - start;
}

// Returns the seconds per data set; a trial has two.
absl::StatusOr<double> Evaluate(const LateTrial& late, int64_t iterations) {
  DIDACT_ASSIGN_OR_RETURN(Trial* const trial, late.Get());
  const double start = ThreadSeconds();
  for (int64_t i = 0; i < iterations; ++i) DIDACT_RETURN_IF_ERROR(trial->Evaluate().status());
  return 0.5 * (ThreadSeconds() - start);
}

}  // namespace

const std::vector<TwoLayer>& StepSettings() {
  static const auto& settings =
      *new std::vector<TwoLayer>{{5, 1}, {20, 1}, {20, 2}, {20, 5}, {20, 10}};
  return settings;
}

const std::vector<TwoLayer>& EvaluationSettings() {
  static const auto& settings = *new std::vector<TwoLayer>{{20, 1}, {20, 10}};
  return settings;
}

std::string StudentNodes(const TwoLayer& setting) {
  return absl::StrCat(setting.student_nodes(), " student nodes");
}

std::vector<Task> StepTasks() {
  std::vector<Task> tasks;
  for (const TwoLayer& setting : StepSettings()) {
    for (const char* precision : {"double", "float"}) {
      tasks.push_back({.section = kTwoLayerStepSection,
                       .label = StudentNodes(setting),
                       .precision = precision,
                       .contender = kOurs,
                       .work = Work::kFlop,
                       .amount = TwoLayerStepFlop(setting),
                       .run = [trial = LateTrial(TwoLayerConfig(setting, precision))](
                                  int64_t iterations) { return Step(trial, iterations); }});
    }
  }
  for (const TwoLayer& setting : EvaluationSettings()) {
    for (const char* precision : {"double", "float"}) {
      tasks.push_back({.section = kEvaluationSection,
                       .label = StudentNodes(setting),
                       .precision = precision,
                       .contender = kOurs,
                       .work = Work::kFlop,
                       .amount = TwoLayerEvaluationFlop(setting),
                       .run = [trial = LateTrial(TwoLayerConfig(setting, precision))](
                                  int64_t iterations) { return Evaluate(trial, iterations); }});
    }
  }
  for (const char* precision : {"double", "float"}) {
    tasks.push_back({.section = kMultiLayerSection,
                     .label = kMultiLayerLabel,
                     .precision = precision,
                     .contender = kOurs,
                     .work = Work::kFlop,
                     .amount = MultiLayerStepFlop(),
                     .run = [trial = LateTrial(MultiLayerConfig(precision))](int64_t iterations) {
                       return Step(trial, iterations);
                     }});
  }
  return tasks;
}

std::vector<Task> OptimizerTasks() {
  const BenchOptimizer optimizers[] = {
      {},
      {.label = "momentum", .fields = "momentum: 0.9"},
      {.label = "Adam", .plugin = "Adam", .rate = 0.001},
      {.label = "AdamW, biases not decayed",
       .plugin = "AdamW",
       .rate = 0.001,
       .fields = "decay_biases: false"},
  };
  std::vector<Task> tasks;
  for (const char* precision : {"double", "float"}) {
    for (const BenchOptimizer& optimizer : optimizers) {
      tasks.push_back({.section = kOptimizerSection,
                       .label = optimizer.label,
                       .precision = precision,
                       .contender = kOurs,
                       .work = Work::kFlop,
                       .amount = MultiLayerStepFlop(),
                       .run = [trial = LateTrial(MultiLayerConfig(precision, optimizer))](
                                  int64_t iterations) { return Step(trial, iterations); }});
    }
  }
  return tasks;
}

}  // namespace didact
