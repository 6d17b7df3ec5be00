// didact validate CONFIG: checks whether an experiment or a sweep can be run, and prints what it
// would do.

#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"
#include "didact/framework/execution/probe_sweep.h"
#include "didact/framework/sweep/load_sweep.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/prepare_teacher.h"
#include "didact/framework/training/trial.h"
#include "tools/command.h"
#include "tools/experiment_request.h"

namespace didact {
namespace {

// Returns "100 -> 20 -> 50" from the shapes of a network's input, hidden layers and outputs; "none"
// if the trial has no such network.
std::string Shapes(const Trial& trial, absl::string_view name) {
  for (const NetworkShapes& network : trial.info().networks) {
    if (network.name != name) continue;
    return absl::StrJoin(network.shapes, " -> ", [](std::string* text, const auto& shape) {
      absl::StrAppend(text, shape.ToString());
    });
  }
  return "none";
}

absl::Status ValidateSweep(const ExperimentRequest& request, const ConfigFile& file) {
  DIDACT_ASSIGN_OR_RETURN(const LoadedSweep loaded, LoadRequestedSweep(request, file));
  FirstWarnings warnings(PrintWarning);
  DIDACT_RETURN_IF_ERROR(ProbeSweep(loaded.plan, loaded.plugins->registry, &warnings));
  std::cout << absl::StrFormat("%s: valid\n  experiments  %d\n  trials       %d\n", file.path,
                               loaded.plan.experiments().size(), loaded.plan.trials());
  return absl::OkStatus();
}

absl::Status Validate(const ExperimentRequest& request) {
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file, Open(request));
  if (IsSweep(file)) return ValidateSweep(request, file);
  DIDACT_ASSIGN_OR_RETURN(const LoadedExperiment loaded, LoadRequestedExperiment(request, file));
  const SeedRange& seed = loaded.experiment->seed();
  // The first trial is built in the same way as by a run: data are read, networks initialized. Only
  // teachers are not trained.
  UntrainedTeachers teachers;
  DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<Trial> trial,
                          CreateTrial(loaded.experiment, seed.first(), loaded.plugins.registry,
                                      FieldPath(request.config), /*stop=*/nullptr, &teachers));
  const bool is_only = seed.first() == seed.last();
  for (const Problem& warning : teachers.WarningsOf(*trial)) {
    const std::string text = warning.ToString();
    PrintWarning(is_only ? text : absl::StrCat(text, " (seed ", seed.first(), ")"));
  }
  const std::string seeds = is_only ? absl::StrCat("seed ", seed.first())
                                    : absl::StrCat("seeds ", seed.first(), " to ", seed.last());
  std::cout << absl::StrFormat(
      "%s: valid\n  teacher   %s\n  student   %s\n  trials    %d (%s)\n"
      "  training  %d epochs of %d steps\n",
      request.config, Shapes(*trial, "teacher"), Shapes(*trial, "student"),
      seed.last() - seed.first() + 1, seeds, trial->epochs(), trial->steps_per_epoch());
  if (!is_only) {
    std::cout << "  looked at seed " << seed.first()
              << "; a run looks at each when its trial begins\n";
  }
  return absl::OkStatus();
}

}  // namespace

void AddValidateCommand(CLI::App& app, int& exit_code) {
  const auto request = std::make_shared<ExperimentRequest>();
  CLI::App* const command = app.add_subcommand(
      "validate", "Check an experiment or a sweep without training or writing anything");
  request->AddFlags(
      *command, "CONFIG",
      "A didact.Experiment or a didact.Sweep in protobuf text format; which of them, a "
      "comment '# proto-message: NAME' at its top says, or else its fields");
  command->callback([request, &exit_code] {
    const absl::Status status = Validate(*request);
    exit_code = status.ok() ? kAllWell : ReportError(status);
  });
}

}  // namespace didact
