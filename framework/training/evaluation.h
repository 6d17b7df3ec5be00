// The evaluation of a student on one data set: one pass over the samples that feeds all metrics.

#ifndef DIDACT_FRAMEWORK_TRAINING_EVALUATION_H_
#define DIDACT_FRAMEWORK_TRAINING_EVALUATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "framework/base/field_path.h"
#include "framework/base/stop.h"
#include "framework/base/workers.h"
#include "framework/kernels/matrix.h"
#include "framework/network/network.h"
#include "framework/network/pass.h"
#include "framework/plugin/loss.h"
#include "framework/plugin/metric.h"
#include "framework/plugin/record.h"
#include "framework/plugin/state.h"
#include "framework/training/samples.h"

namespace didact {

// Evaluates one student on one data set as often as wanted.
//
// Ownership: owns the metrics; everything else must outlive it.
// Threads:   one evaluation at a time.
template <class T>
class Evaluation {
 public:
  // `name`: "train" or "eval", the prefix of all keys. `batch`: samples at a time.
  Evaluation(std::string name, const Network<T>& teacher, const Network<T>& student,
             const LossFunction<T>& loss, const Samples<T>& samples, int64_t batch,
             std::vector<std::unique_ptr<Metric<T>>> metrics);

  // Prepares the metrics; once. `metric_path`: the path of the config's list of metrics.
  absl::Status Prepare(const FieldPath& metric_path);

  // As Trial::UseWorkers.
  void UseWorkers(Workers* workers) { pass_.UseWorkers(workers); }

  // Shows the metrics all samples. Returns the objective's mean over the data set, or nothing if
  // `stop` is set before that is done: what outlives an evaluation is then as it was.
  std::optional<double> Measure(StopFlag stop);

  // Afterwards, once: adds what the metrics have found to `record`.
  void Finish(Record& record);

  // State of the metrics between evaluations.
  void VisitState(StateVisitor& visitor);

 private:
  // Gradients of the last forward pass; adds its share of the data set's mean weight gradient.
  double LossAndGradients(const LossBatch<T>& outputs, int64_t first, int64_t count);

  std::string name_;
  const Network<T>& teacher_;
  const Network<T>& student_;
  const LossFunction<T>& loss_;
  const Samples<T>& samples_;
  std::vector<std::unique_ptr<Metric<T>>> metrics_;
  Pass<T> pass_;
  bool needs_gradients_ = false;
  // The mean weight gradient, one block [in + 1, out] per layer, if a metric needs it.
  std::vector<Matrix<T>> gradient_;
  std::vector<LayerWeights<const T>> gradient_weights_;
  std::vector<ArrayView<const T>> teacher_activations_;
  std::optional<double> squared_error_factor_;  // of the objective
};

extern template class Evaluation<float>;
extern template class Evaluation<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_EVALUATION_H_
