// A small experiment whose teacher is trained on labels and pruned, for tests of the tool and of faults.

#ifndef DIDACT_TESTS_CLI_TAUGHT_EXPERIMENT_H_
#define DIDACT_TESTS_CLI_TAUGHT_EXPERIMENT_H_

#include <map>
#include <string>

namespace didact {

// Two trials of 2 epochs of 4 steps share a teacher, which is trained for 5 epochs of 4 steps, pruned
// to 3 of its 6 hidden nodes, and trained for 2 more epochs. Checkpoints are written every 2 epochs.
std::string TaughtExperiment();

// Returns the files with the 30 images and labels that it reads, by their names.
std::map<std::string, std::string> TaughtData();

}  // namespace didact

#endif  // DIDACT_TESTS_CLI_TAUGHT_EXPERIMENT_H_
