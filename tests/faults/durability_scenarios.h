// The commands of the tool during which durability_test lets the power fail.

#ifndef DIDACT_TESTS_FAULTS_DURABILITY_SCENARIOS_H_
#define DIDACT_TESTS_FAULTS_DURABILITY_SCENARIOS_H_

#include <ostream>
#include <string>
#include <vector>

#include "tests/faults/disk_model.h"

namespace didact {

using Words = std::vector<std::string>;

// A process, and when it gets a signal: once it has made a directory, or renamed something, for the N-th
// time with a path that ends so, counted from 0. A signal of 0 is none.
struct SignalledProcess {
  Words command;
  int signal = 0;
  const char* path_end = "";
  int number = 0;
};

// Commands work in a folder with the files of DurabilityConfigs, in which the directory is `out`.
struct DurabilityScenario {
  const char* name;
  // One after another, but that one that is stopped (SIGSTOP) goes on when the next one has ended. The
  // power fails at any time after the last signal; if there is none, while the last one runs.
  std::vector<SignalledProcess> processes;
  // Ways to finish the work, each with its commands.
  std::vector<std::vector<Words>> ends;
  // What does all of the work at once.
  Words at_once;
  // What does the work that the directory may hold instead in the end; empty: nothing.
  Words instead;
  // Trials that had ended may go on, and must not begin anew.
  bool is_extension = false;

  friend void PrintTo(const DurabilityScenario& scenario, std::ostream* out) {
    *out << scenario.name;
  }
};

const std::vector<DurabilityScenario>& DurabilityScenarios();

// The files that the commands read.
DiskImage DurabilityConfigs();

}  // namespace didact

#endif  // DIDACT_TESTS_FAULTS_DURABILITY_SCENARIOS_H_
