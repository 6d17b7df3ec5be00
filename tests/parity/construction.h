// Networks that a run without training makes out of given ones, with initializers.

#ifndef DIDACT_TESTS_PARITY_CONSTRUCTION_H_
#define DIDACT_TESTS_PARITY_CONSTRUCTION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/io/npy.h"
#include "tests/parity/array.h"
#include "tests/parity/finished_trial.h"
#include "tests/parity/recorded_case.h"

namespace didact {

// The weights and biases of a network, layer by layer.
struct LayerArrays {
  Array weight;
  Array bias;
};
using NetworkArrays = std::vector<LayerArrays>;

// Returns the network whose arrays are PREFIXw0, PREFIXb0, PREFIXw1, ...
NetworkArrays NetworkOf(const Recording& recording, const std::string& prefix);

// Returns the network of an evaluation: the prefix is "teacher." or "student.".
NetworkArrays NetworkOf(const EvaluationResults& results, const std::string& prefix, size_t layers);

// Returns a data set of one sample for a network: all ones. A convolutional network gets a square
// image.
NpyArray OneSampleFor(const NetworkArrays& network);

// Teacher and student with their first weights, and the initializers that change them. Layers whose
// weights have four dimensions are convolutions, and all hidden layers are rectified.
struct Construction {
  bool single_precision = false;
  NetworkArrays teacher;
  NetworkArrays student;
  std::string teacher_initializers;
  std::string student_initializers;
  NpyArray samples;  // the array "x" of data.npz
};

// Returns the initial weights: of the teacher with prefix "teacher.", of the student with prefix
// "student.". Errors: those of the run.
absl::StatusOr<EvaluationResults> Construct(const Construction& construction);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_CONSTRUCTION_H_
