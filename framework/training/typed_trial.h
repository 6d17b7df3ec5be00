// The trial in one precision: the training step itself.

#ifndef DIDACT_FRAMEWORK_TRAINING_TYPED_TRIAL_H_
#define DIDACT_FRAMEWORK_TRAINING_TYPED_TRIAL_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/base/stop.h"
#include "framework/base/workers.h"
#include "framework/kernels/matrix.h"
#include "framework/network/network.h"
#include "framework/network/pass.h"
#include "framework/plugin/loss.h"
#include "framework/training/evaluation.h"
#include "framework/training/trial.h"
#include "framework/training/trial_parts.h"

namespace didact {

// A trial whose weights are float or double. A step allocates nothing.
template <class T>
class TypedTrial final : public Trial {
 public:
  // `parts`: built from this experiment, which must be resolved, for this seed. Throws: what plugins do
  // (ConfiguredPlugin::Call), as does Prepare.
  TypedTrial(const Experiment& experiment, uint64_t seed, TrialParts<T> parts);

  // Prepares the metrics; once. Errors: as Trial::Create about metrics.
  absl::Status Prepare();

  void UseWorkers(Workers* workers) override;
  absl::Status Step() override;
  absl::StatusOr<Record> Evaluate(StopFlag stop) override;
  std::vector<NamedArray> Weights() const override;
  absl::Status VisitState(StateVisitor& visitor) override;

 private:
  // Evaluates the probe metrics on the first sample alone. Errors: INVALID_ARGUMENT when two write the same
  // key, or one writes what it does not describe.
  absl::Status ProbeMetrics();
  absl::Status TakeStep();
  absl::StatusOr<Record> Measure(StopFlag stop);
  // The student's forward pass over the step's mini-batch, which is gathered into batch_inputs_ and
  // teacher_outputs_, or used where it is in the training set if it lies there in one piece.
  LossBatch<T> Forward();
  // Changes the trained layers by the gradient of the last backward pass.
  void Descend();

  TrialParts<T> parts_;
  Matrix<T> batch_inputs_;       // [batch, features]
  Matrix<T> teacher_outputs_;    // [batch, outputs]
  std::vector<int64_t> labels_;  // of the mini-batch, if the data have labels
  Pass<T> pass_;
  // Only with train_augmentation, when the teacher must see the changed inputs.
  std::optional<Pass<T>> teacher_pass_;
  // One block [in + 1, out] per trained layer, for optimizers that need the gradient as an array.
  std::vector<Matrix<T>> gradient_;
  int64_t lowest_trained_layer_;
  Evaluation<T> train_evaluation_;
  Evaluation<T> eval_evaluation_;
};

extern template class TypedTrial<float>;
extern template class TypedTrial<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_TYPED_TRIAL_H_
