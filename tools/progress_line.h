// Shows the progress of a run or a sweep: on a terminal in a line that is rewritten in place,
// elsewhere, and on a terminal that cannot do this, in plain lines after 1, 2, 4, ... seconds.

#ifndef DIDACT_TOOLS_PROGRESS_LINE_H_
#define DIDACT_TOOLS_PROGRESS_LINE_H_

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "didact/framework/execution/progress.h"

namespace didact {

// What the line says besides the progress itself.
struct ProgressSetting {
  absl::Duration elapsed;  // since training began
  int threads = 1;
  // Parts of the line that make it longer are left out, the least important ones first.
  size_t columns = 1000;
};

// Returns the line of a run without its end: `10%  trials 3/32  seed 5 epoch 17/100 loss 1.234e-04
// 51,200 steps/s  2 threads  6s, 57s left`: the fraction of all steps that are done, finished
// trials; seed, epoch and last mini-batch's loss of the trial that was evaluated last; time since
// the beginning and until the end. While a teacher is trained, the line has its epoch and loss
// before these, `teacher epoch 3/30 loss 1.234e+00`; the time until the end does not include
// trainings of teachers that have not begun.
std::string FormatRunProgress(const ProgressView& progress, const ProgressSetting& setting);

// Returns the line of a sweep: `25%  trials 17/2304, 1 wrong  2.3 trials/s  loss of trials 1.2e-04 to
// 3.4e-01  2 threads  20m00s, 1h00m left`: the fraction of the work that is done, finished trials,
// how many of them diverged or failed, and the best and worst loss of any trial's last evaluation.
// The time left follows from estimated costs and the time of finished trials.
std::string FormatSweepProgress(const ProgressView& progress, const ProgressSetting& setting);

// Shows `progress` on standard error from construction to destruction, on its own thread.
class ProgressLine {
 public:
  using Format = std::string (*)(const ProgressView& progress, const ProgressSetting& setting);

  // `format`: one of the two functions above. `threads`: those that train in this process.
  ProgressLine(const Progress& progress, Format format, int threads);
  ~ProgressLine();

 private:
  void Show();
  // Waits for `pause`; returns true if the display continues.
  bool Wait(absl::Duration pause);

  const Progress& progress_;
  const Format format_;
  const int threads_;
  const bool rewrites_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace didact

#endif  // DIDACT_TOOLS_PROGRESS_LINE_H_
