// A stage of training: the steps of one student on one training set, with one objective.

#ifndef DIDACT_FRAMEWORK_TRAINING_STAGE_H_
#define DIDACT_FRAMEWORK_TRAINING_STAGE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "framework/base/random.h"
#include "framework/base/workers.h"
#include "framework/kernels/matrix.h"
#include "framework/network/layer.h"
#include "framework/network/network.h"
#include "framework/network/pass.h"
#include "framework/plugin/augmentation.h"
#include "framework/plugin/configured_plugin.h"
#include "framework/plugin/loss.h"
#include "framework/plugin/optimizer.h"
#include "framework/plugin/projection.h"
#include "framework/plugin/state.h"
#include "framework/training/sampler.h"
#include "framework/training/samples.h"
#include "framework/training/targets.h"

namespace didact {

// What a stage is made of. Plugins are prepared.
template <class T>
struct StageParts {
  int64_t epochs = 0;
  std::unique_ptr<Sampler> sampler;
  std::vector<ConfiguredPlugin<Augmentation<T>>> augmentations;
  RandomStream augmentation_random = RandomStream(0, "augmentation");
  ConfiguredPlugin<LossFunction<T>> loss;
  ConfiguredPlugin<Optimizer<T>> optimizer;
  std::vector<ConfiguredPlugin<Projection<T>>> projections;
  std::vector<RandomStream> projection_random;  // of each projection
};

// Trains a student, one mini-batch at a time. A step allocates nothing.
//
// Ownership: owns the parts; student, samples and targets must outlive it, at the same place.
// Threads:   one call at a time.
// Throws:    what plugins do (ConfiguredPlugin::Call).
template <class T>
class Stage {
 public:
  // `targets`: those of `train`; null for a student that has none. Layers of `student` that are not
  // trained now never are.
  Stage(StageParts<T> parts, Network<T>& student, const Samples<T>& train,
        const Targets<T>* targets);

  int64_t epochs() const { return parts_.epochs; }
  int64_t steps_per_epoch() const { return parts_.sampler->steps_per_epoch(); }
  int64_t steps() const { return epochs() * steps_per_epoch(); }
  const ConfiguredPlugin<LossFunction<T>>& loss() const { return parts_.loss; }

  // Whether anything has asked for the total number of epochs until now. A part of the state.
  bool uses_total_epochs() const { return uses_total_epochs_; }
  void SetUsesTotalEpochs() { uses_total_epochs_ = true; }

  // As Trial::UseWorkers.
  void UseWorkers(Workers* workers);

  // The update of step `step` of this stage, the first of which is 0. Returns the objective of the
  // mini-batch before it; if that is not finite, the student stays as it is.
  double Step(int64_t step);

  // What the optimizer keeps.
  void VisitState(StateVisitor& visitor);

 private:
  // The student's forward pass over the step's mini-batch, which is gathered into batch_inputs_ and
  // batch_targets_, or used where it is in the training set if it lies there in one piece.
  LossBatch<T> Forward(int64_t step);
  // The same of a mini-batch that augmentations change, so that the teacher must see it, too.
  LossBatch<T> ForwardAugmented(int64_t step, absl::Span<const int64_t> rows);
  // The labels of these rows; empty if there are none.
  absl::Span<const int64_t> GatherLabels(absl::Span<const int64_t> rows);
  // Changes the trained layers by the gradient of the last backward pass.
  void Descend(int64_t step);

  StageParts<T> parts_;
  Network<T>& student_;
  const Samples<T>& train_;
  const Targets<T>* targets_;
  bool uses_total_epochs_;
  int64_t lowest_trained_layer_;
  Matrix<T> batch_inputs_;             // [batch, features]
  Matrix<T> batch_targets_;            // [batch, outputs]
  std::vector<int64_t> batch_labels_;  // if the data have labels
  Pass<T> pass_;
  std::optional<Pass<T>> teacher_pass_;  // only with augmentations
  // Of each trained layer, for optimizers that need the gradient as an array.
  std::vector<LayerParameters<T>> gradient_;
};

extern template class Stage<float>;
extern template class Stage<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_STAGE_H_
