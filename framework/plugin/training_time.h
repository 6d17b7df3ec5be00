// Where in its training a trial stands.

#ifndef DIDACT_FRAMEWORK_PLUGIN_TRAINING_TIME_H_
#define DIDACT_FRAMEWORK_PLUGIN_TRAINING_TIME_H_

#include <cstdint>

namespace didact {

// A moment of training. All counts start at 0.
struct TrainingTime {
  int64_t step = 0;   // steps done before this one, over all epochs
  int64_t epoch = 0;  // the epoch this step belongs to
  int64_t steps_per_epoch = 1;
  int64_t epochs = 1;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_TRAINING_TIME_H_
