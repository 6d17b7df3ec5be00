#include "didact/framework/training/augmented_batches.h"

#include <cstddef>

#include "didact/framework/kernels/elementwise.h"

namespace didact {

template <class T>
AugmentedBatches<T>::AugmentedBatches(
    const Matrix<T>& inputs, Sampler& sampler,
    absl::Span<const ConfiguredPlugin<Augmentation<T>>> augmentations, const RandomStream& random)
    : inputs_(inputs), sampler_(sampler), augmentations_(augmentations), random_(random) {
  for (Slot& slot : slots_) {
    slot.rows.reserve(sampler.batch_size());
    slot.inputs = Matrix<T>(sampler.batch_size(), inputs.columns());
  }
}

template <class T>
void AugmentedBatches<T>::Prepare(int64_t step, Slot& slot) noexcept {
  slot.step = step;
  slot.exception = nullptr;
  try {
    const absl::Span<const int64_t> rows = sampler_.Batch(step);
    const int64_t count = static_cast<int64_t>(rows.size());
    slot.rows.assign(rows.begin(), rows.end());
    GatherRows(inputs_.data(), inputs_.stride(), inputs_.columns(), rows.data(), count,
               slot.inputs.data(), slot.inputs.stride());
    const RandomStream random = random_.Split(step);
    for (size_t a = 0; a < augmentations_.size(); ++a) {
      augmentations_[a].Call("Apply", &Augmentation<T>::Apply, random.Split(a),
                             slot.inputs.view().rows(0, count));
    }
  } catch (...) {
    slot.exception = std::current_exception();
  }
}

template <class T>
typename AugmentedBatches<T>::Batch AugmentedBatches<T>::Get(int64_t step) {
  if (slots_[1 - current_].step == step) {
    current_ = 1 - current_;
  } else {
    Prepare(step, slots_[current_]);
  }
  const Slot& slot = slots_[current_];
  if (slot.exception) std::rethrow_exception(slot.exception);
  return {slot.rows, SampleRows<T>(slot.inputs, 0, static_cast<int64_t>(slot.rows.size()))};
}

template <class T>
void AugmentedBatches<T>::PrepareAhead() noexcept {
  Prepare(slots_[current_].step + 1, slots_[1 - current_]);
}

template class AugmentedBatches<float>;
template class AugmentedBatches<double>;

}  // namespace didact
