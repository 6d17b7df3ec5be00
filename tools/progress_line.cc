#include "tools/progress_line.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tools/format_time.h"
#include "tools/terminal.h"

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

// A part of the line. The part with the largest rank is left out first; rank 0 always stays.
struct Part {
  std::string text;
  int rank;
};

// Joins the parts that fit.
std::string Join(std::vector<Part> parts, size_t columns) {
  while (true) {
    const std::string line =
        absl::StrJoin(parts, "  ", [](std::string* out, const Part& part) { *out += part.text; });
    const auto least = std::max_element(
        parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.rank < b.rank; });
    if (line.size() <= columns || least->rank == 0) return line;
    parts.erase(least);
  }
}

// Rounded down, so that only the end is 100%.
std::string Percent(double fraction) {
  return absl::StrFormat("%d%%", static_cast<int>(100 * std::clamp(fraction, 0.0, 1.0)));
}

std::string Threads(int threads) {
  return absl::StrCat(threads, threads == 1 ? " thread" : " threads");
}

// Returns the time since the beginning and, if `left` is not negative, until the end.
std::string Times(double elapsed, double left) {
  return left < 0 ? FormatDuration(elapsed)
                  : absl::StrCat(FormatDuration(elapsed), ", ", FormatDuration(left), " left");
}

// Returns the seconds of training students: those since the beginning, without those that trials have
// waited for their teachers.
double StudentSeconds(const ProgressView& progress, const ProgressSetting& setting) {
  const int64_t at_a_time =
      std::clamp<int64_t>(progress.trials - progress.trials_before, 1, setting.threads);
  const double waited = progress.teacher_seconds / static_cast<double>(at_a_time);
  return std::max(absl::ToDoubleSeconds(setting.elapsed) - waited, 0.0);
}

// Adds what is known of the training of a teacher, if there is one.
void AddTeacher(const ProgressView& progress, std::vector<Part>& parts) {
  if (progress.teacher_trainings == 0) return;
  std::string text = "teacher";
  if (progress.teacher_trainings > 1) text = absl::StrCat(progress.teacher_trainings, " teachers");
  if (progress.teacher_epoch >= 0) {
    absl::StrAppendFormat(&text, " epoch %d/%d", progress.teacher_epoch + 1,
                          progress.teacher_epochs);
  }
  if (std::isfinite(progress.teacher_step_loss)) {
    absl::StrAppendFormat(&text, " loss %.3e", progress.teacher_step_loss);
  }
  parts.push_back({text, 1});
}

// Formats a rate below one per second as a rate per minute or hour.
std::string FormatRate(double per_second) {
  if (per_second >= 1) return absl::StrFormat("%.1f trials/s", per_second);
  if (per_second * 60 >= 1) return absl::StrFormat("%.1f trials/min", per_second * 60);
  return absl::StrFormat("%.1f trials/h", per_second * 3600);
}

}  // namespace

std::string FormatRunProgress(const ProgressView& progress, const ProgressSetting& setting) {
  if (progress.trials == 0) return "preparing";
  const double steps = static_cast<double>(progress.steps);
  const double done = static_cast<double>(progress.steps_done);
  const double seconds = absl::ToDoubleSeconds(setting.elapsed);
  const double student_seconds = StudentSeconds(progress, setting);
  const double rate = done > 0 && student_seconds > 0 ? done / student_seconds : 0;
  std::vector<Part> parts;
  if (steps > 0) parts.push_back({Percent(done / steps), 0});
  parts.push_back({absl::StrCat("trials ", progress.trials_done, "/", progress.trials), 0});
  AddTeacher(progress, parts);
  if (progress.epoch >= 0) {
    std::string last =
        absl::StrFormat("seed %d epoch %d/%d", progress.seed, progress.epoch + 1, progress.epochs);
    if (std::isfinite(progress.step_loss)) {
      absl::StrAppendFormat(&last, " loss %.3e", progress.step_loss);
    }
    parts.push_back({last, 1});
  }
  if (rate > 0) parts.push_back({WithThousands(std::llround(rate)) + " steps/s", 3});
  parts.push_back({Threads(setting.threads), 2});
  parts.push_back({Times(seconds, rate > 0 && steps > 0 ? (steps - done) / rate : -1), 0});
  return Join(std::move(parts), setting.columns);
}

std::string FormatSweepProgress(const ProgressView& progress, const ProgressSetting& setting) {
  if (progress.trials == 0) return "preparing";
  const double seconds = absl::ToDoubleSeconds(setting.elapsed);
  const double student_seconds = StudentSeconds(progress, setting);
  const int64_t done = progress.trials_done - progress.trials_before;
  std::string trials = absl::StrCat("trials ", progress.trials_done, "/", progress.trials);
  if (progress.trials_wrong > 0) absl::StrAppend(&trials, ", ", progress.trials_wrong, " wrong");
  std::vector<Part> parts = {{Percent(progress.work_done), 0}, {trials, 0}};
  if (done > 0 && student_seconds > 0) {
    parts.push_back({FormatRate(static_cast<double>(done) / student_seconds), 3});
  }
  AddTeacher(progress, parts);
  if (std::isfinite(progress.best_loss)) {
    parts.push_back(
        {absl::StrFormat("loss of trials %.1e to %.1e", progress.best_loss, progress.worst_loss),
         1});
  }
  parts.push_back({Threads(setting.threads), 2});
  const bool known = progress.work_done > 0 && student_seconds > 0;
  const double left = student_seconds * (1 - progress.work_done) / progress.work_done;
  parts.push_back({Times(seconds, known ? left : -1), 0});
  return Join(std::move(parts), setting.columns);
}

ProgressLine::ProgressLine(const Progress& progress, Format format, int threads)
    : progress_(progress),
      format_(format),
      threads_(threads),
      rewrites_(RewritesLines(STDERR_FILENO)),
      thread_([this] { Show(); }) {}

ProgressLine::~ProgressLine() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    end_ = true;
  }
  ended_.notify_one();
  thread_.join();
  if (rewrites_) std::cerr << kClear << std::flush;
}

void ProgressLine::Show() {
  // The time of preparing data must not affect the rate of steps.
  while (progress_.View().trials == 0) {
    if (!Wait(kTerminalPause / 4)) return;
  }
  // A monotonic clock, which changes of the system time do not affect.
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  absl::Duration pause = rewrites_ ? kTerminalPause : kFirstPlainPause;
  while (Wait(pause)) {
    if (!rewrites_) pause = std::min(2 * pause, kLongestPlainPause);
    ProgressSetting setting;
    setting.elapsed = absl::FromChrono(Clock::now() - start);
    setting.threads = threads_;
    // A line that is wider than the terminal cannot be rewritten in place.
    setting.columns = TerminalColumns(STDERR_FILENO, setting.columns) - 1;
    const std::string line = format_(progress_.View(), setting);
    std::cerr << (rewrites_ ? absl::StrCat(kClear, line.substr(0, setting.columns))
                            : absl::StrCat(line, "\n"))
              << std::flush;
  }
}

bool ProgressLine::Wait(absl::Duration pause) {
  std::unique_lock<std::mutex> lock(mutex_);
  return !ended_.wait_for(lock, absl::ToChronoNanoseconds(pause), [this] { return end_; });
}

}  // namespace didact
