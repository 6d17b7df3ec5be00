// The commands of the tool during which durability_test lets the power fail.

#ifndef DIDACT_TESTS_FAULTS_DURABILITY_SCENARIOS_H_
#define DIDACT_TESTS_FAULTS_DURABILITY_SCENARIOS_H_

#include <ostream>
#include <string>
#include <vector>

#include "tests/faults/disk_model.h"

namespace didact {

using Words = std::vector<std::string>;

// A process, and the time at which it gets a signal: after it has, for the N-th time, counted from
// 0, created a directory or renamed a file with a path that ends in `path_end`. If `signal` is 0,
// it gets none.
struct SignalledProcess {
  Words command;
  int signal = 0;
  const char* path_end = "";
  int number = 0;
};

// Commands run in a folder with the files of DurabilityConfigs. Their directory is `out`.
struct DurabilityScenario {
  const char* name;
  // Processes run one after another, except that a stopped one (SIGSTOP) continues when the next
  // one has ended. The power fails at any time after the last signal; if there is none, during the
  // last process.
  std::vector<SignalledProcess> processes;
  // Ways to finish the work, each with its commands.
  std::vector<std::vector<Words>> ends;
  // A command that does all of the work at once.
  Words at_once;
  // A command that does the other work that the directory may finally contain; empty: none.
  Words instead;
  // Trials that had ended may continue, but must not start again.
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
