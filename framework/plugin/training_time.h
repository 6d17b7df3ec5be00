// Where in its training a trial stands.

#ifndef DIDACT_FRAMEWORK_PLUGIN_TRAINING_TIME_H_
#define DIDACT_FRAMEWORK_PLUGIN_TRAINING_TIME_H_

#include <cstdint>

namespace didact {

// The number of epochs of a whole training. It notes that it was asked for: whatever depends on it
// makes a training of more epochs a different one from its first step on, so that the shorter one
// cannot be extended (framework/results/trial_extension.h).
//
// Threads: one at a time where `asked` is given.
class TotalEpochs {
 public:
  // `asked`, if given, becomes true when the number is asked for, and must outlive this object and
  // its copies.
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

// A moment of training. All counts start at 0.
struct TrainingTime {
  int64_t step = 0;   // steps of the stage done before this one, over all epochs
  int64_t epoch = 0;  // the epoch this step belongs to
  int64_t steps_per_epoch = 1;
  TotalEpochs total_epochs;  // total_epochs() is the number of epochs of the whole training
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_TRAINING_TIME_H_
