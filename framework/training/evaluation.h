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
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/network.h"
#include "didact/framework/network/pass.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/state.h"
#include "didact/framework/training/array_check.h"
#include "didact/framework/training/evaluated_inputs.h"
#include "didact/framework/training/evaluation_passes.h"
#include "didact/framework/training/key_check.h"
#include "didact/framework/training/samples.h"
#include "didact/framework/training/targets.h"

namespace didact {

// True if any of `metrics` needs gradients.
// Throws: exceptions of plugins (ConfiguredPlugin::Call).
template <class T>
bool NeedGradients(absl::Span<const ConfiguredPlugin<Metric<T>>> metrics);

// Evaluates one student on one data set, any number of times.
//
// 1. The constructor takes the metrics; Prepare prepares them once.
// 2. For each evaluation, Measure passes all samples to the metrics.
// 3. Finish adds their results to a record. A trial calls Finish of both data sets only when
//    Measure of both has succeeded, because metrics may change their state in Finish.
//
// Ownership: owns metrics and augmentations; everything else must outlive it.
// Threads:   one evaluation at a time.
// Throws:    exceptions of plugins (ConfiguredPlugin::Call).
template <class T>
class Evaluation {
 public:
  // `name`: "train" or "eval", the prefix of all keys. `loss_targets`: what the loss reads.
  // `targets`: the teacher's for `samples`; null if there is no teacher. `passes`: of `student`,
  // and backward, too, if NeedGradients(metrics); must outlive this. `augmentations`: prepared ones,
  // none of them random, which change the inputs; they have changed them already when `targets`
  // were computed.
  Evaluation(std::string name, const Network<T>& student,
             const ConfiguredPlugin<LossFunction<T>>& loss, const LossTargets& loss_targets,
             const Samples<T>& samples, const Targets<T>* targets, EvaluationPasses<T>& passes,
             std::vector<ConfiguredPlugin<Metric<T>>> metrics,
             std::vector<ConfiguredPlugin<Augmentation<T>>> augmentations = {});

  // Prepares the metrics. Call it once. `random`: one stream for each metric.
  absl::Status Prepare(absl::Span<const RandomStream> random);

  // Passes all samples to the metrics and returns the objective's mean over the data set. `step`:
  // number of steps that the student was trained. Errors: CANCELLED if `stop` is set before the
  // end; state that outlives an evaluation is then unchanged.
  absl::StatusOr<double> Measure(int64_t step, StopFlag stop);

  // Adds the results of the metrics to `record`. Call it once after Measure. Errors:
  // INVALID_ARGUMENT if two metrics wrote the same key, naming both, or if ArrayCheck finds an
  // array wrong, naming metric and key.
  absl::Status Finish(Record& record);

  // Checks the record that Finish has filled. Errors: INVALID_ARGUMENT, naming the metric, if one
  // has written a key that it does not describe (Metric::keys).
  absl::Status CheckDescriptions(const Record& record) const;

  // Visits the state that metrics keep between evaluations.
  void VisitState(StateVisitor& visitor);

 private:
  absl::Status CheckKeys(const Record& record);
  // Computes the loss and the gradients of the last forward pass, and adds their share to the data
  // set's mean parameter gradient.
  double LossAndGradients(const LossBatch<T>& outputs, int64_t first, int64_t count);
  // Returns the teacher's activations for the samples `inputs`, the first of which is sample
  // `first`.
  absl::Span<const ArrayView<const T>> TeacherActivations(const SampleRows<T>& inputs,
                                                          int64_t first);

  std::string name_;
  const Network<T>& student_;
  const ConfiguredPlugin<LossFunction<T>>& loss_;
  const Samples<T>& samples_;
  const Targets<T>* targets_;
  const Matrix<T>* loss_targets_;  // [samples, outputs]; null if the loss reads no such targets
  absl::Span<const int64_t> loss_labels_;  // empty unless the loss reads labels
  std::vector<ConfiguredPlugin<Metric<T>>> metrics_;
  std::vector<ConfiguredPlugin<Augmentation<T>>> augmentations_;
  std::vector<ArrayCheck> array_checks_;  // one for each metric
  KeyCheck key_check_;
  Pass<T>& pass_;
  Pass<T>* teacher_pass_ = nullptr;  // if the teacher's activations are not stored
  const int64_t batch_;              // number of samples evaluated together
  EvaluatedInputs<T> inputs_;
  const bool needs_gradients_;
  int64_t step_ = 0;  // steps before the current evaluation
  // The gradient of the mean objective with respect to each layer's parameters, if a metric needs
  // it.
  std::vector<LayerParameters<T>> gradient_;
  std::vector<LayerView<const T>> gradient_view_;
  std::vector<ArrayView<const T>> teacher_activations_;
  // See LossFunction; only if the loss compares the student with the teacher.
  std::optional<double> squared_error_factor_;
};

extern template bool NeedGradients(absl::Span<const ConfiguredPlugin<Metric<float>>>);
extern template bool NeedGradients(absl::Span<const ConfiguredPlugin<Metric<double>>>);
extern template class Evaluation<float>;
extern template class Evaluation<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_EVALUATION_H_
