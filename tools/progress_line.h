// Shows how far a run is: a line that is rewritten in place on a terminal, plain lines elsewhere,
// after 1, 2, 4, ... seconds.

#ifndef DIDACT_TOOLS_PROGRESS_LINE_H_
#define DIDACT_TOOLS_PROGRESS_LINE_H_

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "framework/execution/run_progress.h"

namespace didact {

// The line itself, without its end: `trials 3/32  epoch 17/100  loss 1.234e-04  51,200 steps/s
// 1m20s left`: trials that are done, and the epoch and the last mini-batch's loss of the trial that
// was evaluated last. `elapsed` is the time since training began.
std::string FormatProgress(const RunProgress& progress, absl::Duration elapsed);

// Shows `progress` on standard error from construction to destruction, on a thread of its own.
class ProgressLine {
 public:
  explicit ProgressLine(const RunProgress& progress);
  ~ProgressLine();

 private:
  void Show();
  // Whether the run goes on after `pause`.
  bool Wait(absl::Duration pause);

  const RunProgress& progress_;
  const bool terminal_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace didact

#endif  // DIDACT_TOOLS_PROGRESS_LINE_H_
