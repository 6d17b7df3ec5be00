// A program that uses Didact as a library: it loads an experiment and trains its first trial, step
// by step, under its own control.
//
// Usage: host EXPERIMENT [PLUGIN_LIBRARY]...

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/load.h"
#include "didact/framework/plugin/library/loader.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/plugins/builtin.h"
#include "didact/protos/experiment.pb.h"

namespace {

void Print(int64_t step, const didact::Record& record) {
  for (const auto& [key, number] : record.numbers()) {
    std::cout << "step " << step << ": " << key << " = ";
    std::visit([](const auto value) { std::cout << value << "\n"; }, number);
  }
}

absl::Status Run(int argc, char** argv) {
  if (argc < 2) return absl::InvalidArgumentError("usage: host EXPERIMENT [PLUGIN_LIBRARY]...");

  didact::PluginRegistry registry;
  DIDACT_RETURN_IF_ERROR(didact::RegisterBuiltinPlugins(registry));
  for (int i = 2; i < argc; ++i) {
    DIDACT_RETURN_IF_ERROR(didact::LoadPluginLibrary(argv[i], registry));
  }

  const std::string path = argv[1];
  DIDACT_ASSIGN_OR_RETURN(const didact::ResolvedExperiment experiment,
                          didact::LoadExperiment(path, {}, registry));
  DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<didact::Trial> trial,
                          didact::CreateTrial(experiment, experiment->seed().first(), registry,
                                              didact::FieldPath(path)));

  std::cout.precision(17);
  DIDACT_ASSIGN_OR_RETURN(const didact::Record before, trial->Evaluate());
  Print(trial->step(), before);
  while (!trial->finished()) DIDACT_RETURN_IF_ERROR(trial->Step());
  DIDACT_ASSIGN_OR_RETURN(const didact::Record after, trial->Evaluate());
  Print(trial->step(), after);
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  const absl::Status status = Run(argc, argv);
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
