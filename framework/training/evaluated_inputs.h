// The inputs of a data set as evaluations read them.

#ifndef DIDACT_FRAMEWORK_TRAINING_EVALUATED_INPUTS_H_
#define DIDACT_FRAMEWORK_TRAINING_EVALUATED_INPUTS_H_

#include <cstdint>

#include "absl/algorithm/container.h"
#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/configured_plugin.h"

namespace didact {

// Reads inputs batch by batch, and changes them by augmentations that are not random, without a
// second copy of the data set.
//
// Threads: one at a time.
// Throws:  exceptions of augmentations (ConfiguredPlugin::Call).
template <class T>
class EvaluatedInputs {
 public:
  // `inputs` [samples, features] and the prepared `augmentations`, none of them random, must
  // outlive it. `batch`: largest number of samples that are read at a time.
  EvaluatedInputs(const Matrix<T>& inputs,
                  absl::Span<const ConfiguredPlugin<Augmentation<T>>> augmentations, int64_t batch)
      : inputs_(inputs), augmentations_(augmentations) {
    if (!augmentations.empty()) changed_ = Matrix<T>(batch, inputs.columns());
  }

  // Returns samples first, ..., first + count - 1. They are valid until the next call.
  SampleRows<T> Read(int64_t first, int64_t count) {
    if (augmentations_.empty()) return SampleRows<T>(inputs_, first, count);
    for (int64_t i = 0; i < count; ++i) {
      absl::c_copy(inputs_.row(first + i), changed_.row(i).begin());
    }
    const RandomStream unused(0, "augmentation");
    for (const ConfiguredPlugin<Augmentation<T>>& augmentation : augmentations_) {
      augmentation.Call("Apply", &Augmentation<T>::Apply, unused, changed_.view().rows(0, count));
    }
    return SampleRows<T>(changed_, 0, count);
  }

 private:
  const Matrix<T>& inputs_;
  absl::Span<const ConfiguredPlugin<Augmentation<T>>> augmentations_;
  Matrix<T> changed_;  // [batch, features]; empty without augmentations
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_EVALUATED_INPUTS_H_
