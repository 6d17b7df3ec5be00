// TestExperiment with faulty plugins in it.

#ifndef DIDACT_TESTS_PLUGIN_FAULTS_FAULTY_EXPERIMENT_H_
#define DIDACT_TESTS_PLUGIN_FAULTS_FAULTY_EXPERIMENT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/plugins/optimizer.pb.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/plugin_faults/faulty.pb.h"
#include "tests/plugin_faults/throwing_plugins.h"
#include "tests/plugin_faults/writing_metric.h"
#include "tests/training/test_experiment.h"

namespace didact::faulty {

// Returns the built-in plugins and the faulty ones.
inline const PluginRegistry& Registry() {
  static const PluginRegistry* const registry = [] {
    auto* const all = new PluginRegistry();
    EXPECT_TRUE(RegisterBuiltinPlugins(*all).ok());
    EXPECT_TRUE(RegisterThrowing(*all).ok());
    EXPECT_TRUE(RegisterWriting(*all).ok());
    return all;
  }();
  return *registry;
}

// Returns TestExperiment in which the plugin at `place` ("metric", "student.hidden.activation",
// ...) is didact.faulty.Throwing with these fields; if `place` is a list, it is added.
inline Experiment ThrowingExperiment(absl::string_view place, const std::string& fields,
                                     const std::string& changes = "") {
  Experiment experiment = TestExperiment(changes);
  Throwing config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(fields, &config)) << fields;
  if (place == "student.hidden.activation") {
    HiddenLayer& layer = *experiment.mutable_student()->add_hidden();
    experiment.mutable_student()->clear_width_multiplier();
    layer.set_width(8);
    layer.mutable_activation()->PackFrom(config);
  } else if (place == "train_augmentation") {
    experiment.add_train_augmentation()->PackFrom(config);
  } else if (place == "train_data") {
    experiment.mutable_train_data()->PackFrom(config);
  } else if (place == "student.initializer") {
    experiment.mutable_student()->add_initializer()->PackFrom(config);
  } else if (place == "loss") {
    experiment.mutable_loss()->PackFrom(config);
  } else if (place == "metric") {
    experiment.add_metric()->PackFrom(config);
  } else if (place == "optimizer") {
    experiment.mutable_optimizer()->PackFrom(config);
  } else if (place == "projection") {
    experiment.add_projection()->PackFrom(config);
  } else if (place == "optimizer.learning_rate") {
    Sgd sgd;
    sgd.mutable_learning_rate()->PackFrom(config);
    experiment.mutable_optimizer()->PackFrom(sgd);
  } else {
    ADD_FAILURE() << "unknown: " << place;
  }
  return experiment;
}

}  // namespace didact::faulty

#endif  // DIDACT_TESTS_PLUGIN_FAULTS_FAULTY_EXPERIMENT_H_
