// Shows the progress of a run or a sweep: on a terminal in a line that is rewritten in place,
// elsewhere in plain lines after 1, 2, 4, ... seconds.

#ifndef DIDACT_TOOLS_PROGRESS_LINE_H_
#define DIDACT_TOOLS_PROGRESS_LINE_H_

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "didact/framework/execution/progress.h"

namespace didact {

// Returns the line of a run without its end: `trials 3/32  epoch 17/100  loss 1.234e-04  51,200
// steps/s  1m20s left`: finished trials, and the epoch and the last mini-batch's loss of the trial
// that was evaluated last. `elapsed`: time since training began.
std::string FormatRunProgress(const ProgressView& progress, absl::Duration elapsed);

// Returns the line of a sweep: `trials 17/2304, 1 wrong  2.3 trials/s  loss 1.2e-04 to 3.4e-01
// 1h20m left`: finished trials, how many of them diverged or failed, and the best and worst loss of
// any trial's last evaluation. The time left follows from estimated costs and the time of finished
// trials.
std::string FormatSweepProgress(const ProgressView& progress, absl::Duration elapsed);

// Shows `progress` on standard error from construction to destruction, on its own thread.
class ProgressLine {
 public:
  using Format = std::string (*)(const ProgressView& progress, absl::Duration elapsed);

  // `format`: one of the two functions above.
  ProgressLine(const Progress& progress, Format format);
  ~ProgressLine();

 private:
  void Show();
  // Waits for `pause`; returns true if the display continues.
  bool Wait(absl::Duration pause);

  const Progress& progress_;
  const Format format_;
  const bool terminal_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace didact

#endif  // DIDACT_TOOLS_PROGRESS_LINE_H_
