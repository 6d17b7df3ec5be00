// didact bench: measures how fast this machine trains.

#include <iostream>
#include <string>

#include "absl/status/statusor.h"
#include "tools/bench/short_bench.h"
#include "tools/command.h"
#include "tools/simd_flag.h"

namespace didact {

void AddBenchCommand(CLI::App& app, int& exit_code) {
  CLI::App* const command = app.add_subcommand(
      "bench", "Measure in a few seconds how fast this machine trains, beside its limits");
  AddSimdFlag(*command);
  command->callback([&exit_code] {
    const absl::StatusOr<std::string> text = RunShortBench();
    if (text.ok()) std::cout << *text << std::flush;
    exit_code = text.ok() ? kAllWell : ReportError(text.status());
  });
}

}  // namespace didact
