// One trial from its creation to its end, with its files: what runs and sweeps are made of.

#ifndef DIDACT_FRAMEWORK_EXECUTION_EXECUTE_TRIAL_H_
#define DIDACT_FRAMEWORK_EXECUTION_EXECUTE_TRIAL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/base/field_path.h"
#include "framework/execution/run_progress.h"
#include "framework/plugin/record.h"
#include "framework/plugin/registry.h"
#include "framework/results/provenance.h"
#include "framework/training/trial.h"
#include "protos/experiment.pb.h"

namespace didact {

// What is to be trained, and where its files go.
struct TrialTask {
  const Experiment* experiment = nullptr;  // resolved; must outlive the execution
  uint64_t seed = 0;
  FieldPath path;         // where the experiment came from, for messages
  std::string directory;  // the trial's folder
};

// How one trial ended, and the numbers of its last evaluation.
struct TrialResult {
  TrialProvenance provenance;
  std::vector<std::pair<std::string, Record::Number>> numbers;
};

// Builds the trial of a task; writes nothing. Errors: as Trial::Create.
absl::StatusOr<std::unique_ptr<Trial>> CreateTrial(const TrialTask& task,
                                                   const PluginRegistry& registry);

// Trains the trial of `task` to its end, or until `stop` becomes true, and writes its files.
// `trial`: what CreateTrial made of this task; made here when null. Whatever goes wrong is in the
// result: its status is "finished", "diverged", "failed" or "interrupted".
//
// Threads:  different tasks may be executed at the same time.
// Numerics: the files are a function of the experiment and the seed.
TrialResult ExecuteTrial(const TrialTask& task, std::unique_ptr<Trial> trial,
                         const PluginRegistry& registry, const std::atomic<bool>& stop,
                         RunProgress& progress);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EXECUTE_TRIAL_H_
