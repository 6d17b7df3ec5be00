// Warnings about experiments that can run but are probably a mistake.

#ifndef DIDACT_FRAMEWORK_TRAINING_TRIAL_WARNINGS_H_
#define DIDACT_FRAMEWORK_TRAINING_TRIAL_WARNINGS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/training/trial_parts.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// Checks `parts`, built from `experiment` and not trained yet, for
//
//   an augmentation that is not random, such as a normalization, of one data set alone,
//   a hidden layer of the teacher or the student whose weights are all 0,
//   a student all of whose weights are 0,
//   a teacher whose outputs are the same for all training samples,
//   a student none of whose layers is trained,
//   an optimizer that changes nothing, as with a learning rate of 0.
//
// Returns a problem for each that applies, with its consequence and what to change. `fields`: those
// that configure the parts. `network`: what the student is, "student", or "teacher" in a training of
// a teacher (framework/training/prepare_teacher.h). Tries parts.probe_optimizer on two parameters, after which it must not be
// used. Fast: each check stops at the first weight or output that shows that nothing is wrong.
template <class T>
std::vector<Problem> TrialWarnings(const Experiment& experiment, TrialParts<T>& parts,
                                   const TrialFields& fields, absl::string_view network);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_TRIAL_WARNINGS_H_
