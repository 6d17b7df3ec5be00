// Builds the parts of a trial from an experiment.

#ifndef DIDACT_FRAMEWORK_TRAINING_TRIAL_PARTS_H_
#define DIDACT_FRAMEWORK_TRAINING_TRIAL_PARTS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/network/network.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/prepare_teacher.h"
#include "didact/framework/training/samples.h"
#include "didact/framework/training/stage.h"
#include "didact/framework/training/targets.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// The parts of one stage of a trial: those that train, and the metrics of its evaluations. Stages
// have metrics of their own, since metrics are prepared for one teacher; all are prepared before
// the first step, and those of a later stage begin with its first evaluation.
template <class T>
struct TrialStageParts {
  StageParts<T> training;
  // The target set of the stage's teacher, by its index in TrialParts::target_sets; std::nullopt:
  // there is no teacher, so that the loss reads labels or targets of the data.
  std::optional<size_t> target_set;
  // Change the inputs of evaluations on the training set: those among training.augmentations that
  // are not random.
  std::vector<ConfiguredPlugin<Augmentation<T>>> train_evaluation_augmentations;
  std::vector<ConfiguredPlugin<Metric<T>>> train_metrics;  // only metrics that depend on data
  std::vector<ConfiguredPlugin<Metric<T>>> eval_metrics;
  std::vector<RandomStream> train_metric_random;  // one for each of train_metrics
  std::vector<RandomStream> eval_metric_random;
  std::vector<ConfiguredPlugin<Metric<T>>> probe_metrics;  // show the keys that they write
};

// The parts of one trial, ready to train. A config has one stage, and one target set if it has a
// teacher.
template <class T>
struct TrialParts {
  std::unique_ptr<Network<T>> student;
  Samples<T> train;  // changed by the augmentations before the first random one
  Samples<T> eval;
  // The augmentations of both data sets that are not random, by their numbers in the config.
  std::vector<int> fixed_train_augmentations;
  std::vector<int> fixed_eval_augmentations;
  std::vector<TargetSet<T>> target_sets;           // with different names; empty without a teacher
  std::vector<TrialStageParts<T>> stages;          // in the order of training; at least one
  ConfiguredPlugin<Optimizer<T>> probe_optimizer;  // shows whether it changes anything
  std::vector<Problem> warnings;                   // framework/training/trial_warnings.h
};

// The fields that configure the parts of a trial, for messages.
struct TrialFields {
  FieldPath train_data;
  FieldPath eval_data;
  FieldPath train_augmentation;
  FieldPath eval_augmentation;
  FieldPath teacher;
  FieldPath student;
  FieldPath loss;
  FieldPath optimizer;
  FieldPath projection;
  FieldPath training;
  FieldPath metric;

  // Those of the experiment with this path.
  static TrialFields Of(const FieldPath& experiment);
};

// Builds the parts of the trial of `seed`. `trainer` trains the teacher if it has preparations
// (framework/training/prepare_teacher.h); null: in memory.
//
// Random streams: "teacher", "student", "train_data", "eval_data", "sampling", "augmentation",
// "optimizer", "projection" and "metric", each of the trial's seed or of the `stream_seed` in the
// config; those of initializers and their data sets are split off "teacher" and "student"
// (framework/training/initialize_network.h).
// Errors: INVALID_ARGUMENT and errors of plugins, each with the path of its field; all that can be
// found together. CANCELLED soon after `stop` is set.
// Throws: exceptions of plugins (ConfiguredPlugin::Call).
template <class T>
absl::StatusOr<TrialParts<T>> BuildTrialParts(const ResolvedExperiment& experiment, uint64_t seed,
                                              const PluginRegistry& registry, const FieldPath& path,
                                              StopFlag stop = nullptr,
                                              TeacherTrainer* trainer = nullptr);

// Builds the parts of the trial in which a teacher is trained for students to come.
//   training: an experiment whose student is the teacher (PreparationExperiment).
//   random: the streams, by their names, are split off it, unless they have a seed of their own.
//   fields: those of the config from which `training` was made.
//   teacher: becomes the student, as it is.
// Errors and exceptions: those of BuildTrialParts.
template <class T>
absl::StatusOr<TrialParts<T>> BuildTeacherTrainingParts(
    const ResolvedExperiment& training, const RandomStream& random, const PluginRegistry& registry,
    const TrialFields& fields, std::unique_ptr<Network<T>> teacher, StopFlag stop = nullptr);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_TRIAL_PARTS_H_
