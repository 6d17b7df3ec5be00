#include "tools/bench/step_benchmarks.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "benchmark/benchmark.h"
#include "framework/experiment/text_format.h"
#include "framework/plugin/registry.h"
#include "framework/training/trial.h"
#include "plugins/builtin.h"
#include "tools/bench/table_reporter.h"

namespace didact {
namespace {

constexpr double kInputs = 100;
constexpr double kOutputs = 50;
constexpr double kBatch = 16;
constexpr double kSamples = 10000;

// The experiment of tools/configs/paper/two_layer.textproto: $0 precision, $1 teacher nodes, $2
// multiplier.
constexpr char kExperiment[] = R"pb(
  name: "bench"
  precision: $0
  train_data {
    [didact/GaussianInputs] { dimension: 100 size: 10000 stddev: 1.5 }
  }
  eval_data {
    [didact/GaussianInputs] { dimension: 100 size: 10000 stddev: 1.5 }
  }
  teacher {
    hidden {
      width: $1
      activation {
        [didact/Relu] {}
      }
    }
    outputs: 50
    initializer {
      [didact/SeparatedWeights] { choice: [ -1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1 ] }
    }
    initializer {
      [didact/DecayFanOut] { exponent: 1 }
    }
    initializer {
      [didact/ConstantBias] { value: -0.1 }
    }
    initializer {
      [didact/NormalizeFanIn] { layer: 0 }
    }
  }
  student {
    width_multiplier: $2
    initializer {
      [didact/GaussianWeights] { stddev: 0.005 }
    }
  }
  loss {
    [didact/HalfSquaredError] {}
  }
  optimizer {
    [didact/Sgd] {
      learning_rate {
        [didact/Constant] { value: 0.01 }
      }
    }
  }
  training {
    epochs: 1000000
    batch_size: 16
    with_replacement { steps_per_epoch: 1000 }
  }
  metric {
    [didact/Loss] {}
  }
  metric {
    [didact/Specialization] {}
  })pb";

struct Setting {
  int64_t teacher_nodes;
  int64_t multiplier;
  // One step of the PyTorch 1.13 reference in double, one thread, on a core whose multipliers do 48
  // GFLOP/s; 0 where it was not measured.
  double reference_seconds;

  double student_nodes() const { return static_cast<double>(teacher_nodes * multiplier); }
};

absl::StatusOr<std::unique_ptr<Trial>> MakeTrial(const Setting& setting,
                                                 const std::string& precision) {
  PluginRegistry registry;
  absl::Status status = RegisterBuiltinPlugins(registry);
  if (!status.ok()) return status;
  Experiment experiment;
  status =
      ParseText(absl::Substitute(kExperiment, precision, setting.teacher_nodes, setting.multiplier),
                registry, FieldPath("bench"), experiment);
  if (!status.ok()) return status;
  return Trial::Create(experiment, /*seed=*/1, registry, FieldPath("bench"));
}

// Multiplications and additions of one step's products: forward, backward, update.
double StepFlop(const Setting& setting) {
  const double nodes = setting.student_nodes();
  const double first = (kInputs + 1) * nodes;
  const double second = (nodes + 1) * kOutputs;
  return 2 * kBatch * (2 * first + 2 * second + nodes * kOutputs);
}

// Those of the student's forward pass and of the correlations with the teacher, on both data sets.
double EvaluationFlop(const Setting& setting) {
  const double nodes = setting.student_nodes();
  return 2 * 2 * kSamples *
         ((kInputs + 1) * nodes + (nodes + 1) * kOutputs +
          static_cast<double>(setting.teacher_nodes) * nodes);
}

void RunStep(benchmark::State& state, const Setting& setting, const std::string& precision) {
  const absl::StatusOr<std::unique_ptr<Trial>> trial = MakeTrial(setting, precision);
  if (!trial.ok()) return state.SkipWithError(trial.status().ToString().c_str());
  for (auto _ : state) {
    const absl::Status status = (*trial)->Step();
    if (!status.ok()) return state.SkipWithError(status.ToString().c_str());
  }
  state.counters["flop"] = StepFlop(setting);
  if (precision == "DOUBLE") state.counters["reference_seconds"] = setting.reference_seconds;
}

void RunEvaluation(benchmark::State& state, const Setting& setting, const std::string& precision) {
  const absl::StatusOr<std::unique_ptr<Trial>> trial = MakeTrial(setting, precision);
  if (!trial.ok()) return state.SkipWithError(trial.status().ToString().c_str());
  for (auto _ : state) benchmark::DoNotOptimize((*trial)->Evaluate());
  state.counters["flop"] = EvaluationFlop(setting);
}

}  // namespace

void RegisterStepBenchmarks() {
  using Run = void (*)(benchmark::State&, const Setting&, const std::string&);
  const std::pair<const char*, Run> kSections[] = {{"two-layer step", RunStep},
                                                   {"two-layer evaluation", RunEvaluation}};
  for (const auto& [section, run] : kSections) {
    for (const Setting& setting : {Setting{5, 1, 0}, Setting{20, 1, 250e-6}, Setting{20, 2, 0},
                                   Setting{20, 5, 0}, Setting{20, 10, 405e-6}}) {
      for (const auto& [precision, field] :
           {std::pair("double", "DOUBLE"), std::pair("float", "FLOAT")}) {
        const std::string label = absl::StrCat(setting.student_nodes(), " student nodes");
        benchmark::RegisterBenchmark(
            BenchmarkName(section, label, precision, "didact").c_str(),
            [run = run, setting, precision_field = std::string(field)](benchmark::State& state) {
              run(state, setting, precision_field);
            });
      }
    }
  }
}

}  // namespace didact
