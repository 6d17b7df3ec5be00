#include "tools/progress_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/format_time.h"

namespace didact {
namespace {

constexpr absl::Duration kTerminalPause = absl::Milliseconds(200);
// Plain lines become less frequent, so that a short run prints one and a long one does not print
// many.
constexpr absl::Duration kFirstPlainPause = absl::Seconds(1);
constexpr absl::Duration kLongestPlainPause = absl::Minutes(1);
// Clears from the cursor to the end of the line.
constexpr char kClear[] = "\r\x1b[K";

std::string WithThousands(int64_t number) {
  std::string digits = absl::StrCat(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(i, ",");
  return digits;
}

// Returns the width of the terminal. A line that is wider cannot be rewritten in place.
size_t TerminalColumns() {
  constexpr size_t kUsual = 80;
  winsize size = {};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

}  // namespace

std::string FormatRunProgress(const ProgressView& progress, absl::Duration elapsed) {
  if (progress.trials == 0) return "preparing";
  std::string line = absl::StrFormat("trials %d/%d  epoch %d/%d", progress.trials_done,
                                     progress.trials, progress.epoch + 1, progress.epochs);
  const double loss = progress.step_loss;
  if (std::isfinite(loss)) absl::StrAppendFormat(&line, "  loss %.3e", loss);
  const int64_t done = progress.steps_done;
  const double seconds = absl::ToDoubleSeconds(elapsed);
  if (done > 0 && seconds > 0) {
    const double rate = static_cast<double>(done) / seconds;
    const double left = static_cast<double>(progress.steps - done) / rate;
    absl::StrAppend(&line, "  ", WithThousands(std::llround(rate)), " steps/s");
    if (progress.steps > 0) absl::StrAppend(&line, "  ", FormatDuration(left), " left");
  }
  return line;
}

// Formats a rate below one per second as a rate per minute or hour.
std::string FormatRate(double per_second) {
  if (per_second >= 1) return absl::StrFormat("%.1f trials/s", per_second);
  if (per_second * 60 >= 1) return absl::StrFormat("%.1f trials/min", per_second * 60);
  return absl::StrFormat("%.1f trials/h", per_second * 3600);
}

std::string FormatSweepProgress(const ProgressView& progress, absl::Duration elapsed) {
  if (progress.trials == 0) return "preparing";
  std::string line = absl::StrCat("trials ", progress.trials_done, "/", progress.trials);
  if (progress.trials_wrong > 0) absl::StrAppend(&line, ", ", progress.trials_wrong, " wrong");
  const double seconds = absl::ToDoubleSeconds(elapsed);
  const int64_t done = progress.trials_done - progress.trials_before;
  if (done > 0 && seconds > 0) {
    absl::StrAppend(&line, "  ", FormatRate(static_cast<double>(done) / seconds));
  }
  if (std::isfinite(progress.best_loss)) {
    absl::StrAppendFormat(&line, "  loss %.1e to %.1e", progress.best_loss, progress.worst_loss);
  }
  if (progress.work_done > 0 && seconds > 0) {
    const double left = seconds * (1 - progress.work_done) / progress.work_done;
    absl::StrAppend(&line, "  ", FormatDuration(left), " left");
  }
  return line;
}

ProgressLine::ProgressLine(const Progress& progress, Format format)
    : progress_(progress),
      format_(format),
      terminal_(isatty(STDERR_FILENO) == 1),
      thread_([this] { Show(); }) {}

ProgressLine::~ProgressLine() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    end_ = true;
  }
  ended_.notify_one();
  thread_.join();
  if (terminal_) std::cerr << kClear << std::flush;
}

void ProgressLine::Show() {
  // The time of preparing data must not affect the rate of steps.
  while (progress_.View().trials == 0) {
    if (!Wait(kTerminalPause / 4)) return;
  }
  // A monotonic clock, which changes of the system time do not affect.
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  absl::Duration pause = terminal_ ? kTerminalPause : kFirstPlainPause;
  while (Wait(pause)) {
    if (!terminal_) pause = std::min(2 * pause, kLongestPlainPause);
    const std::string line = format_(progress_.View(), absl::FromChrono(Clock::now() - start));
    std::cerr << (terminal_ ? absl::StrCat(kClear, line.substr(0, TerminalColumns() - 1))
                            : absl::StrCat(line, "\n"))
              << std::flush;
  }
}

bool ProgressLine::Wait(absl::Duration pause) {
  std::unique_lock<std::mutex> lock(mutex_);
  return !ended_.wait_for(lock, absl::ToChronoNanoseconds(pause), [this] { return end_; });
}

}  // namespace didact
