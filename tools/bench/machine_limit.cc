#include "tools/bench/machine_limit.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <string>

#include "benchmark/benchmark.h"
#include "xsimd/xsimd.hpp"

namespace didact {
namespace {

// Independent chains: more than latency times multipliers of any processor we know (4 * 2), and few
// enough for sixteen registers.
constexpr int kChains = 12;
constexpr int kSteps = 20000;

template <class T>
double MeasureGflops() {
  using Batch = xsimd::batch<T>;
  using Clock = std::chrono::steady_clock;
  const Batch factor(static_cast<T>(0.999));
  const Batch term(static_cast<T>(0.001));
  double best_seconds = 1.0;
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(120);
  while (Clock::now() < end) {
    Batch sums[kChains];
    for (int i = 0; i < kChains; ++i) sums[i] = Batch(static_cast<T>(i));
    const Clock::time_point start = Clock::now();
    for (int step = 0; step < kSteps; ++step) {
#pragma GCC unroll 12
      for (int i = 0; i < kChains; ++i) sums[i] = xsimd::fma(factor, sums[i], term);
    }
    Batch total(T(0));
    for (int i = 0; i < kChains; ++i) total += sums[i];
    benchmark::DoNotOptimize(total);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    best_seconds = std::min(best_seconds, seconds);
  }
  const double operations = 2.0 * kChains * static_cast<double>(Batch::size) * kSteps;
  return operations / best_seconds * 1e-9;
}

}  // namespace

MachineLimit MeasureMachineLimit() {
  return {.gflops_float = MeasureGflops<float>(), .gflops_double = MeasureGflops<double>()};
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
