// The numbers of an update rule in one step. Separate from parameter_updates.h so that the files of
// one instruction set need to include nothing else.

#ifndef DIDACT_FRAMEWORK_KERNELS_UPDATE_RULES_H_
#define DIDACT_FRAMEWORK_KERNELS_UPDATE_RULES_H_

namespace didact {

// Gradient descent with momentum (MomentumUpdate has the formula).
template <class T>
struct MomentumRule {
  T rate = T(0);  // the learning rate
  T momentum = T(0);
  bool nesterov = false;
  T weight_decay = T(0);  // added to the gradient, times the parameter
};

// Adam (AdamUpdate has the formula).
template <class T>
struct AdamRule {
  T step_size = T(0);  // the rate, corrected for the bias of the first moment
  T first_decay = T(0);
  T first_weight = T(1);  // 1 - first_decay
  T second_decay = T(0);
  T second_weight = T(1);  // 1 - second_decay
  T root_factor = T(1);    // corrects the square root for the bias of the second moment
  T epsilon = T(0);
  T weight_decay = T(0);  // added to the gradient, times the parameter
  T shrinkage = T(1);     // multiplies the parameter first: decoupled weight decay
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_UPDATE_RULES_H_
