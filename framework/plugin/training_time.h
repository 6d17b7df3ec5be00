// The time of a trial's training.

#ifndef DIDACT_FRAMEWORK_PLUGIN_TRAINING_TIME_H_
#define DIDACT_FRAMEWORK_PLUGIN_TRAINING_TIME_H_

#include <cstdint>

namespace didact {

// The number of epochs of a whole training. It records that it was read: a training that depends on
// it differs from a longer one from its first step on, so that it cannot be extended
// (framework/results/trial_extension.h).
//
// Threads: one at a time if `asked` is given.
class TotalEpochs {
 public:
  // `asked`, if given, becomes true when the number is read, and must outlive this object and its
  // copies.
  TotalEpochs(int64_t epochs = 1, bool* asked = nullptr)  // NOLINT(google-explicit-constructor)
      : epochs_(epochs), asked_(asked) {}

  int64_t operator()() const {
    if (asked_ != nullptr) *asked_ = true;
    return epochs_;
  }

 private:
  int64_t epochs_;
  bool* asked_;
};

// A point in training. All counts start at 0.
struct TrainingTime {
  int64_t step = 0;   // steps of the stage done before this one, over all epochs
  int64_t epoch = 0;  // epoch of this step
  int64_t steps_per_epoch = 1;
  TotalEpochs total_epochs;  // total_epochs() is the number of epochs of the whole training
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_TRAINING_TIME_H_
