#include "tools/simd_flag.h"

#include <string>

#include "absl/status/status.h"
#include "didact/framework/kernels/simd_level.h"

namespace didact {

void AddSimdFlag(CLI::App& command) {
  command
      .add_option_function<std::string>(
          "--simd",
          [](const std::string& level) {
            const absl::Status status = SelectSimdLevel(level);
            if (status.ok()) return;
            throw CLI::ValidationError(std::string(status.message()),
                                       CLI::ExitCodes::ValidationError);
          },
          "Instruction set of the kernels: sse4.2, avx2, avx512 or auto, the best there is "
          "(default); "
          "avx2 and avx512 give the same bits")
      ->type_name("LEVEL");
}

}  // namespace didact
