// didact bench: how fast this machine trains.

#include <iostream>
#include <memory>
#include <string>

#include "framework/base/status.h"
#include "framework/kernels/simd_level.h"
#include "tools/bench/short_bench.h"
#include "tools/command.h"

namespace didact {
namespace {

absl::StatusOr<std::string> Bench(const std::string& simd) {
  DIDACT_RETURN_IF_ERROR(SelectSimdLevel(simd));
  return RunShortBench();
}

}  // namespace

void AddBenchCommand(CLI::App& app, int& exit_code) {
  const auto simd = std::make_shared<std::string>("auto");
  CLI::App* const command = app.add_subcommand(
      "bench", "Measure in a few seconds how fast this machine trains, beside its limits");
  command
      ->add_option("--simd", *simd,
                   "Instruction set of the kernels: sse4.2, avx2 or avx512; default: the best that "
                   "the processor has")
      ->type_name("LEVEL");
  command->callback([simd, &exit_code] {
    const absl::StatusOr<std::string> text = Bench(*simd);
    if (text.ok()) std::cout << *text << std::flush;
    exit_code = text.ok() ? kAllWell : ReportError(text.status());
  });
}

}  // namespace didact
