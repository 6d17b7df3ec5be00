#include "tools/bench/machine_limit.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>

#include "tools/bench/multiplier_loop.h"

namespace didact {
namespace {

constexpr int64_t kSteps = 20000;

// Receives the results of the loops, so that compilers cannot remove them.
volatile double sink;

template <class T>
double MeasureGflops(T (*loop)(int64_t), int64_t flop_per_step) {
  using Clock = std::chrono::steady_clock;
  double best_seconds = 1.0;
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(50);
  while (Clock::now() < end) {
    const Clock::time_point start = Clock::now();
    sink = loop(kSteps);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best_seconds = std::min(best_seconds, seconds);
  }
  return static_cast<double>(flop_per_step * kSteps) / best_seconds * 1e-9;
}

}  // namespace

std::vector<MultiplierLimit> MeasureMultiplierLimits() {
  std::vector<const MultiplierLoop*> loops;
  // The kernels are compiled for the same levels as these loops.
  if (__builtin_cpu_supports("x86-64-v2")) loops.push_back(&kMultiplierLoopSse42);
  if (__builtin_cpu_supports("x86-64-v3")) loops.push_back(&kMultiplierLoopAvx2);
  if (__builtin_cpu_supports("x86-64-v4")) loops.push_back(&kMultiplierLoopAvx512);
  std::vector<MultiplierLimit> limits;
  for (const MultiplierLoop* loop : loops) {
    limits.push_back({.level = loop->level,
                      .gflops_double = MeasureGflops(loop->run_double, loop->flop_double),
                      .gflops_float = MeasureGflops(loop->run_float, loop->flop_float)});
  }
  return limits;
}

std::vector<MultiplierLimit> Faster(const std::vector<MultiplierLimit>& left,
                                    const std::vector<MultiplierLimit>& right) {
  std::vector<MultiplierLimit> limits = left;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    limits[i].gflops_double = std::max(limits[i].gflops_double, right[i].gflops_double);
    limits[i].gflops_float = std::max(limits[i].gflops_float, right[i].gflops_float);
  }
  return limits;
}

const MultiplierLimit* FindLevel(const std::vector<MultiplierLimit>& limits,
                                 absl::string_view level) {
  for (const MultiplierLimit& limit : limits) {
    if (limit.level == level) return &limit;
  }
  return nullptr;
}

std::string ProcessorName() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    const std::size_t colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

}  // namespace didact
