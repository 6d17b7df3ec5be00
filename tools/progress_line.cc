#include "tools/progress_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace didact {
namespace {

constexpr absl::Duration kTerminalPause = absl::Milliseconds(200);
// Plain lines come less and less often, so that a short run shows one and a long one no book.
constexpr absl::Duration kFirstPlainPause = absl::Seconds(1);
constexpr absl::Duration kLongestPlainPause = absl::Minutes(5);
// Clears from the cursor to the end of the line.
constexpr char kClear[] = "\r\x1b[K";

std::string WithThousands(int64_t number) {
  std::string digits = absl::StrCat(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(i, ",");
  return digits;
}

std::string FormatSeconds(double seconds) {
  const int64_t whole = static_cast<int64_t>(std::ceil(seconds));
  if (whole < 60) return absl::StrFormat("%ds", whole);
  if (whole < 3600) return absl::StrFormat("%dm%02ds", whole / 60, whole % 60);
  if (whole < 86400) return absl::StrFormat("%dh%02dm", whole / 3600, whole / 60 % 60);
  return absl::StrFormat("%dd%02dh", whole / 86400, whole / 3600 % 24);
}

// A line that is wider than the terminal cannot be rewritten in place.
size_t TerminalColumns() {
  constexpr size_t kUsual = 80;
  winsize size = {};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

}  // namespace

std::string FormatProgress(const RunProgress& progress, absl::Duration elapsed) {
  const int64_t trials = progress.trials;
  if (trials == 0) return "preparing";
  std::string line = absl::StrFormat("trials %d/%d  epoch %d/%d", progress.trials_done.load(),
                                     trials, progress.epoch + 1, progress.epochs.load());
  const double loss = progress.step_loss;
  if (std::isfinite(loss)) absl::StrAppendFormat(&line, "  loss %.3e", loss);
  const int64_t done = progress.steps_done;
  const double seconds = absl::ToDoubleSeconds(elapsed);
  if (done > 0 && seconds > 0) {
    const double rate = static_cast<double>(done) / seconds;
    const double left = static_cast<double>(progress.steps - done) / rate;
    absl::StrAppend(&line, "  ", WithThousands(std::llround(rate)), " steps/s  ",
                    FormatSeconds(left), " left");
  }
  return line;
}

ProgressLine::ProgressLine(const RunProgress& progress)
    : progress_(progress), terminal_(isatty(STDERR_FILENO) == 1), thread_([this] { Show(); }) {}

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
  // Preparing data takes time that says nothing about the rate of steps.
  while (progress_.trials == 0) {
    if (!Wait(kTerminalPause / 4)) return;
  }
  const absl::Time start = absl::Now();
  absl::Duration pause = terminal_ ? kTerminalPause : kFirstPlainPause;
  while (Wait(pause)) {
    if (!terminal_) pause = std::min(2 * pause, kLongestPlainPause);
    const std::string line = FormatProgress(progress_, absl::Now() - start);
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
