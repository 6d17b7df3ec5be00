// Prints how fast this machine trains: every kernel and every step beside the limit of its
// multipliers. Arguments are Google Benchmark's, for example --benchmark_filter=forward.

#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "tools/bench/gemm_benchmarks.h"
#include "tools/bench/step_benchmarks.h"
#include "tools/bench/table_reporter.h"

int main(int argc, char** argv) {
  // Ahead of the user's, which win. Interleaving spreads a disturbance over all lines of the table.
  std::vector<std::string> arguments = {argv[0], "--benchmark_repetitions=7",
                                        "--benchmark_min_time=0.03",
                                        "--benchmark_enable_random_interleaving=true"};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  pointers.push_back(nullptr);
  benchmark::Initialize(&count, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 2;

  didact::RegisterStepBenchmarks();
  didact::RegisterGemmBenchmarks();

  didact::TableReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
  return 0;
}
