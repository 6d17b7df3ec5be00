// The commands of the tool during which durability_test lets the power fail.

#ifndef DIDACT_TESTS_FAULTS_DURABILITY_SCENARIOS_H_
#define DIDACT_TESTS_FAULTS_DURABILITY_SCENARIOS_H_

#include <ostream>
#include <string>
#include <vector>

#include "tests/faults/disk_model.h"

namespace didact {

using Words = std::vector<std::string>;

// A process and its signal (0: none). The signal is sent when the process makes a directory, or
// renames something, with a path that ends with `path_end`; the first `number` such operations are
// passed over.
struct SignalledProcess {
  Words command;
  int signal = 0;
  const char* path_end = "";
  int number = 0;
};

// A scenario of processes, at some moment of which the power fails. Commands work in a folder with
// the files of DurabilityConfigs; the directory of the results is `out`.
struct DurabilityScenario {
  const char* name;
  // The processes run one after another; one that is stopped (SIGSTOP) continues when the next one
  // has ended. The power fails at any time after the last signal, or, if there is none, while the
  // last process runs.
  std::vector<SignalledProcess> processes;
  // Alternative sequences of commands that finish the work.
  std::vector<std::vector<Words>> ends;
  // A command that does all of the work at once.
  Words at_once;
  // A command that does the work whose results `out` may have in the end instead; empty if there is
  // no alternative.
  Words instead;
  // True if trials that had ended may continue; they must not start again.
  bool is_extension = false;

  friend void PrintTo(const DurabilityScenario& scenario, std::ostream* out) {
    *out << scenario.name;
  }
};

const std::vector<DurabilityScenario>& DurabilityScenarios();

// Returns the files that the commands read.
DiskImage DurabilityConfigs();

}  // namespace didact

#endif  // DIDACT_TESTS_FAULTS_DURABILITY_SCENARIOS_H_
