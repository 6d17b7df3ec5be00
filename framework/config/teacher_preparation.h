// The rules of a teacher's preparations, and what follows from their config alone, such as the widths
// that a pruning leaves.

#ifndef DIDACT_FRAMEWORK_CONFIG_TEACHER_PREPARATION_H_
#define DIDACT_FRAMEWORK_CONFIG_TEACHER_PREPARATION_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/base/field_path.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// Returns true if a preparation of the teacher, if there is one, is a training.
bool TrainsTeacher(const Experiment& experiment);

// Returns the part of the nodes of hidden layer `layer` that `prune` takes out.
double PruningRatio(const TeacherPruning& prune, int layer);

// Returns the widths of the teacher's hidden layers after its first `preparations` preparations: each
// pruning that removes nodes takes int(width * ratio) of them out of a layer.
std::vector<int64_t> WidthsAfter(const Teacher& teacher, int preparations);

// Returns the widths of the teacher that students learn from.
std::vector<int64_t> PreparedWidths(const Teacher& teacher);

// Checks the rules between the fields of the preparations of `teacher`, whose path is `path`, and
// fills in the sampler shuffle where none is given. Errors: INVALID_ARGUMENT for a preparation
// without a step, for numbers of ratios that fit no layers, for a layer that loses all its nodes,
// and for a mini-batch of no samples.
absl::Status ResolvePreparations(Teacher& teacher, const FieldPath& path);

// Checks that mini-batches have samples. Errors: INVALID_ARGUMENT at `path`, the path of
// training.batch_size.
absl::Status CheckBatchSize(const Training& training, const FieldPath& path);

// Returns the training of preparation `preparation` of the teacher as an experiment: without a
// teacher, and with a student that is the teacher, with the widths that it has then. `experiment`
// is resolved, and that preparation is a training.
Experiment PreparationExperiment(const Experiment& experiment, int preparation);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_TEACHER_PREPARATION_H_
