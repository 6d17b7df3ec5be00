// The evaluation of a student on one data set: one pass over the samples that feeds all metrics.

#ifndef DIDACT_FRAMEWORK_TRAINING_EVALUATION_H_
#define DIDACT_FRAMEWORK_TRAINING_EVALUATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "framework/base/array_view.h"
#include "framework/base/random.h"
#include "framework/base/stop.h"
#include "framework/base/workers.h"
#include "framework/network/layer.h"
#include "framework/network/network.h"
#include "framework/network/pass.h"
#include "framework/network/sample_rows.h"
#include "framework/plugin/configured_plugin.h"
#include "framework/plugin/loss.h"
#include "framework/plugin/metric.h"
#include "framework/plugin/record.h"
#include "framework/plugin/state.h"
#include "framework/training/array_check.h"
#include "framework/training/key_check.h"
#include "framework/training/samples.h"
#include "framework/training/targets.h"

namespace didact {

// Evaluates one student on one data set as often as wanted.
//
// Ownership: owns the metrics; everything else must outlive it.
// Threads:   one evaluation at a time.
// Throws:    what plugins do (ConfiguredPlugin::Call).
template <class T>
class Evaluation {
 public:
  // `name`: "train" or "eval", the prefix of all keys. `targets`: those of `samples`; null for a
  // student that has none. `batch`: samples at a time.
  Evaluation(std::string name, const Network<T>& student,
             const ConfiguredPlugin<LossFunction<T>>& loss, const Samples<T>& samples,
             const Targets<T>* targets, int64_t batch,
             std::vector<ConfiguredPlugin<Metric<T>>> metrics);

  // Prepares the metrics; once. `random`: the stream of each of them.
  absl::Status Prepare(absl::Span<const RandomStream> random);

  // As Trial::UseWorkers.
  void UseWorkers(Workers* workers);

  // Shows the metrics all samples. `step`: how many the student has done. Returns the objective's mean over the data set. Errors: CANCELLED if
  // `stop` is set before that is done: what outlives an evaluation is then as it was.
  absl::StatusOr<double> Measure(int64_t step, StopFlag stop);

  // Afterwards, once: adds what the metrics have found to `record`. Errors: INVALID_ARGUMENT, naming both,
  // when two metrics have written the same key; the metric and the key of an array that ArrayCheck finds wrong.
  absl::Status Finish(Record& record);

  // After Finish, with the record that it has filled. Errors: INVALID_ARGUMENT, naming the metric, when
  // one has written what it does not describe (Metric::keys).
  absl::Status CheckDescriptions(const Record& record) const;

  // State of the metrics between evaluations.
  void VisitState(StateVisitor& visitor);

 private:
  absl::Status CheckKeys(const Record& record);
  // Gradients of the last forward pass; adds its share of the data set's mean weight gradient.
  double LossAndGradients(const LossBatch<T>& outputs, int64_t first, int64_t count);
  // The teacher's activations for the samples `inputs`, which begin at `first`.
  absl::Span<const ArrayView<const T>> TeacherActivations(const SampleRows<T>& inputs,
                                                          int64_t first);

  std::string name_;
  const Network<T>& student_;
  const ConfiguredPlugin<LossFunction<T>>& loss_;
  const Samples<T>& samples_;
  const Targets<T>* targets_;
  std::vector<ConfiguredPlugin<Metric<T>>> metrics_;
  std::vector<ArrayCheck> array_checks_;  // of the metrics
  KeyCheck key_check_;
  Pass<T> pass_;
  std::optional<Pass<T>> teacher_pass_;  // where the teacher's activations are not stored
  bool needs_gradients_ = false;
  int64_t step_ = 0;  // of the evaluation under way
  // The gradient of the mean with respect to each layer's parameters, if a metric needs it.
  std::vector<LayerParameters<T>> gradient_;
  std::vector<LayerView<const T>> gradient_view_;
  std::vector<ArrayView<const T>> teacher_activations_;
  std::optional<double> squared_error_factor_;  // of the objective
};

extern template class Evaluation<float>;
extern template class Evaluation<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_EVALUATION_H_
