// A small experiment for tests.

#ifndef DIDACT_TESTS_TRAINING_TEST_EXPERIMENT_H_
#define DIDACT_TESTS_TRAINING_TEST_EXPERIMENT_H_

#include <memory>
#include <string>

#include "didact/framework/io/npz.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/plugins/builtin.h"
#include "didact/protos/experiment.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace didact {

inline const PluginRegistry& BuiltinRegistry() {
  static const PluginRegistry* const registry = [] {
    auto* const builtins = new PluginRegistry();
    EXPECT_TRUE(RegisterBuiltinPlugins(*builtins).ok());
    return builtins;
  }();
  return *registry;
}

// Returns an experiment with 4 teacher nodes, 8 student nodes, 60 training samples in batches of 8,
// and 3 epochs of 10 steps. `changes` is merged in: it replaces single values and adds to lists.
inline Experiment TestExperiment(const std::string& changes = "") {
  Experiment experiment;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        name: "test"
        seed { first: 1 last: 3 }
        train_data {
          [type.googleapis.com/didact.GaussianInputs] { dimension: 6 size: 60 }
        }
        eval_data {
          [type.googleapis.com/didact.GaussianInputs] { dimension: 6 size: 50 }
        }
        teacher {
          hidden {
            width: 4
            activation {
              [type.googleapis.com/didact.Relu] {}
            }
          }
          outputs: 3
          initializer {
            [type.googleapis.com/didact.GaussianWeights] { stddev: 1 }
          }
          initializer {
            [type.googleapis.com/didact.ConstantBias] { value: -0.1 }
          }
        }
        student {
          width_multiplier: 2
          initializer {
            [type.googleapis.com/didact.GaussianWeights] { stddev: 0.3 }
          }
        }
        loss {
          [type.googleapis.com/didact.HalfSquaredError] {}
        }
        optimizer {
          [type.googleapis.com/didact.Sgd] {
            learning_rate {
              [type.googleapis.com/didact.Constant] { value: 0.05 }
            }
          }
        }
        training {
          epochs: 3
          batch_size: 8
          with_replacement { steps_per_epoch: 10 }
        }
        metric {
          [type.googleapis.com/didact.Loss] {}
        })pb",
      &experiment));
  Experiment change;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(changes, &change)) << changes;
  experiment.MergeFrom(change);
  return experiment;
}

// With these changes the student has 400 and 500 nodes, so that several cores share its products.
inline constexpr char kLargeStudent[] = R"pb(
  student { width_multiplier: 100 }
  teacher {
    hidden {
      width: 5
      activation {
        [type.googleapis.com/didact.Relu] {}
      }
    }
  }
  training { batch_size: 32 }
  optimizer {
    [type.googleapis.com/didact.Sgd] {
      learning_rate {
        [type.googleapis.com/didact.Constant] { value: 0.001 }
      }
    }
  })pb";

inline std::unique_ptr<Trial> MakeTrial(const Experiment& experiment, uint64_t seed = 1) {
  auto trial = CreateTrial(experiment, seed, BuiltinRegistry(), FieldPath("e.textproto"));
  EXPECT_TRUE(trial.ok()) << trial.status();
  return trial.ok() ? *std::move(trial) : nullptr;
}

// Returns the weights of a trial, e.g. "student.0.weight".
inline std::vector<double> WeightOf(const Trial& trial, const std::string& name) {
  for (const NamedArray& array : CopyArrays(trial.Weights())) {
    if (array.name == name) return *array.array.ReadAs<double>();
  }
  ADD_FAILURE() << "no weights " << name;
  return {};
}

}  // namespace didact

#endif  // DIDACT_TESTS_TRAINING_TEST_EXPERIMENT_H_
