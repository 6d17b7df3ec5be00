// Writes the recorded two-layer cases as configs with their files, for tests/compare_programs.
//
// Usage: write_case_configs DIR     (makes a folder in DIR for each config)

#include <filesystem>
#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "didact/framework/base/status.h"
#include "tests/parity/case_config.h"
#include "tests/parity/recorded_case.h"

namespace didact {
namespace {

absl::Status WriteAll(const std::string& folder) {
  for (const std::string& name : TwoLayerCases()) {
    DIDACT_ASSIGN_OR_RETURN(const RecordedCase recorded,
                            RecordedCase::Load(RecordedCasePath(name)));
    const std::string trajectory = folder + "/" + name;
    std::filesystem::create_directories(trajectory);
    DIDACT_RETURN_IF_ERROR(WriteTrajectoryConfig(recorded, trajectory).status());
    if (!recorded.HasConstruction()) continue;
    const std::string construction = trajectory + "-construction";
    std::filesystem::create_directories(construction);
    DIDACT_RETURN_IF_ERROR(WriteConstructionConfig(recorded, construction).status());
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace didact

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_case_configs DIR\n";
    return 2;
  }
  const absl::Status status = didact::WriteAll(argv[1]);
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
