// What a student is trained towards on a data set.

#ifndef DIDACT_FRAMEWORK_TRAINING_TARGETS_H_
#define DIDACT_FRAMEWORK_TRAINING_TARGETS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "framework/base/stop.h"
#include "framework/kernels/matrix.h"
#include "framework/network/network.h"

namespace didact {

// What a fixed teacher makes of every sample of one data set. A data set may have several such
// target sets, one for each teacher, or none. A value; const use is safe from several threads.
template <class T>
struct Targets {
  const Network<T>* teacher = nullptr;  // outlives this

  Matrix<T> outputs;  // [samples, outputs]

  // One matrix [samples, width] per hidden layer; none where they would take more memory than they
  // may: they are then computed again when they are wanted, with the same bits.
  std::vector<Matrix<T>> activations;

  bool has_activations() const { return activations.size() == teacher->widths().size(); }
};

// Bytes that the outputs, and the activations, of a teacher of these sizes take at least for
// `samples` samples.
template <class T>
double TargetOutputBytes(int64_t samples, int64_t outputs);
template <class T>
double TargetActivationBytes(int64_t samples, absl::Span<const int64_t> widths);

// Computes the targets of the samples `inputs` [samples, features], `batch` at a time.
// `activation_budget`: the most bytes that the activations may take.
// Errors: CANCELLED soon after `stop` is set. Throws: what activations do.
template <class T>
absl::StatusOr<Targets<T>> ComputeTargets(const Network<T>& teacher, const Matrix<T>& inputs,
                                          int64_t batch, double activation_budget,
                                          StopFlag stop = nullptr);

// Those of the first sample alone.
template <class T>
Targets<T> FirstOf(const Targets<T>& targets);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_TARGETS_H_
