// How far a run is, written by the threads that train and read by whoever shows it.

#ifndef DIDACT_FRAMEWORK_EXECUTION_RUN_PROGRESS_H_
#define DIDACT_FRAMEWORK_EXECUTION_RUN_PROGRESS_H_

#include <atomic>
#include <cstdint>
#include <limits>

namespace didact {

// All members may be used from any thread at any time.
struct RunProgress {
  std::atomic<int64_t> trials = 0;  // in all; 0 until the run has begun
  std::atomic<int64_t> trials_done = 0;
  std::atomic<int64_t> steps = 0;  // in all; not positive if unknown
  std::atomic<int64_t> steps_done = 0;
  std::atomic<int64_t> epochs = 0;  // of one trial
  // Of the trial that was evaluated last.
  std::atomic<int64_t> epoch = -1;
  std::atomic<double> step_loss = std::numeric_limits<double>::quiet_NaN();
  // The objective's mean over the evaluation set.
  std::atomic<double> eval_loss = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_RUN_PROGRESS_H_
