// A stage of training: the steps of one student on one training set, with one objective.

#ifndef DIDACT_FRAMEWORK_TRAINING_STAGE_H_
#define DIDACT_FRAMEWORK_TRAINING_STAGE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/workers.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/network.h"
#include "didact/framework/network/pass.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/plugin/state.h"
#include "didact/framework/training/augmented_batches.h"
#include "didact/framework/training/sampler.h"
#include "didact/framework/training/samples.h"
#include "didact/framework/training/targets.h"

namespace didact {

// The parts of a stage. Plugins are prepared.
template <class T>
struct StageParts {
  int64_t epochs = 0;
  std::unique_ptr<Sampler> sampler;
  std::vector<ConfiguredPlugin<Augmentation<T>>> augmentations;
  RandomStream augmentation_random = RandomStream(0, "augmentation");
  ConfiguredPlugin<LossFunction<T>> loss;
  LossTargets loss_targets;  // what the loss reads
  ConfiguredPlugin<Optimizer<T>> optimizer;
  std::vector<ConfiguredPlugin<Projection<T>>> projections;
  std::vector<RandomStream> projection_random;  // one for each projection
};

// Trains a student, one mini-batch at a time. A step allocates nothing.
//
// Ownership: owns the parts; student, samples and targets must outlive it and must not move.
// Threads:   one call at a time.
// Throws:    exceptions of plugins (ConfiguredPlugin::Call).
template <class T>
class Stage {
 public:
  // `targets`: the teacher's for `train`; null if there is no teacher. Layers of `student` that are
  // not trained at construction are never trained by this stage.
  Stage(StageParts<T> parts, Network<T>& student, const Samples<T>& train,
        const Targets<T>* targets);

  int64_t epochs() const { return parts_.epochs; }
  int64_t steps_per_epoch() const { return parts_.sampler->steps_per_epoch(); }
  int64_t steps() const { return epochs() * steps_per_epoch(); }
  const ConfiguredPlugin<LossFunction<T>>& loss() const { return parts_.loss; }
  const LossTargets& loss_targets() const { return parts_.loss_targets; }

  // True if any call has asked for the total number of epochs so far. A part of the state.
  bool uses_total_epochs() const { return uses_total_epochs_; }
  void SetUsesTotalEpochs() { uses_total_epochs_ = true; }

  // Lets `workers` compute parts of large products, and augment the next mini-batch during a step;
  // see Trial::UseWorkers.
  void UseWorkers(Workers* workers);

  // Performs the update of step `step` of this stage, counted from 0. Returns the objective of the
  // mini-batch before the update; if that is not finite, the student is not updated.
  double Step(int64_t step);

  // Visits the state of the optimizer.
  void VisitState(StateVisitor& visitor);

 private:
  // Computes the student's outputs for the step's mini-batch. The mini-batch is gathered into
  // batch_inputs_ and batch_targets_, or read in place if its rows are consecutive in the training
  // set.
  LossBatch<T> Forward(int64_t step);
  // Like Forward, for a mini-batch that augmentations have changed, so that the teacher is
  // evaluated too.
  LossBatch<T> ForwardAugmented(const typename AugmentedBatches<T>::Batch& batch);
  // True if the next mini-batch is worth augmenting while other threads compute this step.
  bool AugmentsAhead(int64_t step) const;
  // Performs the update of a step whose forward pass has given `outputs`; returns what Step does.
  double Train(int64_t step, const LossBatch<T>& outputs);
  // Returns the labels of these rows; empty unless the loss reads labels.
  absl::Span<const int64_t> GatherLabels(absl::Span<const int64_t> rows);
  // Returns these rows of loss_targets_, copied to batch_targets_; empty if it is null.
  ArrayView<const T> GatherTargets(absl::Span<const int64_t> rows);
  // Updates the trained layers with the gradient of the last backward pass.
  void Descend(int64_t step);
  // Updates `layer`, whose first block has the number `first_block`, part by part. `gradient` is
  // memory that the layer may use.
  void UpdateInParts(int64_t layer, int64_t first_block, LayerParameters<T>& gradient);

  StageParts<T> parts_;
  Network<T>& student_;
  const Samples<T>& train_;
  const Matrix<T>* loss_targets_;  // [samples, outputs]; null if the loss reads no such targets
  bool uses_total_epochs_;
  int64_t lowest_trained_layer_;
  Workers* workers_ = nullptr;
  std::optional<AugmentedBatches<T>> augmented_;  // if there are augmentations
  Matrix<T> batch_inputs_;                        // [batch, features]; empty with augmentations
  Matrix<T> batch_targets_;                       // [batch, outputs]
  std::vector<int64_t> batch_labels_;             // empty unless the loss reads labels
  Pass<T> pass_;
  std::optional<Pass<T>>
      teacher_pass_;  // if the loss reads the teacher's outputs for augmented inputs
  // Gradients of the trained layers, for updates that need the gradient as an array.
  std::vector<LayerParameters<T>> gradient_;
};

extern template class Stage<float>;
extern template class Stage<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_STAGE_H_
