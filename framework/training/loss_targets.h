// What the loss of a stage compares the student's outputs with.

#ifndef DIDACT_FRAMEWORK_TRAINING_LOSS_TARGETS_H_
#define DIDACT_FRAMEWORK_TRAINING_LOSS_TARGETS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/training/samples.h"
#include "didact/framework/training/targets.h"

namespace didact {

// Returns the first of LossFunction::targets of which everything is there. `outputs`: number of
// outputs of the student. `trains_teacher`: the student is a teacher, which has no teacher itself.
// Errors: INVALID_ARGUMENT with the path of the loss or of a data set if there is no such
// alternative, if the targets of a data set do not have one element per output, or if there are
// fewer outputs than the loss makes sense with.
// Throws: exceptions of plugins (ConfiguredPlugin::Call).
template <class T>
absl::StatusOr<LossTargets> ChooseLossTargets(const ConfiguredPlugin<LossFunction<T>>& loss,
                                              bool has_teacher, int64_t outputs,
                                              const ConfiguredPlugin<Dataset<T>>& train,
                                              const ConfiguredPlugin<Dataset<T>>& eval,
                                              bool trains_teacher = false);

// Checks that a loss that reads labels can tell the classes of a data set apart: it would otherwise
// read outputs that are not there. Errors: INVALID_ARGUMENT at `data`, the path of the data set.
template <class T>
absl::Status CheckClasses(const ConfiguredPlugin<LossFunction<T>>& loss, int64_t outputs,
                          absl::Span<const int64_t> labels, const FieldPath& data);

// Returns the matrix [samples, outputs] whose rows are LossBatch::targets, in `teacher` or in
// `samples`; null if the loss reads none. `teacher` may be null if the loss does not read it.
template <class T>
const Matrix<T>* LossTargetsOf(const LossTargets& loss_targets, const Samples<T>& samples,
                               const Targets<T>* teacher) {
  if (loss_targets.teacher) return &teacher->outputs;
  return loss_targets.array ? &samples.targets : nullptr;
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_LOSS_TARGETS_H_
