// A summary of what an extension will do, for the user to confirm.

#ifndef DIDACT_FRAMEWORK_EXECUTION_EXTENSION_SUMMARY_H_
#define DIDACT_FRAMEWORK_EXECUTION_EXTENSION_SUMMARY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "didact/framework/results/trial_extension.h"

namespace didact {

// Numbers of trials of the larger run or sweep.
struct ExtensionSummary {
  int64_t trials = 0;     // all
  int64_t stay = 0;       // have ended and stay as they are
  int64_t continued = 0;  // have finished and continue from their final checkpoint
  int64_t repeated = 0;   // have finished and are trained again from the beginning
  // The reasons why trials are repeated, and the number of trials for each.
  std::map<std::string, int64_t> reasons;

  // Number of trials that have not ended, or are new.
  int64_t unfinished() const { return trials - stay - continued - repeated; }
  // True if nothing is left to train.
  bool is_complete() const { return stay == trials; }

  void Add(const TrialExtension& trial) {
    stay += trial.kind == TrialExtension::kStays ? 1 : 0;
    continued += trial.kind == TrialExtension::kContinues ? 1 : 0;
    repeated += trial.kind == TrialExtension::kRepeats ? 1 : 0;
    if (!trial.reason.empty()) ++reasons[trial.reason];
  }
};

// Receives the summary before anything is changed. If it returns false, nothing is changed.
using ConfirmExtension = std::function<bool(const ExtensionSummary&)>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EXTENSION_SUMMARY_H_
