// What a trial is made of, built from an experiment.

#ifndef DIDACT_FRAMEWORK_TRAINING_TRIAL_PARTS_H_
#define DIDACT_FRAMEWORK_TRAINING_TRIAL_PARTS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/base/field_path.h"
#include "framework/base/random.h"
#include "framework/base/stop.h"
#include "framework/network/network.h"
#include "framework/plugin/augmentation.h"
#include "framework/plugin/dataset.h"
#include "framework/plugin/initializer.h"
#include "framework/plugin/loss.h"
#include "framework/plugin/metric.h"
#include "framework/plugin/optimizer.h"
#include "framework/plugin/projection.h"
#include "framework/plugin/registry.h"
#include "framework/training/sampler.h"
#include "framework/training/samples.h"
#include "protos/experiment.pb.h"

namespace didact {

// The parts of one trial, ready to train.
template <class T>
struct TrialParts {
  std::unique_ptr<Network<T>> teacher;
  std::unique_ptr<Network<T>> student;
  Samples<T> train;
  Samples<T> eval;
  std::vector<std::unique_ptr<Augmentation<T>>> train_augmentations;
  std::unique_ptr<LossFunction<T>> loss;
  std::unique_ptr<Optimizer<T>> optimizer;
  std::vector<std::unique_ptr<Projection<T>>> projections;
  std::vector<bool> trains;  // per layer of the student
  std::vector<std::unique_ptr<Metric<T>>> train_metrics;
  std::vector<std::unique_ptr<Metric<T>>> eval_metrics;
  std::unique_ptr<Sampler> sampler;
  RandomStream augmentation_random = RandomStream(0, "augmentation");
};

// Builds the parts of the trial of `seed`. `experiment` must be resolved.
//
// Random streams: "teacher", "student", "train_data", "eval_data", "sampling", "augmentation", each
// of the trial's seed or of the `stream_seed` that the config pins.
// Errors: INVALID_ARGUMENT and what plugins say, each with the path of its field; all that can be
// told at once. CANCELLED soon after `stop` is set.
template <class T>
absl::StatusOr<TrialParts<T>> BuildTrialParts(const Experiment& experiment, uint64_t seed,
                                              const PluginRegistry& registry, const FieldPath& path,
                                              StopFlag stop = nullptr);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_TRIAL_PARTS_H_
