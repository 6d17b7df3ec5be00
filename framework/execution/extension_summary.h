// What an extension will do, for whoever asked for it.

#ifndef DIDACT_FRAMEWORK_EXECUTION_EXTENSION_SUMMARY_H_
#define DIDACT_FRAMEWORK_EXECUTION_EXTENSION_SUMMARY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "framework/results/trial_extension.h"

namespace didact {

// Trials of the larger run or sweep, counted.
struct ExtensionSummary {
  int64_t trials = 0;     // in all
  int64_t stay = 0;       // have ended and stay as they are
  int64_t continued = 0;  // have finished and go on from their final checkpoint
  int64_t repeated = 0;   // have finished and are trained again from the beginning
  // Why they are, and how many of them for this reason.
  std::map<std::string, int64_t> reasons;

  // Those that have not ended, or are new.
  int64_t unfinished() const { return trials - stay - continued - repeated; }
  // Whether anything is left to train.
  bool is_complete() const { return stay == trials; }

  void Add(const TrialExtension& trial) {
    stay += trial.kind == TrialExtension::kStays ? 1 : 0;
    continued += trial.kind == TrialExtension::kContinues ? 1 : 0;
    repeated += trial.kind == TrialExtension::kRepeats ? 1 : 0;
    if (!trial.reason.empty()) ++reasons[trial.reason];
  }
};

// Is told what an extension will do before anything is changed. Nothing is if it returns false.
using ConfirmExtension = std::function<bool(const ExtensionSummary&)>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_EXTENSION_SUMMARY_H_
