// Prints benchmarks as a table: one line per thing that was measured, with its rate, the fraction of
// the machine's limit and, beside it, whatever else computes the same.

#ifndef DIDACT_TOOLS_BENCH_TABLE_REPORTER_H_
#define DIDACT_TOOLS_BENCH_TABLE_REPORTER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "tools/bench/machine_limit.h"

namespace didact {

// What a benchmark's name says: "section/label/precision/contender", precision float or double,
// contender "didact" or the name of something to compare with. A benchmark may set the counters
// "flop", the arithmetic operations of one iteration, and "reference_seconds", what the PyTorch
// reference was recorded to take for it.
std::string BenchmarkName(const std::string& section, const std::string& label,
                          const std::string& precision, const std::string& contender);

// Collects the processor time of every repetition and prints the table at the end of the run. Times
// and rates are medians over the repetitions; "best" is the rate of the fastest one, which is what to
// look at when other programs disturb the machine.
class TableReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& reports) override;
  void Finalize() override;

 private:
  struct Measurement {
    std::vector<double> seconds;
    double flop = 0.0;
    double reference_seconds = 0.0;  // 0: none
  };
  // One line of the table; `order` is the place of its first benchmark in the registration.
  struct Row {
    int64_t order;
    std::string section;
    std::string label;
    std::string precision;
    std::map<std::string, Measurement> contenders;
  };

  Row& FindOrAddRow(int64_t order, const std::string& section, const std::string& label,
                    const std::string& precision);

  MachineLimit limit_;
  std::vector<Row> rows_;
};

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_TABLE_REPORTER_H_
