#include "tools/bench/scaling.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "didact/framework/base/status.h"
#include "didact/framework/execution/thread_arena.h"
#include "didact/framework/training/trial.h"
#include "tools/bench/experiments.h"
#include "tools/bench/step_tasks.h"
#include "tools/bench/table.h"

namespace didact {
namespace {

using Clock = std::chrono::steady_clock;

// Length of one measurement, in seconds.
constexpr double kSeconds = 0.15;

// Steps per second of each repetition, on one core and on two.
struct Rates {
  std::vector<double> one;
  std::vector<double> two;

  std::string Line(const std::string& label, const std::string& precision) const {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < one.size(); ++i) ratios.push_back(two[i] / one[i]);
    return absl::StrFormat("  %-32s %-6s %9.0f %9.0f %7.2fx\n", label, precision, Median(one),
                           Median(two), Median(ratios));
  }
};

std::string Heading(const char* section) {
  return absl::StrFormat("\n%-34s %-6s %9s %9s %8s\n", section, "", "one", "two", "ratio");
}

absl::Status Steps(Trial& trial, int64_t count) {
  for (int64_t i = 0; i < count; ++i) DIDACT_RETURN_IF_ERROR(trial.Step());
  return absl::OkStatus();
}

// Returns the seconds that `threads` of the trials take for `count` steps each, at the same time.
absl::StatusOr<double> Time(std::vector<std::unique_ptr<Trial>>& trials, int threads,
                            int64_t count) {
  std::vector<absl::Status> statuses(threads);
  const Clock::time_point start = Clock::now();
  {
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) {
      others.emplace_back([&, i] { statuses[i] = Steps(*trials[i], count); });
    }
    statuses[0] = Steps(*trials[0], count);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  for (const absl::Status& status : statuses) DIDACT_RETURN_IF_ERROR(status);
  return seconds;
}

absl::StatusOr<std::string> MeasureSetting(const TwoLayer& setting, int repetitions) {
  std::vector<std::unique_ptr<Trial>> trials(2);
  for (std::unique_ptr<Trial>& trial : trials) {
    DIDACT_ASSIGN_OR_RETURN(trial, MakeTrial(TwoLayerConfig(setting, "double")));
  }
  constexpr int64_t kFirstSteps = 1000;
  DIDACT_ASSIGN_OR_RETURN(const double first, Time(trials, 2, kFirstSteps));
  const int64_t count = static_cast<int64_t>(kFirstSteps * kSeconds / first) + 1;
  Rates rates;
  for (int i = 0; i < repetitions; ++i) {
    DIDACT_ASSIGN_OR_RETURN(const double one, Time(trials, 1, count));
    DIDACT_ASSIGN_OR_RETURN(const double two, Time(trials, 2, count));
    rates.one.push_back(static_cast<double>(count) / one);
    rates.two.push_back(2 * static_cast<double>(count) / two);
  }
  return rates.Line(StudentNodes(setting), "double");
}

// Returns the seconds that a trial takes for `count` steps with this number of threads.
absl::StatusOr<double> TimeWithThreads(Trial& trial, int threads, int64_t count) {
  absl::Status status;
  double seconds = 0.0;
  RunTasks(1, threads, [&](int64_t) {
    trial.UseWorkers(threads > 1 ? &ArenaWorkers() : nullptr);
    // These steps wake the other thread.
    status = Steps(trial, 2);
    const Clock::time_point start = Clock::now();
    status.Update(Steps(trial, count));
    seconds = std::chrono::duration<double>(Clock::now() - start).count();
    trial.UseWorkers(nullptr);
  });
  DIDACT_RETURN_IF_ERROR(status);
  return seconds;
}

absl::StatusOr<std::string> MeasureMultiLayer(const std::string& precision, int repetitions) {
  DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<Trial> trial,
                          MakeTrial(MultiLayerConfig(precision)));
  constexpr int64_t kFirstSteps = 4;
  DIDACT_ASSIGN_OR_RETURN(const double first, TimeWithThreads(*trial, 1, kFirstSteps));
  const int64_t count = static_cast<int64_t>(kFirstSteps * kSeconds / first) + 1;
  Rates rates;
  for (int i = 0; i < repetitions; ++i) {
    DIDACT_ASSIGN_OR_RETURN(const double one, TimeWithThreads(*trial, 1, count));
    DIDACT_ASSIGN_OR_RETURN(const double two, TimeWithThreads(*trial, 2, count));
    rates.one.push_back(static_cast<double>(count) / one);
    rates.two.push_back(static_cast<double>(count) / two);
  }
  return rates.Line(kMultiLayerLabel, precision);
}

}  // namespace

absl::StatusOr<std::string> MeasureScaling(int repetitions) {
  std::string text = Heading("trials at a time, steps/s in all");
  if (AvailableCores() < 2) return absl::StrCat(text, "  not measured: there is one core\n");
  for (const TwoLayer& setting : EvaluationSettings()) {
    DIDACT_ASSIGN_OR_RETURN(const std::string line, MeasureSetting(setting, repetitions));
    absl::StrAppend(&text, line);
  }
  absl::StrAppend(&text, Heading("threads of a trial, steps/s"));
  for (const char* precision : {"double", "float"}) {
    DIDACT_ASSIGN_OR_RETURN(const std::string line, MeasureMultiLayer(precision, repetitions));
    absl::StrAppend(&text, line);
  }
  return text;
}

}  // namespace didact
