// The bench's table: one line per measurement, with its rate, its fraction of the machine's limit
// and the peers that compute the same.

#ifndef DIDACT_TOOLS_BENCH_TABLE_H_
#define DIDACT_TOOLS_BENCH_TABLE_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tools/bench/machine_limit.h"
#include "tools/bench/memory_bandwidth.h"
#include "tools/bench/task.h"

namespace didact {

// The limits of the machine; the table shows rates as fractions of them.
struct Limits {
  std::vector<MultiplierLimit> multipliers;
  MemoryBandwidth memory;
};

enum class TableFormat { kText, kMarkdown };

// Returns the lines above the table: the processor, the selected instruction set, the limit of each
// instruction set, the memory's bandwidth.
std::string FormatLimits(const Limits& limits);

// Returns "9.91 us", for instance.
std::string FormatSeconds(double seconds);

// Returns the median of at least one value.
double Median(std::vector<double> values);

// Collects the time of every repetition of every task. Times, rates, fractions and ratios are
// medians over the repetitions; "best" is the rate of the fastest, which is the more reliable
// figure if other programs disturb the machine.
class Table {
 public:
  // Adds a repetition of `task` that took this many seconds per iteration.
  void Add(const Task& task, double seconds);

  // Returns all lines, in the order in which they were first added. "of limit" is the fraction of
  // the multipliers' limit for the instruction set in use (ActiveSimdLevel), or of the memory's
  // bandwidth. If another set than AVX2 is in use, "of avx2" is the fraction of AVX2's limit. A
  // section with peers has a column for the time of each. "ratio" is the time of the fastest peer
  // divided by ours, so that above 1 we are faster; if there are several peers, the fastest is
  // named.
  std::string Format(const Limits& limits, TableFormat format) const;

 private:
  using Cells = std::vector<std::string>;

  struct Measurement {
    double amount = 0.0;
    std::vector<double> seconds;
  };
  struct Row {
    std::string section;
    std::string label;
    std::string precision;
    Work work;
    std::map<std::string, Measurement> contenders;
  };

  Row& FindOrAddRow(const Task& task);
  // Returns the contenders of the section except ours, in the order in which they were added.
  const std::vector<std::string>& PeersOf(const std::string& section) const;
  Cells Heading(const Row& row, bool two_limits) const;
  Cells Line(const Row& row, const Limits& limits, bool two_limits) const;

  std::vector<Row> rows_;
  std::map<std::string, std::vector<std::string>> peers_;
};

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_TABLE_H_
