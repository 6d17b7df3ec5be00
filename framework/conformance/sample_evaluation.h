// A teacher, a student and their activations on some samples: everything that a metric sees,
// without networks that compute it.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_EVALUATION_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_EVALUATION_H_

#include <array>
#include <cstdint>
#include <vector>

#include "didact/framework/base/random.h"
#include "didact/framework/conformance/guarded_matrix.h"
#include "didact/framework/conformance/sample_network.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"

namespace didact {

// How the hidden nodes of a network are numbered: as they are; in reverse order; with the first two
// of each layer swapped; or shifted round by as many places as the number of the layer, from 1 on.
enum class NodeOrder { kPlain, kReversed, kSwapped, kShifted };

// Weights, activations and per-sample gradients are random, equal in both precisions up to
// rounding; the gradients of the weights follow from them. Must not move while a metric exists that
// was prepared with its context().
template <class T>
class SampleEvaluation {
 public:
  struct Options {
    NodeOrder teacher_order = NodeOrder::kPlain;
    NodeOrder student_order = NodeOrder::kPlain;
    // The first node of each hidden layer of the teacher, and all hidden nodes of the student, are
    // never active and have weights 0.
    bool dead = false;
    // False: metrics get an empty teacher without activations and outputs.
    bool has_teacher = true;
    // False: neither network has biases.
    bool has_bias = true;
    // The same networks with other samples.
    bool other_data = false;
    // The first hidden layer of both networks has several positions.
    bool convolutional = false;
  };

  SampleEvaluation() : SampleEvaluation(Options()) {}
  explicit SampleEvaluation(Options options);
  SampleEvaluation(const SampleEvaluation&) = delete;
  SampleEvaluation& operator=(const SampleEvaluation&) = delete;

  MetricContext<T> context() const;

  // Replaces the student by another, as if it had been trained; number 0 is the initial one.
  void SetStudent(uint64_t number);

  // Runs one evaluation in batches of `batch_size` samples. `gradients`: the value of
  // needs_gradients().
  Record Evaluate(Metric<T>& metric, int64_t batch_size, bool gradients) const;

  // Runs an evaluation that is cancelled before Finish, after all of its batches.
  void EvaluateCancelled(Metric<T>& metric, int64_t batch_size, bool gradients) const;

 private:
  static constexpr int64_t kSamples = 23;
  static constexpr int64_t kPositions = 3;

  void FillNetwork(const RandomStream& random, const std::vector<int64_t>& sizes, NodeOrder order,
                   int64_t dead_nodes, SampleNetwork<T>& network) const;
  void FillActivations(const RandomStream& random, const std::vector<int64_t>& sizes,
                       NodeOrder order, int64_t dead_nodes,
                       std::vector<GuardedMatrix<T>>& activations) const;

  // Positions of a hidden layer.
  int64_t PositionsOf(size_t layer) const {
    return options_.convolutional && layer == 0 ? kPositions : 1;
  }
  // Returns a matrix [samples * positions, nodes] for each layer with these numbers of nodes.
  std::vector<GuardedMatrix<T>> MatricesOf(const std::vector<int64_t>& nodes) const;

  // The random stream of all data of the samples.
  RandomStream DataStream(const RandomStream& random) const;

  Options options_;
  std::vector<int64_t> teacher_sizes_;
  std::vector<int64_t> student_sizes_;
  std::vector<int64_t> teacher_widths_;
  std::vector<int64_t> student_widths_;
  std::array<bool, 2> student_odd_ = {false, true};
  SampleNetwork<T> teacher_;
  SampleNetwork<T> student_;
  GuardedMatrix<T> inputs_;
  std::vector<GuardedMatrix<T>> teacher_activations_;  // [samples * positions, nodes]
  std::vector<GuardedMatrix<T>> student_activations_;
  GuardedMatrix<T> teacher_outputs_;
  GuardedMatrix<T> student_outputs_;
  std::vector<GuardedMatrix<T>>
      sample_gradients_;       // [samples * positions, nodes], each sample's own loss
  SampleNetwork<T> gradient_;  // gradient of the mean over the samples
  std::vector<int64_t> labels_;
};

extern template class SampleEvaluation<float>;
extern template class SampleEvaluation<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_EVALUATION_H_
