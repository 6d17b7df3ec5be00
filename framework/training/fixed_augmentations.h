// Augmentations that are not random, among those of a training set.

#ifndef DIDACT_FRAMEWORK_TRAINING_FIXED_AUGMENTATIONS_H_
#define DIDACT_FRAMEWORK_TRAINING_FIXED_AUGMENTATIONS_H_

#include <cstddef>
#include <iterator>
#include <vector>

#include "absl/algorithm/container.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/configured_plugin.h"

namespace didact {

// Throws: exceptions of the augmentation (ConfiguredPlugin::Call).
template <class T>
bool IsRandom(const ConfiguredPlugin<Augmentation<T>>& augmentation) {
  return augmentation.Call("is_random", &Augmentation<T>::is_random);
}

// Returns the numbers of the augmentations of a list that are not random.
template <class T>
std::vector<int> NumbersOfFixed(
    const std::vector<ConfiguredPlugin<Augmentation<T>>>& augmentations) {
  std::vector<int> numbers;
  for (size_t a = 0; a < augmentations.size(); ++a) {
    if (!IsRandom(augmentations[a])) numbers.push_back(static_cast<int>(a));
  }
  return numbers;
}

// Removes the augmentations before the first random one from a list and returns them. They change
// every input in the same way at each step, so they may change the training set once instead.
template <class T>
std::vector<ConfiguredPlugin<Augmentation<T>>> TakeLeadingFixed(
    std::vector<ConfiguredPlugin<Augmentation<T>>>& augmentations) {
  const auto first_random = absl::c_find_if(augmentations, IsRandom<T>);
  std::vector<ConfiguredPlugin<Augmentation<T>>> leading(
      std::make_move_iterator(augmentations.begin()), std::make_move_iterator(first_random));
  augmentations.erase(augmentations.begin(), first_random);
  return leading;
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_FIXED_AUGMENTATIONS_H_
