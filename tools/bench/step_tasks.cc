#include "tools/bench/step_tasks.h"

#include <functional>
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
  using Make = std::function<absl::StatusOr<std::unique_ptr<Trial>>()>;

  explicit LateTrial(Make make) : state_(new State{std::move(make), nullptr}) {}
  explicit LateTrial(std::string config)
      : LateTrial([config = std::move(config)] { return MakeTrial(config); }) {}

  absl::StatusOr<Trial*> Get() const {
    if (state_->trial == nullptr) {
      DIDACT_ASSIGN_OR_RETURN(state_->trial, state_->make());
    }
    return state_->trial.get();
  }

 private:
  struct State {
    Make make;
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

Task StepTask(const char* section, const std::string& label, const char* precision, double flop,
              const LateTrial& trial) {
  return {.section = section,
          .label = label,
          .precision = precision,
          .contender = kOurs,
          .work = Work::kFlop,
          .amount = flop,
          .run = [trial](int64_t iterations) { return Step(trial, iterations); }};
}

}  // namespace

std::string ConvolutionalLabel(bool batch_norm) {
  return absl::StrCat("3x32x32, 4 x 64 channels", batch_norm ? ", batch norm" : "");
}

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
      tasks.push_back(StepTask(kTwoLayerStepSection, StudentNodes(setting), precision,
                               TwoLayerStepFlop(setting),
                               LateTrial(TwoLayerConfig(setting, precision))));
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
    tasks.push_back(StepTask(kMultiLayerSection, kMultiLayerLabel, precision, MultiLayerStepFlop(),
                             LateTrial(MultiLayerConfig(precision))));
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
      tasks.push_back(StepTask(kOptimizerSection, optimizer.label, precision, MultiLayerStepFlop(),
                               LateTrial(MultiLayerConfig(precision, optimizer))));
    }
  }
  return tasks;
}

std::vector<Task> DeepStepTasks() {
  std::vector<Task> tasks;
  for (const char* precision : {"double", "float"}) {
    tasks.push_back(StepTask(kNormalizedSection, kMultiLayerLabel, precision, MultiLayerStepFlop(),
                             LateTrial(NormalizedConfig(precision))));
    for (const bool batch_norm : {false, true}) {
      const LateTrial trial(
          [precision, batch_norm] { return MakeConvolutionalTrial(precision, batch_norm); });
      tasks.push_back(StepTask(kConvolutionalSection, ConvolutionalLabel(batch_norm), precision,
                               ConvolutionalStepFlop(), trial));
    }
  }
  return tasks;
}

}  // namespace didact
