// One measurement of the bench. Google Benchmark runs it in //tools/bench, a plain loop in `didact
// bench`.

#ifndef DIDACT_TOOLS_BENCH_TASK_H_
#define DIDACT_TOOLS_BENCH_TASK_H_

#include <cstdint>
#include <ctime>
#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace didact {

// The unit of a task's work, and the limit of the machine with which it is compared.
enum class Work {
  kFlop,           // additions and multiplications; the multipliers' limit
  kCacheBytes,     // bytes read and written by the program, in a cache; no limit is known
  kMemoryReads,    // bytes read from arrays that no cache holds; the memory's limit for reading
  kMemoryUpdates,  // bytes read and written there; the limit for reading and writing
  kNumbers,        // numbers that are made; no limit is known
};

// A line of the table is a section, a label and a precision; it has a column for each contender.
struct Task {
  std::string section;
  std::string label;
  std::string precision;  // "double" or "float"
  std::string contender;  // kOurs, or a peer that computes the same
  Work work = Work::kFlop;
  double amount = 0.0;  // work in one iteration; 0 if only the contender knows it
  // Does the work `iterations` times and returns the time in seconds, without that of preparations
  // in the first call. One call at a time.
  std::function<absl::StatusOr<double>(int64_t iterations)> run;
};

inline constexpr char kOurs[] = "didact";

// Returns the processor time of this thread, in seconds: it does not advance while another program
// uses the core.
inline double ThreadSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_TASK_H_
