// The targets that a student is trained towards on a data set.

#ifndef DIDACT_FRAMEWORK_TRAINING_TARGETS_H_
#define DIDACT_FRAMEWORK_TRAINING_TARGETS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/network.h"
#include "didact/framework/network/sample_shape.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/configured_plugin.h"

namespace didact {

// The outputs of a fixed teacher for every sample of one data set, towards which a student is
// trained. A data set may have several target sets, one for each teacher, or none. A value; several
// threads may use a const object.
template <class T>
struct Targets {
  const Network<T>* teacher = nullptr;  // must outlive this

  Matrix<T> outputs;  // [samples, outputs]

  // One matrix [samples * positions, nodes] per hidden layer. Empty if they would exceed the memory
  // budget; they are then recomputed when they are needed, with the same bits.
  std::vector<Matrix<T>> activations;

  bool has_activations() const { return activations.size() == teacher->widths().size(); }
};

// A teacher and its targets on both data sets of a trial.
template <class T>
struct TargetSet {
  std::string name;  // the prefix of the teacher's arrays in Trial::Weights; "teacher" in a config
  std::unique_ptr<Network<T>> teacher;
  Targets<T> train;
  Targets<T> eval;
};

// Lower bounds on the bytes of targets, such as the outputs of a teacher, and of the activations of
// a teacher, for `samples` samples. `shapes`: those of the outputs of its hidden layers.
template <class T>
double TargetOutputBytes(int64_t samples, int64_t outputs);
template <class T>
double TargetActivationBytes(int64_t samples, absl::Span<const SampleShape> shapes);

// Computes the targets of the samples `inputs` [samples, features], `batch` samples at a time.
//   activation_budget: most bytes that the activations may take.
//   augmentations: change the inputs before the teacher reads them; none of them is random.
// Errors: CANCELLED soon after `stop` is set.
// Throws: exceptions of activations and augmentations.
template <class T>
absl::StatusOr<Targets<T>> ComputeTargets(
    const Network<T>& teacher, const Matrix<T>& inputs, int64_t batch, double activation_budget,
    StopFlag stop = nullptr,
    absl::Span<const ConfiguredPlugin<Augmentation<T>>> augmentations = {});

// Returns the targets of the first sample.
template <class T>
Targets<T> FirstTarget(const Targets<T>& targets);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_TARGETS_H_
