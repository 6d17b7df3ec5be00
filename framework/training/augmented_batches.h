// The mini-batches of a stage whose inputs augmentations change.

#ifndef DIDACT_FRAMEWORK_TRAINING_AUGMENTED_BATCHES_H_
#define DIDACT_FRAMEWORK_TRAINING_AUGMENTED_BATCHES_H_

#include <array>
#include <cstdint>
#include <exception>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/training/sampler.h"

namespace didact {

// Gathers mini-batches and augments them, on request one step ahead. A mini-batch is a function of
// its step, so it has the same bits whenever and by whichever thread it is prepared.
//
// Threads: one call at a time, except that PrepareAhead may run while a mini-batch that Get has
//          returned is read.
template <class T>
class AugmentedBatches {
 public:
  // What a step trains on. Valid until Get is called for another step.
  struct Batch {
    absl::Span<const int64_t> rows;  // of the training set
    SampleRows<T> inputs;            // the augmented inputs of these rows
  };

  // `inputs` [samples, features], the sampler and the prepared augmentations must outlive it. No
  // other code may ask the sampler for mini-batches.
  AugmentedBatches(const Matrix<T>& inputs, Sampler& sampler,
                   absl::Span<const ConfiguredPlugin<Augmentation<T>>> augmentations,
                   const RandomStream& random);

  // Returns the mini-batch of a step; prepares it unless PrepareAhead has.
  // Throws: exceptions of augmentations (ConfiguredPlugin::Call), also those of PrepareAhead for
  // this step.
  Batch Get(int64_t step);

  // Prepares the mini-batch of the step after the last one that Get was called for. Throws nothing.
  void PrepareAhead() noexcept;

 private:
  struct Slot {
    int64_t step = -1;  // -1: none
    std::vector<int64_t> rows;
    Matrix<T> inputs;              // [batch, features]
    std::exception_ptr exception;  // thrown by an augmentation
  };

  void Prepare(int64_t step, Slot& slot) noexcept;

  const Matrix<T>& inputs_;
  Sampler& sampler_;
  absl::Span<const ConfiguredPlugin<Augmentation<T>>> augmentations_;
  RandomStream random_;
  std::array<Slot, 2> slots_;
  int current_ = 0;  // the slot that Get has returned
};

extern template class AugmentedBatches<float>;
extern template class AugmentedBatches<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_AUGMENTED_BATCHES_H_
